// What the page knows of processes beyond what the API tells.

import type { Process } from "../../api/types";
import { processTone, type Tone } from "../../components/Badge";

export const GROUPS = { bad: "Failed", warn: "In trouble", good: "Running", info: "Changing", idle: "Stopped" } as const;

export interface ProcessFilter {
  text: string;
  tone: Tone | null;
}

export function readFilter(query: URLSearchParams): ProcessFilter {
  const tone = query.get("status");
  return { text: query.get("q") ?? "", tone: tone !== null && tone in GROUPS ? (tone as Tone) : null };
}

export function nameOf({ namespace, name }: Pick<Process, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

export function passes(filter: ProcessFilter, process: Process): boolean {
  const text = filter.text.toLowerCase();
  return (filter.tone === null || processTone(process) === filter.tone) && (nameOf(process).toLowerCase().includes(text) || process.status.toLowerCase().includes(text));
}

/** Namespaces and their processes, each by name: a process does not move because it crashed. */
export function byNamespace(processes: readonly Process[]): [string, Process[]][] {
  const groups = new Map<string, Process[]>();
  for (const process of processes) groups.set(process.namespace, [...(groups.get(process.namespace) ?? []), process]);
  return [...groups].sort(([left], [right]) => left.localeCompare(right)).map(([namespace, members]) => [
    namespace, members.sort((left, right) => left.name.localeCompare(right.name)),
  ]);
}

/** Its health in words; null where nothing checks it. */
export function health(process: Pick<Process, "is_ready" | "has_ready_probe" | "is_running">): { text: string; tone: Tone } | null {
  if (!process.has_ready_probe || !process.is_running) return null;
  if (process.is_ready === "Ready") return { text: "healthy", tone: "good" };
  return process.is_ready === "Not Ready" ? { text: "not ready", tone: "warn" } : null;
}

/** Events of the last 24 hours, an hour each: crashes and restarts together. */
export function troubles({ events }: Process): { hours: number[]; label: string } {
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const crashes = sum(events.crashed);
  const restarts = sum(events.restarted);
  const plural = (value: number, noun: string, many: string) => `${value.toLocaleString()} ${value === 1 ? noun : many}`;
  return {
    hours: events.crashed.map((value, hour) => value + (events.restarted[hour] ?? 0)),
    label: `Last 24 h: ${plural(crashes, "crash", "crashes")}, ${plural(restarts, "restart", "restarts")}`,
  };
}
