// From a part of a chart to the traces behind it.

import { withTerm } from "../../state/filter";
import { href } from "../../state/router";
import type { Cell } from "./series";

// A trace is listed by its start, which is before that of its slow span.
const MOST_EARLIER = 60_000;

/** The traces that may have a span of a cell: such a trace takes at least as long as the span. The shortest of them come first. */
export function cellHref(cell: Cell, filter: string): string {
  const earlier = Math.min(Math.ceil(cell.high / 1_000), MOST_EARLIER);
  const least = `${Math.round(cell.low * 1_000)}ns`;
  return href(["traces"], { q: withTerm(filter, "duration>", least), from: iso(cell.from - earlier), to: iso(cell.to), sort: "duration" });
}

/** The traces with errors of a stretch of time. */
export function errorsHref(from: number, to: number, filter: string): string {
  return href(["traces"], { q: withTerm(filter, "status:", "error"), from: iso(from), to: iso(to) });
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
