// The shapes that Argus' APIs answer with. Times are RFC 3339 in UTC; `_ns` are nanoseconds since 1970 as decimal digits.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Attributes = Record<string, Json>;

export interface Range {
  from: string;
  to: string;
}

// --- telemetry ---

export interface ServiceErrors {
  service_name: string;
  error_count: number;
  total_count: number;
  error_rate: number;
}

export interface DashboardAnswer extends Range {
  resolution_seconds: number;
  total_traces: number;
  total_spans: number;
  total_logs: number;
  total_errors: number;
  avg_latency_ms: number;
  error_rate: number;
  span_rate: number;
  active_services: number;
  /** Microseconds; null without spans. */
  p50_latency: number | null;
  p95_latency: number | null;
  p99_latency: number | null;
  top_failing_services: ServiceErrors[];
  logs_by_severity: Partial<Record<Severity, number>>;
}

export interface StatsAnswer {
  stored: { traces: number; spans: number; logs: number; bytes: number; oldest: string | null; newest: string | null };
  /** `bytes` is null where there is no limit. */
  retention: { hours: number; bytes: number | null };
}

export interface TrafficBucket {
  time: string;
  spans: number;
  errors: number;
  rate: number;
  error_rate: number;
  avg_latency_ms: number;
}

export interface TrafficAnswer extends Range {
  step_seconds: number;
  buckets: TrafficBucket[];
}

export interface Quantiles {
  p50_us: number;
  p95_us: number;
  p99_us: number;
}

export interface HeatmapAnswer extends Range {
  step_seconds: number;
  times: string[];
  latency_buckets_us: { from: number; to: number }[];
  /** Index of the time, index of the latency bucket, spans. */
  cells: [number, number, number][];
  /** One a time; null where nothing was measured. */
  quantiles: (Quantiles | null)[];
}

export interface MapNode extends Quantiles {
  service: string;
  spans: number;
  errors: number;
  error_rate: number;
  rate: number;
  avg_us: number;
}

export interface MapEdge extends Quantiles {
  caller: string;
  callee: string;
  calls: number;
  errors: number;
  error_rate: number;
  rate: number;
  avg_us: number;
}

export interface ServiceMapAnswer extends Range {
  nodes: MapNode[];
  edges: MapEdge[];
}

export interface ServicesAnswer {
  services: { name: string; operations: string[]; last_seen: string }[];
  truncated: boolean;
}

export type TraceStatus = "ok" | "error";

export interface TraceSummary {
  trace_id: string;
  root_service: string;
  root_operation: string;
  has_root: boolean;
  start: string;
  start_ns: string;
  end: string;
  end_ns: string;
  duration_us: number;
  span_count: number;
  error_count: number;
  status: TraceStatus;
  services: string[];
}

export interface TracesAnswer extends Range {
  traces: TraceSummary[];
  next_cursor: string | null;
  truncated: boolean;
}

export interface Scope {
  name: string;
  version: string;
  attributes: Attributes;
}

export interface SpanEvent {
  name: string;
  time: string;
  time_ns: string;
  attributes: Attributes;
}

export interface SpanLink {
  trace_id: string;
  span_id: string;
  attributes: Attributes;
}

export interface Span {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  service: string;
  name: string;
  kind: "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";
  start: string;
  start_ns: string;
  end: string;
  end_ns: string;
  duration_us: number;
  status: { code: "unset" | "ok" | "error"; message: string | null };
  attributes: Attributes;
  events: SpanEvent[];
  links: SpanLink[];
  resource: Attributes;
  scope: Scope;
  trace_state: string | null;
  flags: number;
}

export interface TraceAnswer extends TraceSummary {
  spans: Span[];
  logs: LogRecord[];
  /** Some spans or logs were left out: there are too many. */
  truncated: boolean;
}

export type Severity = "unspecified" | "trace" | "debug" | "info" | "warn" | "error" | "fatal";

