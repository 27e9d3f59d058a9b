// Values of all kinds: humanised, with the exact value in the title.

import { type ReactNode, useSyncExternalStore } from "react";
import { bytes, count, duration, exact, percent, rate } from "../format/numbers";
import { ago, preciseTime, time, utc } from "../format/times";
import { oneLine, visible } from "../format/text";
import { subscribeToSeconds } from "../state/polling";

const NOTHING = <span className="muted">–</span>;

export function Count({ value }: { value: number | null | undefined }) {
  return value === null || value === undefined ? NOTHING : <span className="number" title={exact(value)}>{count(value)}</span>;
}

export function Rate({ value }: { value: number | null | undefined }) {
  return value === null || value === undefined ? NOTHING : <span className="number" title={`${value} a second`}>{rate(value)}</span>;
}

export function Percent({ value }: { value: number | null | undefined }) {
  return value === null || value === undefined ? NOTHING : <span className="number" title={String(value)}>{percent(value)}</span>;
}

export function Duration({ us }: { us: number | null | undefined }) {
  return us === null || us === undefined ? NOTHING : <span className="number" title={`${us} µs`}>{duration(us)}</span>;
}

export function Bytes({ value }: { value: number | null | undefined }) {
  return value === null || value === undefined ? NOTHING : <span className="number" title={`${exact(value)} bytes`}>{bytes(value)}</span>;
}

/** A time in the local zone, UTC in its title. */
export function Time({ value, precise = false }: { value: string | number | null | undefined; precise?: boolean }) {
  if (value === null || value === undefined) return NOTHING;
  const moment = typeof value === "number" ? value : Date.parse(value);
  return (
    <time className="number" dateTime={new Date(moment).toISOString()} title={utc(moment)}>
      {precise ? preciseTime(moment) : time(moment)}
    </time>
  );
}

/** How long ago a time is, and its UTC in the title. */
export function Ago({ value }: { value: string | number | null | undefined }) {
  const moment = typeof value === "string" ? Date.parse(value) : (value ?? null);
  const text = useSyncExternalStore(subscribeToSeconds, () => (moment === null ? "" : ago(moment, Date.now())));
  if (moment === null) return NOTHING;
  return (
    <time className="number" dateTime={new Date(moment).toISOString()} title={utc(moment)}>
      {text}
    </time>
  );
}

/** Text that came from outside: never markup, never able to reorder its surroundings. One line of it unless `block`. */
export function Foreign({ text, block = false }: { text: string; block?: boolean }) {
  if (block) return <pre className="isolate" dir="auto">{visible(text)}</pre>;
  return <bdi className="isolate" title={visible(text, 1_000)}>{oneLine(text)}</bdi>;
}

export interface Fact {
  name: string;
  value: ReactNode;
}

/** Names and values in two columns. */
export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl className="facts">
      {facts.map((fact, index) => (
        <FactRow key={`${fact.name}${index}`} {...fact} />
      ))}
    </dl>
  );
}

function FactRow({ name, value }: Fact) {
  return (
    <>
      <dt>{oneLine(name, 200)}</dt>
      <dd>{value}</dd>
    </>
  );
}
