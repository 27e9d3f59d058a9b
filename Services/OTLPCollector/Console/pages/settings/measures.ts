// What a service measures of itself, as the few numbers that a person wants: sums over the labels of a metric, and rates of counters.

import type { ServiceStatus } from "../../api/types";

export type Unit = "count" | "rate" | "seconds" | "bytes";

export interface Measure {
  label: string;
  unit: Unit;
  /** Null where it is not known, or not yet. */
  value: number | null;
  isWorrying: boolean;
}

interface Definition {
  label: string;
  metric: string;
  unit: Unit;
  /** "rate" of a counter, "mean" of a histogram since the status before. */
  kind: "gauge" | "rate" | "mean";
  worryingAbove?: number;
}

const gauge = (label: string, metric: string, worryingAbove?: number): Definition => ({
  label, metric, unit: "count", kind: "gauge", ...(worryingAbove !== undefined && { worryingAbove }),
});
const rate = (label: string, metric: string, worryingAbove?: number): Definition => ({
  label, metric, unit: "rate", kind: "rate", ...(worryingAbove !== undefined && { worryingAbove }),
});
const mean = (label: string, metric: string): Definition => ({ label, metric, unit: "seconds", kind: "mean" });

const MEMORY: Definition = { label: "Memory", metric: "process_resident_memory_bytes", unit: "bytes", kind: "gauge" };
const CONNECTIONS = gauge("Connections", "argus_http_connections");

const DEFINITIONS: Record<string, Definition[]> = {
  "ingest-gateway": [
    rate("Events taken", "argus_ingest_events_total"), gauge("Waiting events", "argus_ingest_waiting_events", 10_000),
    mean("Publish latency", "argus_ingest_publish_duration_seconds"), rate("Publish failures", "argus_ingest_publish_failures_total", 0),
  ],
  "grouping-processor": [
    gauge("Lag, messages", "argus_processor_backlog_messages", 1_000), mean("Lag", "argus_processor_lag_seconds"),
    gauge("Active alerts", "argus_processor_active_alerts"),
  ],
  "alert-api": [
    gauge("Lag, commits", "argus_projection_lag_commits", 1_000), mean("Database latency", "argus_projection_write_seconds"),
    rate("Notifications sent", "argus_notifications_sent_total"), rate("Dead-lettered", "argus_dead_lettered_total", 0),
    gauge("Stream clients", "argus_stream_clients"),
  ],
  "otlp-collector": [
    { label: "Accepted items", metric: "argus_accepted_items_per_second", unit: "rate", kind: "gauge" },
    { label: "Stored items", metric: "argus_stored_items_per_second", unit: "rate", kind: "gauge" },
    gauge("Lag, messages", "argus_writer_pending_messages", 1_000),
    { label: "Database latency p99", metric: "argus_db_latency_p99_seconds", unit: "seconds", kind: "gauge", worryingAbove: 1 }, gauge("Dead-letter files", "argus_dlq_size", 0), gauge("Live clients", "argus_live_clients"),
  ],
  "process-adapter": [
    gauge("Processes", "argus_processes"), rate("Process events", "argus_process_events_total"), rate("Poll failures", "argus_compose_poll_failures_total", 0),
  ],
};

/** The sum of a metric over its labels; null where the service has none of it. */
export function total(metrics: Record<string, number>, name: string): number | null {
  let sum: number | null = null;
  for (const [series, value] of Object.entries(metrics)) {
    if (series === name || series.startsWith(`${name}{`)) sum = (sum ?? 0) + value;
  }
  return sum;
}

/** What a service's status says, with rates since the status before it, if there is one of the same run. */
export function measures(status: ServiceStatus, before: ServiceStatus | undefined): Measure[] {
  const comparable = before?.started_at === status.started_at ? before : undefined;
  return [...(DEFINITIONS[status.service] ?? []), CONNECTIONS, MEMORY].map((definition) => {
    const value = measure(definition, status, comparable);
    return { label: definition.label, unit: definition.unit, value, isWorrying: value !== null && value > (definition.worryingAbove ?? Infinity) };
  });
}

function measure({ metric, kind }: Definition, status: ServiceStatus, before: ServiceStatus | undefined): number | null {
  if (kind === "gauge") return total(status.metrics, metric);
  const seconds = before ? (Date.parse(status.timestamp) - Date.parse(before.timestamp)) / 1_000 : 0;
  if (!before || seconds <= 0) return null;
  if (kind === "rate") return increase(metric, status, before) / seconds;
  const samples = increase(`${metric}_count`, status, before);
  return samples > 0 ? increase(`${metric}_sum`, status, before) / samples : null;
}

// A status leaves out counters that never counted.
function increase(metric: string, status: ServiceStatus, before: ServiceStatus): number {
  return (total(status.metrics, metric) ?? 0) - (total(before.metrics, metric) ?? 0);
}
