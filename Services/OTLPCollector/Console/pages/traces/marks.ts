// What else happened around a trace: crashes and restarts of the processes behind its services, and alerts that were active.

import { argus } from "../../api/argus";
import type { Alert, ProcessEvent, TraceAnswer } from "../../api/types";
import { duration } from "../../format/numbers";
import { time } from "../../format/times";
import { type Polled, usePolled } from "../../state/polling";
import { href } from "../../state/router";

export interface Mark {
  key: string;
  kind: "crashed" | "restarted" | "alert";
  /** Whom it concerns. */
  name: string;
  /** When, in words. */
  when: string;
  /** Nanoseconds since the trace's start, where it can be beyond both ends; `to` is null for a moment. */
  from: number;
  to: number | null;
  href: string;
  /** It concerns a service of the trace. */
  isRelated: boolean;
}

/** How far around a trace one looks, in milliseconds. */
const MARGIN = 60_000;
const MOST_SERVICES = 100;

export interface Surroundings {
  processes: Polled<ProcessEvent[]>;
  alerts: Polled<Alert[]>;
}

/** Asks for what happened around a trace; each part may fail alone. */
export function useSurroundings(trace: TraceAnswer): Surroundings {
  const from = Date.parse(trace.start) - MARGIN;
  const to = Date.parse(trace.end) + MARGIN;
  const key = `${trace.trace_id}/${trace.end_ns}`;
  const every = Date.now() < to + MARGIN ? 15_000 : 0;
  const processes = usePolled(`trace.processes ${key}`, (signal) => loadEvents(trace.services, from, to, signal), { every });
  const alerts = usePolled(`trace.alerts ${key}`, (signal) => loadAlerts(Date.parse(trace.start), Date.parse(trace.end), signal), { every });
  return { processes, alerts };
}

async function loadEvents(services: readonly string[], from: number, to: number, signal: AbortSignal): Promise<ProcessEvent[]> {
  if (services.length === 0) return [];
  const answer = await argus.processEvents(
    {
      process: services.slice(0, MOST_SERVICES), type: ["crashed", "restarted"], limit: 1_000,
      from: new Date(from).toISOString(), to: new Date(to).toISOString(),
    },
    signal,
  );
  return answer.events;
}

async function loadAlerts(start: number, end: number, signal: AbortSignal): Promise<Alert[]> {
  const since = new Date(start).toISOString();
  // The oldest first: those that were there already come before those that came later, however many these are.
  const listed = { type: "parent", sort: "created_at", limit: 300 };
  const [active, resolved] = await Promise.all([
    argus.alerts({ ...listed, status: "active" }, signal),
    argus.alerts({ ...listed, status: "resolved", since }, signal),
  ]);
  return [...active.alerts, ...resolved.alerts].filter(
    (alert) => Date.parse(alert.created_at) <= end && (alert.resolved_at === null || Date.parse(alert.resolved_at) >= start),
  );
}

/** The marks in the order of their importance: processes and alerts of the trace's services first. */
export function makeMarks(trace: TraceAnswer, base: bigint, length: number, events: readonly ProcessEvent[], alerts: readonly Alert[]): Mark[] {
  const offset = (moment: string) => Number(BigInt(Date.parse(moment)) * 1_000_000n - base);
  const marks = [...processMarks(events, offset, length), ...alerts.map((alert) => alertMark(alert, trace.services, offset))];
  const rank = (mark: Mark) => (mark.kind !== "alert" ? 0 : mark.isRelated ? 1 : 2);
  return marks.sort((left, right) => rank(left) - rank(right) || left.from - right.from);
}

/** One mark for each event during the trace; those before and after it are counted. */
function processMarks(events: readonly ProcessEvent[], offset: (moment: string) => number, length: number): Mark[] {
  const marks: Mark[] = [];
  const groups = new Map<string, { event: ProcessEvent; at: number[] }>();
  for (const event of events) {
    const at = offset(event.timestamp);
    const side = at < 0 ? "before" : at > length ? "after" : String(event.sequence);
    const key = `${event.namespace}/${event.process} ${event.type} ${side}`;
    const group = groups.get(key);
    if (group) group.at.push(at);
    else groups.set(key, { event, at: [at] });
  }
  for (const [key, { event, at }] of groups) {
    const nearest = at.reduce((best, one) => (distance(one, length) < distance(best, length) ? one : best));
    const process = `${event.namespace}/${event.process}`;
    marks.push({
      key, kind: event.type === "crashed" ? "crashed" : "restarted", name: event.process, isRelated: true, from: nearest, to: null,
      when: `${event.type}${at.length > 1 ? ` ${at.length} times, last` : ""} ${relative(nearest, length)}`, href: href(["processes"], { process }),
    });
  }
  return marks;
}

function alertMark(alert: Alert, services: readonly string[], offset: (moment: string) => number): Mark {
  const about = `${alert.source ?? ""} ${alert.component ?? ""} ${alert.summary} ${alert.dedupKey}`;
  return {
    key: `${alert.event_manager_id} ${alert.dedupKey} ${alert.created_at}`, kind: "alert", name: alert.summary,
    when: alert.resolved_at ? `${alert.severity}, ${time(Date.parse(alert.created_at))} to ${time(Date.parse(alert.resolved_at))}` : `${alert.severity}, since ${time(Date.parse(alert.created_at))}`,
    from: offset(alert.created_at), to: alert.resolved_at ? offset(alert.resolved_at) : Number.POSITIVE_INFINITY,
    href: href(["alerts"], { alert: alert.dedupKey, manager: alert.event_manager_id }), isRelated: services.some((service) => about.includes(service)),
  };
}

function distance(at: number, length: number): number {
  return at < 0 ? -at : Math.max(0, at - length);
}

function relative(at: number, length: number): string {
  if (at < 0) return `${duration(-at / 1_000)} before the trace`;
  if (at > length) return `${duration((at - length) / 1_000)} after the trace`;
  return `at ${duration(at / 1_000)}`;
}
