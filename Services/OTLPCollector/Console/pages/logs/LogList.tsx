// A list of logs that follows the newest, until somebody scrolls up or opens an entry.

import { type KeyboardEvent, type ReactNode, type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { VirtualList } from "../../components/VirtualList";
import { count } from "../../format/numbers";
import { LogRow } from "./LogRow";
import type { Row } from "./rows";
import { useIsNarrow } from "./useIsNarrow";

const ROW = 28;
const NARROW_ROW = 50;
const AT_END = 8;
// Until an entry that was opened has its height.
const SETTLED = 80;

export interface LogListProps {
  rows: Row[];
  /** Entries before the first row, if there are. */
  next: string | null;
  /** New entries can come. */
  isGrowing: boolean;
  loadOlder: (cursor: string) => Promise<{ rows: Row[]; next: string | null }>;
  expanded: ReadonlySet<string>;
  onToggle: (key: string) => void;
  empty: ReactNode;
}

/** The rows as they were when following ended, with older ones that were asked for since. */
interface Held {
  rows: Row[];
  next: string | null;
}

export function LogList({ rows, next, isGrowing, loadOlder, expanded, onToggle, empty }: LogListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<Held | null>(null);
  const [heights, setHeights] = useState<ReadonlyMap<string, number>>(new Map());
  const isNarrow = useIsNarrow();
  const shown = held?.rows ?? rows;
  const older = held ? held.next : next;

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!held && element) element.scrollTop = element.scrollHeight;
  }, [held, rows, isNarrow]);

  const hold = useCallback(() => setHeld((before) => before ?? { rows, next }), [rows, next]);
  const onScroll = (element: HTMLDivElement) => {
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight <= AT_END;
    if (isAtEnd && held && expanded.size === 0) setHeld(null);
    else if (!isAtEnd && !held) hold();
  };
  const toggle = useCallback(
    (key: string) => {
      hold();
      onToggle(key);
      window.setTimeout(() => showOpened(scroller.current, key), SETTLED);
      setHeights((before) => without(before, key));
    },
    [hold, onToggle],
  );
  const measure = useCallback((key: string, height: number) => {
    setHeights((before) => (before.get(key) === height ? before : new Map(before).set(key, height)));
  }, []);
  // The button goes away, and the focus must not go with it.
  const resume = () => {
    scroller.current?.focus({ preventScroll: true });
    setHeld(null);
  };
  const visibleHeights = useMemo(() => new Map([...heights].filter(([key]) => expanded.has(key))), [heights, expanded]);

  const rowHeight = isNarrow ? NARROW_ROW : ROW;
  const whole = [...visibleHeights.values()].reduce((sum, height) => sum + height - rowHeight, shown.length * rowHeight);
  if (shown.length === 0) return <>{empty}</>;
  return (
    <div className="log-list">
      {older !== null && <Older cursor={older} load={loadOlder} scroller={scroller} onLoaded={(page) => setHeld({ rows: [...page.rows, ...shown], next: page.next })} />}
      <VirtualList
        rows={shown} rowKey={(row) => row.key} rowHeight={rowHeight} heights={visibleHeights} height={`min(${whole + 2}px, max(300px, calc(100vh - ${isNarrow ? 280 : 196}px)))`}
        label="Logs, the newest last: arrow keys move, Enter opens" scroller={scroller} onScroll={onScroll} onKeyDown={moveFocus}
        render={(row) => <LogRow row={row} isExpanded={expanded.has(row.key)} onToggle={toggle} onHeight={measure} />}
      />
      {held && isGrowing && (
        <div className="log-resume">
          <button type="button" className="button primary" onClick={resume}>{newer(held.rows, rows)}, resume <span aria-hidden="true">↓</span></button>
        </div>
      )}
    </div>
  );
}

/** Brings an entry that was just opened into sight. */
function showOpened(list: HTMLElement | null, key: string): void {
  const row = list?.querySelector(`[data-key="${CSS.escape(key)}"].open`);
  row?.scrollIntoView({ block: "nearest" });
}

function without(heights: ReadonlyMap<string, number>, key: string): ReadonlyMap<string, number> {
  const result = new Map(heights);
  result.delete(key);
  return result;
}

/** How many of the newest rows are not among those that are held. */
function newer(held: readonly Row[], rows: readonly Row[]): string {
  const last = held[held.length - 1]?.key;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    if (rows[index]?.key === last) return `${count(rows.length - 1 - index)} new`;
  }
  return rows.length === 0 ? "0 new" : `more than ${count(rows.length)} new`;
}

interface OlderProps {
  cursor: string;
  load: LogListProps["loadOlder"];
  scroller: RefObject<HTMLDivElement>;
  onLoaded: (page: Held) => void;
}

/** Puts the page before in front, without moving what is looked at. */
function Older({ cursor, load, scroller, onLoaded }: OlderProps) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const fetchPage = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const page = await load(cursor);
      const below = scroller.current ? scroller.current.scrollHeight - scroller.current.scrollTop : 0;
      onLoaded(page);
      requestAnimationFrame(() => {
        if (scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight - below;
      });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="log-older">
      <button type="button" className="button small" aria-disabled={isBusy} onClick={() => isBusy || void fetchPage()}>{isBusy ? "Loading…" : "↑ Load older entries"}</button>
      {problem && <span className="field-error" role="alert">{problem}</span>}
    </div>
  );
}

/** Arrow keys go from row to row. */
function moveFocus(event: KeyboardEvent<HTMLDivElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const target = event.target as HTMLElement;
  const lines = [...event.currentTarget.querySelectorAll<HTMLElement>(".log-line")];
  const top = event.currentTarget.getBoundingClientRect().top;
  const at = lines.indexOf(target);
  if (at < 0 && target !== event.currentTarget) return;
  const next = at < 0 ? lines.find((line) => line.getBoundingClientRect().top >= top) : lines[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
