// What the answers of Argus' services say is wrong. Nothing here asks or draws.

import type { Tone } from "../../components/Badge";
import { processTone } from "../../components/Badge";
import type { Alert, AlertsAnswer, FleetAnswer, HealthAnswer, MapNode, Process, Run, RunsAnswer, ServiceMapAnswer } from "../../api/types";
import { errorTone, WARN_RATE } from "../../format/tones";

/** One kind of thing that can be wrong. */
export interface Finding {
  tone: Tone;
  /** How many; more than that where `isAtLeast`. */
  count: number;
  isAtLeast?: boolean;
  /** In words, for the verdict: `2 active alerts`. */
  text: string;
}

const RANK: Record<Tone, number> = { bad: 3, warn: 2, info: 1, idle: 0, good: 0 };

export function worst(tones: Tone[]): Tone {
  return tones.reduce<Tone>((found, tone) => (RANK[tone] > RANK[found] ? tone : found), "good");
}

function finding(tone: Tone, count: number, one: string, many: string, isAtLeast = false): Finding {
  return { tone: count === 0 ? "good" : tone, count, isAtLeast, text: `${count}${isAtLeast ? "+" : ""} ${count === 1 ? one : many}` };
}

export function alertFinding({ alerts, total, total_exact }: AlertsAnswer): Finding {
  return finding(worst(alerts.map(alertTone)), total, "active alert", "active alerts", !total_exact);
}

/** What somebody has taken on, or is of no great severity, is no longer an emergency. */
export function alertTone({ severity, acknowledged_at }: Alert): Tone {
  if (acknowledged_at !== null) return "info";
  return severity === "high" ? "bad" : "warn";
}

/** By the service map, for the dashboard names only those with most errors. */
export function failingServices({ nodes }: ServiceMapAnswer): MapNode[] {
  return nodes.filter(({ error_rate }) => error_rate >= WARN_RATE).sort((a, b) => b.errors - a.errors);
}

export function serviceFinding(answer: ServiceMapAnswer): Finding {
  const failing = failingServices(answer);
  return finding(worst(failing.map(({ error_rate }) => errorTone(error_rate))), failing.length, "failing service", "failing services");
}

export interface ProcessTrouble {
  process: Process;
  tone: Tone;
  why: string;
}

/** Processes that are not what they should be, and those that came back after a crash within the range. */
export function processTroubles(processes: Process[], crashesOf: (process: Process) => number): ProcessTrouble[] {
  return processes.flatMap<ProcessTrouble>((process) => {
    const tone = processTone(process);
    const crashes = crashesOf(process);
    if (tone === "bad") return [{ process, tone, why: process.status === "Completed" ? `ended with ${process.exit_code}` : "crashed" }];
    if (tone === "warn") return [{ process, tone, why: process.status === "Restarting" ? "restarting" : "not ready" }];
    return crashes > 0 ? [{ process, tone: "warn", why: `runs again after ${crashes === 1 ? "a crash" : `${crashes} crashes`}` }] : [];
  }).sort((a, b) => RANK[b.tone] - RANK[a.tone] || a.process.name.localeCompare(b.process.name));
}

export function processFinding(troubles: ProcessTrouble[]): Finding {
  return finding(worst(troubles.map(({ tone }) => tone)), troubles.length, "process in trouble", "processes in trouble");
}

/** The statuses of runs that went wrong, as the page of runs takes them. */
export const FAILED = "failed,lost";

export function runFinding({ runs, next_cursor }: RunsAnswer): Finding {
  return finding("bad", runs.length, "failed run", "failed runs", next_cursor !== null);
}

export interface FailedWorkflow {
  latest: Run;
  count: number;
}

/** Failed runs by workflow, the latest first. Runs come newest first. */
export function failedWorkflows(runs: Run[]): FailedWorkflow[] {
  const found = new Map<string, FailedWorkflow>();
  for (const run of runs) {
    const key = JSON.stringify([run.client_id, run.workflow_id]);
    const known = found.get(key);
    if (known) known.count += 1;
    else found.set(key, { latest: run, count: 1 });
  }
  return [...found.values()];
}

export function deadLetterFinding({ dlq_size, dlq_aside }: HealthAnswer): Finding {
  return finding(dlq_aside > 0 ? "bad" : "warn", dlq_size + dlq_aside, "dead letter", "dead letters");
}

export interface Lag {
  service: string;
  what: string;
  value: number;
  unit: "messages" | "s" | "commits";
  tone: Tone;
}

interface Gauge {
  metric: string;
  what: string;
  unit: Lag["unit"];
  warn: number;
  bad: number;
}

const GAUGES: Gauge[] = [
  { metric: "argus_processor_lag_seconds", what: "events wait to be grouped", unit: "s", warn: 5, bad: 30 },
  { metric: "argus_processor_backlog_messages", what: "events to be grouped", unit: "messages", warn: 1_000, bad: 10_000 },
  { metric: "argus_projection_lag_commits", what: "changes of alerts to be shown", unit: "commits", warn: 200, bad: 2_000 },
  { metric: "argus_writer_pending_messages", what: "telemetry to be stored", unit: "messages", warn: 500, bad: 5_000 },
  { metric: "argus_run_pending_messages", what: "run events to be stored", unit: "messages", warn: 500, bad: 5_000 },
];

const WRITER = "argus_writer_pending_messages";

/** How far every consumer of the bus is behind, the worst first: by the services' own metrics, else by the collector's health. */
export function lags(fleet: FleetAnswer | undefined, health: HealthAnswer | undefined): Lag[] {
  const found = (fleet?.services ?? []).flatMap(({ service, metrics }) => GAUGES.flatMap((gauge) => {
    const values = Object.entries(metrics).filter(([name]) => name === gauge.metric || name.startsWith(`${gauge.metric}{`)).map(([, value]) => value);
    return values.length > 0 ? [lag(service, gauge, Math.max(...values))] : [];
  }));
  const writer = GAUGES.find(({ metric }) => metric === WRITER);
  if (health && writer && !found.some(({ what }) => what === writer.what)) found.push(lag("otlp-collector", writer, health.pending_messages));
  return found.sort((a, b) => RANK[b.tone] - RANK[a.tone] || b.value - a.value);
}

function lag(service: string, { what, unit, warn, bad }: Gauge, value: number): Lag {
  return { service, what, unit, value, tone: value >= bad ? "bad" : value >= warn ? "warn" : "good" };
}

export function lagFinding(all: Lag[]): Finding {
  const late = all.filter(({ tone }) => tone !== "good");
  return finding(worst(late.map(({ tone }) => tone)), late.length, "consumer behind", "consumers behind");
}

export interface OwnTrouble {
  name: string;
  why: string;
}

/** What fails within Argus. */
export function ownTroubles(fleet: FleetAnswer | undefined, health: HealthAnswer | undefined): OwnTrouble[] {
  const services = (fleet?.services ?? []).filter(({ ready }) => !ready).map(({ service, instance, checks }) => {
    const failing = Object.entries(checks).filter(([, { ok }]) => !ok).map(([name, { detail }]) => (detail ? `${name}: ${detail}` : name));
    return { name: `${service} (${instance})`, why: failing.join("; ") || "is not ready" };
  });
  if (fleet) return services;
  return Object.entries(health?.failing ?? {}).map(([name, why]) => ({ name: `otlp-collector: ${name}`, why }));
}

export function ownFinding(troubles: OwnTrouble[]): Finding {
  return finding("bad", troubles.length, "service of Argus not ready", "services of Argus not ready");
}
