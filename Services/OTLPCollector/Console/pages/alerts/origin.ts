// What is behind an alert: the process, run or trace that its details name.

import type { Alert, Attributes, Json } from "../../api/types";
import { quoted } from "../../state/filter";
import { href } from "../../state/router";

export interface Origin {
  kind: string;
  name: string;
  href: string;
}

const TRACE_KEYS = new Set(["trace_id", "traceid", "trace-id", "trace.id"]);
const SERVICE_KEYS = ["service", "service_name", "service.name"];
const DEEPEST = 4;

/** Links inside the console, the nearest cause first. */
export function origins(alert: Alert): Origin[] {
  const details = alert.details ?? {};
  const found: Origin[] = [];
  const process = object(details.process);
  const namespace = text(process?.namespace);
  const name = text(process?.name);
  if (namespace && name) {
    found.push({ kind: "Process", name: `${namespace}/${name}`, href: href(["processes"], { process: `${namespace}/${name}` }) });
    found.push({ kind: "Logs", name, href: href(["logs"], { q: `service:${quoted(name)}` }) });
  }
  const run = object(details.run);
  const runID = text(run?.run_id);
  const client = text(run?.client_id);
  const workflow = text(run?.workflow_id);
  if (runID) found.push({ kind: "Run", name: runID, href: href(["runs", runID], { client, workflow }) });
  if (workflow) found.push({ kind: "Workflow", name: workflow, href: href(["runs"], { client, workflow }) });
  for (const id of traceIDs(details)) found.push({ kind: "Trace", name: id, href: href(["traces", id]) });
  const service = SERVICE_KEYS.map((key) => text(details[key]) ?? text(object(details.labels)?.[key])).find(Boolean);
  if (service) found.push({ kind: "Service", name: service, href: href(["dashboard"], { q: `service:${quoted(service)}` }) });
  return found;
}

/** Trace ids anywhere in the details. */
function traceIDs(value: Json | undefined, depth = 0): string[] {
  if (value === null || typeof value !== "object" || depth > DEEPEST) return [];
  const found = Object.entries(value).flatMap(([key, inner]) => {
    const id = text(inner);
    return TRACE_KEYS.has(key.toLowerCase()) && id && /^[0-9a-f]{32}$/i.test(id) ? [id.toLowerCase()] : traceIDs(inner, depth + 1);
  });
  return [...new Set(found)];
}

/** The bus event that a bridge made the alert from. */
export interface BusEvent {
  stream: string;
  sequence: number;
  subject: string;
  type: string;
}

export function busEvent(details: Attributes | null): BusEvent | null {
  const event = object(details?.event);
  const [stream, subject, type] = [text(event?.stream), text(event?.subject), text(event?.type)];
  const sequence = event?.sequence;
  return stream && subject && type && typeof sequence === "number" ? { stream, sequence, subject, type } : null;
}

export interface Outside {
  title: string;
  url: string;
}

/** Links that senders gave, as far as a browser may follow them. */
export function outsideLinks(links: Json[] | null): Outside[] {
  return (links ?? []).flatMap((link) => {
    const members = object(link);
    const url = text(link) ?? text(members?.href) ?? text(members?.url);
    if (!url || !/^https?:\/\//i.test(url)) return [];
    return [{ url, title: text(members?.text) ?? text(members?.title) ?? url }];
  });
}

/** Details as names and values, nested names joined by dots. */
export function flattened(details: Attributes, limit: number): [string, Json][] {
  const rows: [string, Json][] = [];
  const add = (name: string, value: Json, depth: number) => {
    const members = depth < DEEPEST ? object(value) : undefined;
    if (members && Object.keys(members).length > 0) Object.entries(members).forEach(([key, inner]) => add(`${name}.${key}`, inner, depth + 1));
    else if (rows.length < limit) rows.push([name, value]);
  };
  Object.entries(details).forEach(([key, value]) => add(key, value, 0));
  return rows;
}

function object(value: Json | undefined): Attributes | undefined {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