export interface LogRecord {
  id: string;
  time: string;
  time_ns: string;
  observed?: string;
  observed_ns?: string;
  service: string;
  severity: Severity;
  severity_number: number;
  severity_text: string;
  body: Json;
  attributes: Attributes;
  event_name: string | null;
  trace_id: string | null;
  span_id: string | null;
  resource: Attributes;
  scope: Scope;
}

export interface LogsAnswer extends Range {
  logs: LogRecord[];
  next_cursor: string | null;
  truncated: boolean;
}

export interface LogContextAnswer {
  before: LogRecord[];
  log: LogRecord;
  after: LogRecord[];
  truncated: boolean;
}

export interface InsightAnswer {
  log_id: string;
  insight: string;
  model: string;
  created_at: string;
  cached: boolean;
}

export interface LiveMessage {
  entries: LogRecord[];
  /** Where to go on after a disconnect. */
  last: string;
  /** Entries that were left out because this client was too slow. */
  missed?: number;
  /** What lay between is gone; nobody knows how much. */
  gap?: boolean;
}

// --- runs ---

export type RunStatus = "running" | "succeeded" | "failed" | "cancelled" | "lost";

export interface Run {
  run_id: string;
  client_id: string;
  workflow_id: string;
  trace_id: string;
  status: RunStatus;
  trigger: { type: string; source: string | null } | null;
  started_at: string | null;
  has_start: boolean;
  ended_at: string | null;
  duration_us: number | null;
  error: string | null;
  nodes: { total: number; succeeded: number; failed: number; skipped: number };
  last_event_at: string;
}

export interface RunsAnswer extends Range {
  runs: Run[];
  next_cursor: string | null;
}

export interface RunStep {
  node_id: string;
  attempt: number;
  plugin_type: string | null;
  status: string;
  error: string | null;
  started_at: string | null;
  ended_at: string | null;
  duration_us: number | null;
  span_id: string;
}

export interface RunAnswer extends Run {
  steps: RunStep[];
  truncated: boolean;
}

export interface Workflow {
  client_id: string;
  workflow_id: string;
  name: string | null;
  version: string | null;
  status: string | null;
  published_at: string | null;
  runs: number;
  running: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  lost: number;
  success_rate: number | null;
  duration_p50_us: number | null;
  duration_p95_us: number | null;
  last_run: { run_id: string; status: RunStatus; started_at: string | null; duration_us: number | null } | null;
}

export interface WorkflowsAnswer extends Range {
  workflows: Workflow[];
  truncated: boolean;
}

// --- processes ---

export type ProcessEventType = "started" | "stopped" | "crashed" | "restarted" | "healthy" | "unhealthy" | "status_changed";

export interface ProcessState {
  name: string;
  namespace: string;
  status: string;
  is_ready: string;
  has_ready_probe: boolean;
  restarts: number;
  exit_code: number;
  is_running: boolean;
  pid: number;
  mem: number;
  cpu: number;
}

export interface ProcessEvent {
  sequence: number;
  type: ProcessEventType;
  process: string;
  namespace: string;
  timestamp: string;
  severity: string;
  subject: string;
  exit_code?: number;
  restarts?: number;
  old_status?: string;
  new_status?: string;
  state: ProcessState;
}

export interface Process extends ProcessState {
  instance: string;
  uptime_ms: number | null;
  updated_at: string;
  /** 24 counts, an hour each, oldest first. */
  events: { crashed: number[]; restarted: number[] };
  last_event: ProcessEvent | null;
}

export interface ProcessesAnswer {
  processes: Process[];
  watched: boolean;
  stale_since?: string | null;
}

export interface ProcessEventsAnswer {
  events: ProcessEvent[];
  next_cursor: string | null;
}

// --- alerts ---

export type AlertSeverity = "high" | "medium" | "low";
export type AlertStatus = "active" | "resolved";

export interface Alert {
  id: string;
  dedupKey: string;
  event_manager_id: string;
  summary: string;
  severity: AlertSeverity;
  class: string;
  source: string | null;
  component: string | null;
  details: Attributes | null;
  links: Json[] | null;
  type: "parent" | "child";
  status: AlertStatus;
  parent_id: string | null;
  parent_dedupKey: string | null;
  child_count: number;
  active_child_count: number;
  event_count: number;
  resolve_requested: boolean;
  grouping_value: string | null;
  created_at: string;
  updated_at: string;
  resolved_at: string | null;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
}

