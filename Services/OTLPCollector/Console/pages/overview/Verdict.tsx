// The answer to "is anything broken?", and a tile for each kind of thing that can be.

import type { ReactNode } from "react";
import type { Tone } from "../../components/Badge";
import { Link } from "../../components/Link";
import type { Polled } from "../../state/polling";
import { type Finding, worst } from "./findings";

/** A kind of thing that can be wrong, as far as it is known. */
export interface Check {
  title: string;
  href: string;
  /** Undefined while nothing is known of it. */
  finding: Finding | undefined;
  /** Beside the number; what is said when all is well. */
  note: ReactNode;
  quiet: string;
  sources: Pick<Polled<unknown>, "error" | "data">[];
}

type State = "bad" | "warn" | "info" | "good" | "unknown" | "loading";

const SIGNS: Record<State, string> = { bad: "✕", warn: "!", info: "i", good: "✓", unknown: "?", loading: "…" };

function stateOf({ finding, sources }: Check): State {
  if (finding) return finding.tone === "idle" ? "good" : finding.tone;
  return sources.every(({ error }) => error !== undefined) ? "unknown" : "loading";
}

/** What is known to be wrong comes first; all is only well once all is known. */
function overall(states: State[], tone: Tone): State {
  if (tone !== "good" && tone !== "idle") return tone;
  if (states.includes("loading")) return "loading";
  return states.includes("unknown") ? "unknown" : "good";
}

export function Verdict({ checks, children }: { checks: Check[]; children?: ReactNode }) {
  const states = checks.map(stateOf);
  const known = checks.flatMap(({ finding }) => (finding ? [finding] : []));
  const state = overall(states, worst(known.map(({ tone }) => tone)));
  const silent = checks.filter((_, index) => states[index] === "unknown").map(({ title }) => title.toLowerCase());
  return (
    <section className={`verdict ${state}`} aria-label="Verdict">
      <span className="verdict-sign" aria-hidden="true">{SIGNS[state]}</span>
      <div className="verdict-text">
        <p className="verdict-headline" role="status">{known.length === 0 && state === "unknown" ? "Argus does not answer" : headline(state)}</p>
        <p>
          {state !== "loading" && sentence(known, silent.length > 0)}
          {silent.length > 0 && <> Not known: {silent.join(", ")}.</>}
        </p>
      </div>
      {children}
    </section>
  );
}

function headline(state: State): string {
  switch (state) {
    case "bad": return "Something is broken";
    case "warn": return "Something needs a look";
    case "info": return "Somebody is on it";
    case "unknown": return "Nothing wrong, as far as is known";
    case "loading": return "Looking…";
    default: return "All is well";
  }
}

/** What is wrong in one sentence, the worst first. */
function sentence(findings: Finding[], isIncomplete: boolean): string {
  const wrong = (["bad", "warn", "info"] as const).flatMap((tone) => findings.filter((finding) => finding.tone === tone)).map(({ text }) => text);
  if (wrong.length === 0 && isIncomplete) return "";
  if (wrong.length === 0) return "No alert is active, no service fails, no process is down.";
  const last = wrong.pop() as string;
  return `${wrong.length > 0 ? `${wrong.join(", ")} and ${last}` : last}.`;
}

export function Tiles({ checks }: { checks: Check[] }) {
  return (
    <ul className="tiles" aria-label="What can be wrong">
      {checks.map((check) => <Tile key={check.title} check={check} />)}
    </ul>
  );
}

function Tile({ check }: { check: Check }) {
  const state = stateOf(check);
  const { finding } = check;
  return (
    <li>
      <Link className={`tile ${state}`} href={check.href}>
        <span className="tile-title">
          {check.title}
          <span className="tile-sign" aria-hidden="true">{SIGNS[state]}</span>
        </span>
        <span className="tile-count">{finding ? `${finding.count}${finding.isAtLeast ? "+" : ""}` : state === "unknown" ? "?" : "–"}</span>
        <span className="tile-note">{state === "unknown" ? "no answer" : finding ? (finding.count === 0 ? check.quiet : check.note) : "loading"}</span>
      </Link>
    </li>
  );
}
