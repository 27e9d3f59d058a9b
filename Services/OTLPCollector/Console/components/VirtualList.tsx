// A list of which only the rows in sight are in the document. All rows have one height, but for those that `heightOf` says otherwise.

import { type CSSProperties, type KeyboardEvent, type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";

export interface VirtualListProps<Row> {
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => string;
  rowHeight: number;
  /** Rows that are higher, by key. */
  heights?: ReadonlyMap<string, number>;
  height: number | string;
  label: string;
  role?: "list" | "rowgroup" | "tree" | "log";
  render: (row: Row, index: number) => ReactNode;
  /** The element that scrolls, for those who want to scroll it. */
  scroller?: RefObject<HTMLDivElement>;
  onScroll?: (element: HTMLDivElement) => void;
  onKeyDown?: (event: KeyboardEvent<HTMLDivElement>) => void;
  /** The id of the row's element that the keyboard is at, where the list itself has the focus. */
  activeID?: string | undefined;
}

const OVERSCAN = 12;

export function VirtualList<Row>(props: VirtualListProps<Row>) {
  const { rows, rowKey, rowHeight, heights, render, onScroll } = props;
  const own = useRef<HTMLDivElement>(null);
  const scroller = props.scroller ?? own;
  const [view, setView] = useState({ top: 0, height: 800 });
  const offsets = useMemo(() => {
    const result = new Float64Array(rows.length + 1);
    rows.forEach((row, index) => {
      result[index + 1] = (result[index] as number) + (heights?.get(rowKey(row, index)) ?? rowHeight);
    });
    return result;
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rows, rowHeight, heights]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);

  const first = Math.max(0, indexAt(offsets, view.top) - OVERSCAN);
  const last = Math.min(rows.length, indexAt(offsets, view.top + view.height) + 1 + OVERSCAN);
  const shown: ReactNode[] = [];
  for (let index = first; index < last; index += 1) {
    const row = rows[index] as Row;
    const style: CSSProperties = { transform: `translateY(${offsets[index]}px)`, height: (offsets[index + 1] as number) - (offsets[index] as number) };
    shown.push(
      <div key={rowKey(row, index)} className="virtual-row" style={style}>
        {render(row, index)}
      </div>,
    );
  }
  const look = () => {
    const element = scroller.current;
    if (!element) return;
    setView({ top: element.scrollTop, height: element.clientHeight });
    onScroll?.(element);
  };
  return (
    <div
      ref={scroller} className="virtual" style={{ height: props.height }} tabIndex={0} role={props.role ?? "list"} aria-label={props.label}
      aria-activedescendant={props.activeID} onScroll={look} onKeyDown={props.onKeyDown}
    >
      <div className="virtual-space" style={{ height: offsets[rows.length] }}>
        {shown}
      </div>
    </div>
  );
}

/** The last index whose offset is not beyond `position`. */
function indexAt(offsets: Float64Array, position: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] as number) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
