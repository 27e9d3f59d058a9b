// The time range of a view, kept in the URL as `range=15m` or as `from` and `to`.

import { useMemo } from "react";
import type { Parameters } from "../api/client";
import { useQuery } from "./router";

export const RANGES = ["5m", "15m", "1h", "6h", "24h"] as const;
export const DEFAULT_RANGE = "5m";

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export interface TimeRange {
  /** Set where the range ends now: its length, such as `15m`. */
  relative: string | null;
  /** Set where it does not: both ends. */
  from: string | null;
  to: string | null;
  /** As the API takes it. */
  parameters: Parameters;
  key: string;
}

/** Milliseconds of `90s`, `15m`, `1h` or `7d`; null for anything else. */
export function milliseconds(text: string): number | null {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  return match ? Number(match[1]) * (UNITS[match[2] as string] as number) : null;
}

// What the API takes.
const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** A time of the address, as the API takes it: from a date, in the local zone where it names none, or from unix milliseconds. */
function readTime(text: string | null): string | null {
  const moment = /^\d{13}$/.test(text ?? "") ? Number(text) : /^\d{4}-\d\d-\d\d/.test(text ?? "") ? Date.parse(text as string) : NaN;
  return moment >= EARLIEST && moment <= LATEST ? new Date(moment).toISOString() : null;
}

export function readRange(query: URLSearchParams, fallback: string = DEFAULT_RANGE): TimeRange {
  const from = readTime(query.get("from"));
  const to = readTime(query.get("to"));
  if (from !== null && to !== null && from < to) {
    return { relative: null, from, to, parameters: { from, to }, key: `${from}/${to}` };
  }
  const asked = query.get("range");
  const relative = asked && milliseconds(asked) ? asked : fallback;
  return { relative, from: null, to: null, parameters: { range: relative }, key: relative };
}

/** Both ends in milliseconds, as of now. */
export function ends(range: TimeRange, now: number = Date.now()): [number, number] {
  if (range.from !== null && range.to !== null) return [Date.parse(range.from), Date.parse(range.to)];
  return [now - (milliseconds(range.relative ?? DEFAULT_RANGE) ?? 0), now];
}

/** The range as the query of a link holds it, so that the next page looks at the same time. */
export function rangeQuery(range: TimeRange): { range: string | null; from: string | null; to: string | null } {
  return { range: range.relative === DEFAULT_RANGE ? null : range.relative, from: range.from, to: range.to };
}

export function useRange(fallback: string = DEFAULT_RANGE): {
  range: TimeRange;
  setRelative: (length: string) => void;
  setAbsolute: (from: number, to: number) => void;
} {
  const [query, change] = useQuery();
  const range = useMemo(() => readRange(query, fallback), [query, fallback]);
  return {
    range,
    setRelative: (length) => change({ range: length === fallback ? null : length, from: null, to: null, cursor: null }),
    setAbsolute: (from, to) => change({ range: null, from: new Date(from).toISOString(), to: new Date(to).toISOString(), cursor: null }),
  };
}
