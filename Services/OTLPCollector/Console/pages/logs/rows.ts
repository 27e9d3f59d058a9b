// The rows of a list of logs, the newest last: entries, and notes about what is missing between them.

import type { LogRecord } from "../../api/types";

export type Row = { key: string; log: LogRecord } | { key: string; note: string };

export const MOST_ROWS = 2_000;
// About what the text of all rows may take, in characters.
const MOST_TEXT = 16_000_000;

export function entryRows(logs: readonly LogRecord[]): Row[] {
  return logs.map((log) => ({ key: log.id, log }));
}

/** The newest of the rows: as many as are kept. */
export function kept(rows: Row[]): Row[] {
  let room = MOST_TEXT;
  let first = rows.length;
  while (first > 0 && rows.length - first < MOST_ROWS) {
    room -= weight(rows[first - 1] as Row);
    if (room < 0 && first < rows.length) break;
    first -= 1;
  }
  return first === 0 ? rows : rows.slice(first);
}

function weight(row: Row): number {
  if (!("log" in row)) return 100;
  return typeof row.log.body === "string" ? row.log.body.length + 1_000 : 2_000;
}

/** The entry that was stored last: where a live connection goes on. */
export function newestID(logs: readonly LogRecord[]): string | null {
  return logs.reduce<string | null>((newest, { id }) => (newest === null || isLater(id, newest) ? id : newest), null);
}

/** Ids are decimal numbers beyond what JavaScript counts exactly. */
function isLater(left: string, right: string): boolean {
  return left.length === right.length ? left > right : left.length > right.length;
}