export interface AlertsAnswer {
  alerts: Alert[];
  total: number;
  total_exact: boolean;
  next_cursor: string | null;
}

export interface Transition {
  type: string;
  at: string;
  event_id: string | null;
  caused_by: Json;
  note: string | null;
  version: number;
}

export interface TimelineAnswer {
  transitions: Transition[];
  total: number;
  next_cursor: string | null;
}

/** An action was sent; the alert changes a moment later. */
export interface AcceptedAction {
  status: "accepted";
  event_id: string;
}

/** A change of an alert as the stream tells it; details and links are there only when they changed. */
export interface AlertChange {
  alert: Omit<Alert, "details" | "links"> & Partial<Pick<Alert, "details" | "links">>;
  transitions: Omit<Transition, "version">[];
  version: number;
}

export interface AlertReference {
  id: string;
  dedupKey: string;
  summary: string;
  status: AlertStatus;
  created_at: string;
}

export interface WhyAnswer {
  explanation: string;
  grouping_value: string | null;
  rule: { id: string; name: string | null; grouping_key: string[] | null; exists: boolean } | null;
  window: { minutes: number; open_until: string; is_open: boolean; reactivates_until: string | null } | null;
  parent: AlertReference | null;
  children: { total: number; active: number };
  resolution: { requested: boolean; blocked: boolean; blocked_by: AlertReference[]; resolves_at: string | null };
}

export interface EventManager {
  id: string;
  name: string;
  description: string | null;
  grouping_rule_id: string | null;
  notification_config: { webhook_url: string | null; format: "argus" | "alertmanager" };
  /** "hidden" where the credential may not see it. */
  routing_key: string;
  created_at: string;
  updated_at: string;
}

export interface EventManagersAnswer {
  event_managers: EventManager[];
  total: number;
  next_cursor: string | null;
}

export interface GroupingRule {
  id: string;
  name: string;
  grouping_key: string | string[];
  time_window_minutes: number;
  group_missing: boolean;
  created_at: string;
  updated_at: string;
}

export interface GroupingRulesAnswer {
  grouping_rules: GroupingRule[];
  total: number;
  next_cursor: string | null;
}

export interface Bridge {
  id: string;
  name: string;
  enabled: boolean;
  source: "process" | "workflow";
  event_manager_id: string;
  match: { namespace?: string; process?: string; client?: string; workflow?: string; types: string[]; status?: string[] };
  severity: Record<string, AlertSeverity>;
  class: string;
  summary: string;
  dedup_key: string;
  resolve_on: string[];
}

export interface BridgesAnswer {
  bridges: Bridge[];
  total: number;
  next_cursor: string | null;
}

// --- operation ---

export interface HealthAnswer {
  status: string;
  version: string;
  ingestion_rate: number;
  accepted_rate: number;
  dlq_size: number;
  dlq_aside: number;
  active_connections: number;
  live_clients: number;
  db_latency_p99_ms: number | null;
  pending_messages: number;
  /** Whether a language model may be asked about logs. */
  insight: boolean;
  failing: Record<string, string>;
}

export interface ServiceStatus {
  service: string;
  instance: string;
  version: string;
  started_at: string;
  timestamp: string;
  age_ms: number;
  ready: boolean;
  checks: Record<string, { ok: boolean; detail?: string }>;
  /** Metric with its labels, as Prometheus writes it, to its value. */
  metrics: Record<string, number>;
}

export interface FleetAnswer {
  services: ServiceStatus[];
}

export interface DeadLetterFile {
  id: string;
  state: string;
  kind: string | null;
  created: string | null;
  items: number | null;
  bytes: number;
  reason: string | null;
}

export interface DeadLettersAnswer {
  files: DeadLetterFile[];
  total: number;
  next: string | null;
  database_away: boolean;
}
