// Which alerts and processes belong to which service.

import { processTone, type Tone } from "../../components/Badge";
import type { Alert, Json, Process } from "../../api/types";

export interface Marks {
  alerts: Alert[];
  processes: Process[];
  /** How often these processes crashed in the range. */
  crashes: number;
}

const MOST_LEAVES = 200;
const NOTHING: Marks = { alerts: [], processes: [], crashes: 0 };

/** The marks of every service that has any. */
export function marksOf(
  services: readonly string[], alerts: readonly Alert[], processes: readonly Process[], crashesOf: (process: Process) => number,
): (service: string) => Marks {
  const texts = alerts.map((alert) => ({ alert, leaves: leavesOf(alert) }));
  const found = new Map<string, Marks>();
  for (const service of services) {
    const short = shortName(service);
    const own = processes.filter(({ name }) => name === service || name === short);
    const marks = {
      alerts: texts.filter(({ leaves }) => leaves.some((leaf) => names(leaf, service, short))).map(({ alert }) => alert),
      processes: own,
      crashes: own.reduce((sum, process) => sum + crashesOf(process), 0),
    };
    if (marks.alerts.length + marks.processes.length > 0) found.set(service, marks);
  }
  return (service) => found.get(service) ?? NOTHING;
}

/** What a process adds to its node; null where it is as it should be. */
export function processMark({ processes, crashes }: Marks): { tone: Tone; text: string } | null {
  const troubled = processes.map((process) => ({ process, tone: processTone(process) })).filter(({ tone }) => tone === "bad" || tone === "warn");
  const first = troubled.find(({ tone }) => tone === "bad") ?? troubled[0];
  if (!first) return crashes > 0 ? { tone: "warn", text: crashes === 1 ? "1 crash" : `${crashes} crashes` } : null;
  return { tone: first.tone, text: first.tone === "bad" ? "crashed" : first.process.status === "Restarting" ? "restarting" : "not ready" };
}

/** `wf_report` of `workflow:wf_report`. */
function shortName(service: string): string {
  return service.slice(service.indexOf(":") + 1);
}

/** Every text of an alert that may name a service. */
function leavesOf({ class: kind, source, component, summary, details }: Alert): string[] {
  const leaves = [kind, source, component, summary].filter((text): text is string => text !== null);
  const visit = (value: Json | undefined): void => {
    if (leaves.length >= MOST_LEAVES) return;
    if (typeof value === "string") leaves.push(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  visit(details);
  return leaves;
}

/** A text names a service if it is its name, a path with it, or has its whole name as a word. */
function names(text: string, service: string, short: string): boolean {
  if (text === service || text === short || text.split("/").includes(short)) return true;
  for (let at = text.indexOf(service); at >= 0; at = text.indexOf(service, at + 1)) {
    if (!isWordPart(text[at - 1]) && !isWordPart(text[at + service.length])) return true;
  }
  return false;
}

function isWordPart(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_-]/u.test(character);
}
