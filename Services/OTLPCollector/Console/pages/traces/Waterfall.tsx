// The spans of a trace over time: a tree that folds, of which only the rows in sight are in the document.

import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { VirtualList } from "../../components/VirtualList";
import { Axis, Lines } from "./Head";
import { around, ticks, type View } from "./axis";
import type { CriticalPath } from "./criticalPath";
import type { Mark } from "./marks";
import { SpanRow } from "./SpanRow";
import type { SpanNode, Tree } from "./tree";
import { useWidth } from "./useWidth";

const ROW = 28;
const PAGE_ROWS = 15;
const TICK_WIDTH = 110;

export interface WaterfallProps {
  tree: Tree;
  rows: readonly SpanNode[];
  path: CriticalPath;
  marks: readonly Mark[];
  folded: ReadonlySet<string>;
  matches: ReadonlySet<SpanNode>;
  selected: string | null;
  /** The row that is to be brought into sight; a new object does it again. */
  target: { key: string } | null;
  view: View;
  onView: (view: View) => void;
  onFold: (node: SpanNode, fold?: boolean) => void;
  onOpen: (node: SpanNode) => void;
}

export function Waterfall({ tree, rows, path, marks, folded, matches, selected, target, view, onView, onFold, onOpen }: WaterfallProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const scale = useRef<HTMLDivElement>(null);
  const width = useWidth(scale);
  const moments = useMemo(() => ticks(view, Math.max(2, Math.floor(width / TICK_WIDTH))), [view, width]);
  const [active, setActive] = useState(selected ?? rows[0]?.key ?? "");
  const places = useMemo(() => new Map(rows.map((row, index) => [row.key, index])), [rows]);
  const at = places.get(active) ?? 0;

  const show = useCallback((index: number) => {
    const element = scroller.current;
    if (!element) return;
    if (index * ROW < element.scrollTop) element.scrollTop = index * ROW;
    else if ((index + 1) * ROW > element.scrollTop + element.clientHeight) element.scrollTop = (index + 1) * ROW - element.clientHeight;
  }, []);
  const goTo = (node: SpanNode | null | undefined) => {
    const index = node ? places.get(node.key) : undefined;
    if (!node || index === undefined) return;
    setActive(node.key);
    show(index);
  };
  useEffect(() => {
    const index = target ? places.get(target.key) : undefined;
    if (!target || index === undefined) return;
    setActive(target.key);
    const element = scroller.current;
    const isInSight = element && index * ROW >= element.scrollTop && (index + 1) * ROW <= element.scrollTop + element.clientHeight;
    if (element && !isInSight) element.scrollTop = index * ROW - element.clientHeight / 3;
    // Only a new target moves the view, not rows that change under it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [target]);

  const open = useCallback((node: SpanNode) => { setActive(node.key); onOpen(node); }, [onOpen]);
  const onKeyDown = (event: KeyboardEvent) => {
    const node = rows[at];
    if (!node || event.altKey || event.ctrlKey || event.metaKey) return;
    const isFolded = folded.has(node.key);
    const steps: Record<string, () => void> = {
      ArrowDown: () => goTo(rows[at + 1]),
      ArrowUp: () => goTo(rows[at - 1]),
      PageDown: () => goTo(rows[Math.min(rows.length - 1, at + PAGE_ROWS)]),
      PageUp: () => goTo(rows[Math.max(0, at - PAGE_ROWS)]),
      Home: () => goTo(rows[0]),
      End: () => goTo(rows[rows.length - 1]),
      ArrowRight: () => (isFolded ? onFold(node, false) : goTo(node.children.find((child) => places.has(child.key)))),
      ArrowLeft: () => (node.children.length > 0 && !isFolded ? onFold(node, true) : goTo(node.parent)),
      "+": () => onView(around(node.start, node.end, tree.length)),
      "-": () => onView({ from: 0, to: tree.length }),
      Enter: () => open(node),
      " ": () => open(node),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };

  const render = (node: SpanNode) => (
    <SpanRow
      node={node} id={rowID(node.key)} view={view} color={tree.services.get(node.span.service)?.color ?? 1} stretches={path.stretches.get(node)}
      isFolded={folded.has(node.key)} isActive={node.key === active} isSelected={node.key === selected} isMatch={matches.has(node)} onFold={onFold} onOpen={open}
    />
  );
  return (
    <div className="waterfall">
      <Axis view={view} moments={moments} width={width} marks={marks} scale={scale} onView={onView} />
      <div className="waterfall-body">
        <VirtualList
          rows={rows} rowKey={(node) => node.key} rowHeight={ROW} height={`min(${rows.length * ROW + 2}px, max(300px, calc(100vh - 220px)))`} role="tree"
          label="Spans: arrow keys move, left and right fold, Enter opens, plus zooms to a span, minus shows all" scroller={scroller} onKeyDown={onKeyDown}
          activeID={rows[at] && rowID(rows[at]?.key ?? "")} render={render}
        />
        <Lines view={view} moments={moments} marks={marks} />
      </div>
    </div>
  );
}

function rowID(key: string): string {
  return `span-${key}`;
}
