// Every request of the console, by name.

import { call, callTagged, type Parameters } from "./client";
import type * as T from "./types";

type Signal = AbortSignal | undefined;
const part = encodeURIComponent;
const get = <A>(path: string, parameters?: Parameters, signal?: Signal) =>
  call<A>(path, { ...(parameters && { parameters }), ...(signal && { signal }) });

export const argus = {
  // Telemetry
  stats: (signal?: Signal) => get<T.StatsAnswer>("/api/stats", {}, signal),
  dashboard: (range: Parameters, signal?: Signal) => get<T.DashboardAnswer>("/api/metrics/dashboard", range, signal),
  traffic: (parameters: Parameters, signal?: Signal) => get<T.TrafficAnswer>("/api/metrics/traffic", parameters, signal),
  heatmap: (parameters: Parameters, signal?: Signal) => get<T.HeatmapAnswer>("/api/metrics/latency_heatmap", parameters, signal),
  serviceMap: (range: Parameters, signal?: Signal) => get<T.ServiceMapAnswer>("/api/metrics/service-map", range, signal),
  services: (signal?: Signal) => get<T.ServicesAnswer>("/api/metadata/services", {}, signal),
  traces: (parameters: Parameters, signal?: Signal) => get<T.TracesAnswer>("/api/traces", parameters, signal),
  trace: (id: string, signal?: Signal) => get<T.TraceAnswer>(`/api/traces/${part(id)}`, {}, signal),
  logs: (parameters: Parameters, signal?: Signal) => get<T.LogsAnswer>("/api/logs", parameters, signal),
  logContext: (parameters: Parameters, signal?: Signal) => get<T.LogContextAnswer>("/api/logs/context", parameters, signal),
  log: (id: string, signal?: Signal) => get<T.LogRecord>(`/api/logs/${part(id)}`, {}, signal),
  logInsight: (id: string, signal?: Signal) => get<T.InsightAnswer>(`/api/logs/${part(id)}/insight`, {}, signal),
  /** The trace in OTLP's JSON, with every type as it was sent. */
  traceAsOTLP: (id: string) => get<{ result: { resourceSpans: T.Json[] } }>(`/jaeger/api/v3/traces/${part(id)}`),

  // Runs
  runs: (parameters: Parameters, signal?: Signal) => get<T.RunsAnswer>("/api/runs", parameters, signal),
  run: (id: string, parameters: Parameters, signal?: Signal) => get<T.RunAnswer>(`/api/runs/${part(id)}`, parameters, signal),
  workflows: (parameters: Parameters, signal?: Signal) => get<T.WorkflowsAnswer>("/api/workflows", parameters, signal),

  // Processes
  processes: (signal?: Signal) => get<T.ProcessesAnswer>("/api/processes", {}, signal),
  processEvents: (parameters: Parameters, signal?: Signal) => get<T.ProcessEventsAnswer>("/api/processes/events", parameters, signal),
  commandProcess: (namespace: string, name: string, command: "start" | "stop" | "restart", by: string) =>
    call<{ status: "done" | "running" }>(`/api/processes/${part(namespace)}/${part(name)}/${command}`, { method: "POST", body: { by } }),

  // Alerts
  alerts: (parameters: Parameters, signal?: Signal) => get<T.AlertsAnswer>("/v1/alerts", parameters, signal),
  alert: (key: string, manager: string, signal?: Signal) => get<T.Alert>(`/v1/alerts/${part(key)}`, { event_manager_id: manager }, signal),
  alertChildren: (key: string, manager: string, signal?: Signal, limit?: number) =>
    get<T.AlertsAnswer>(`/v1/alerts/${part(key)}/children`, { event_manager_id: manager, limit }, signal),
  alertTimeline: (key: string, manager: string, signal?: Signal, cursor?: string) =>
    get<T.TimelineAnswer>(`/v1/alerts/${part(key)}/timeline`, { event_manager_id: manager, cursor }, signal),
  alertWhy: (key: string, manager: string, signal?: Signal) =>
    get<T.WhyAnswer>(`/v1/alerts/${part(key)}/why`, { event_manager_id: manager }, signal),
  acknowledgeAlert: (key: string, manager: string, by: string) => alertAction(key, manager, "acknowledge", by),
  resolveAlert: (key: string, manager: string, by: string) => alertAction(key, manager, "resolve", by),

  // Configuration of alerts
  managers: (signal?: Signal) => get<T.EventManagersAnswer>("/v1/event-managers", { limit: 1000 }, signal),
  createManager: (body: object) => call<T.EventManager>("/v1/event-managers", { method: "POST", body }),
  manager: (id: string) => callTagged<T.EventManager>(`/v1/event-managers/${part(id)}`),
  updateManager: (id: string, body: object, tag: string | null) =>
    call<T.EventManager>(`/v1/event-managers/${part(id)}`, { method: "PUT", body, headers: ifMatch(tag) }),
  deleteManager: (id: string, force: boolean) =>
    call<void>(`/v1/event-managers/${part(id)}`, { method: "DELETE", parameters: { force: force || undefined } }),
  rotateKey: (id: string) => call<T.EventManager>(`/v1/event-managers/${part(id)}/rotate-key`, { method: "POST" }),
  rules: (signal?: Signal) => get<T.GroupingRulesAnswer>("/v1/grouping-rules", { limit: 1000 }, signal),
  createRule: (body: object) => call<T.GroupingRule>("/v1/grouping-rules", { method: "POST", body }),
  rule: (id: string) => callTagged<T.GroupingRule>(`/v1/grouping-rules/${part(id)}`),
  updateRule: (id: string, body: object, tag: string | null) =>
    call<T.GroupingRule>(`/v1/grouping-rules/${part(id)}`, { method: "PUT", body, headers: ifMatch(tag) }),
  deleteRule: (id: string) => call<void>(`/v1/grouping-rules/${part(id)}`, { method: "DELETE" }),
  bridges: (signal?: Signal) => get<T.BridgesAnswer>("/v1/bridges", { limit: 1000 }, signal),
  createBridge: (body: object) => call<T.Bridge>("/v1/bridges", { method: "POST", body }),
  changeBridge: (id: string, body: object) => call<T.Bridge>(`/v1/bridges/${part(id)}`, { method: "PATCH", body }),
  deleteBridge: (id: string) => call<void>(`/v1/bridges/${part(id)}`, { method: "DELETE" }),

  // Operation
  health: (signal?: Signal) => get<T.HealthAnswer>("/api/health", {}, signal),
  fleet: (signal?: Signal) => get<T.FleetAnswer>("/api/services", {}, signal),
  deadLetters: (signal?: Signal) => get<T.DeadLettersAnswer>("/api/dlq", {}, signal),
  replayDeadLetter: (id: string) => call<unknown>(`/api/dlq/${part(id)}/replay`, { method: "POST" }),
  deleteDeadLetter: (id: string) => call<unknown>(`/api/dlq/${part(id)}`, { method: "DELETE" }),
  purge: () => call<{ status: string; deleted: Record<string, number> }>("/api/admin/purge", { method: "DELETE" }),
  vacuum: () => call<unknown>("/api/admin/vacuum", { method: "POST" }),
};

function ifMatch(tag: string | null): Record<string, string> {
  return tag === null ? {} : { "If-Match": tag };
}

function alertAction(key: string, manager: string, action: "acknowledge" | "resolve", by: string) {
  return call<T.AcceptedAction>(`/v1/alerts/${part(key)}/${action}`, { method: "POST", parameters: { event_manager_id: manager }, body: { by } });
}
