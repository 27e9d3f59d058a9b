// Choosing a range of a chart's x axis by dragging over it.

import { type RefObject, useEffect, useRef } from "react";
import type { ECharts, EChartsOption } from "echarts";

const LEAST_PIXELS = 5;
const AXIS = { xAxisIndex: 0 };
const GRID = { gridIndex: 0 };

export interface Brush {
  host: RefObject<HTMLDivElement>;
  /** Drawn over what is being chosen. */
  marker: RefObject<HTMLDivElement>;
  chart: RefObject<ECharts | null>;
  /** Its x axis names its ends as `min` and `max`. */
  option: EChartsOption;
  onBrush: ((from: number, to: number) => void) | undefined;
}

/** Calls `onBrush` with the ends of what was dragged over; Escape gives it up. */
export function useBrush(brush: Brush): void {
  const latest = useRef(brush);
  latest.current = brush;
  const { host } = brush;
  const isWanted = brush.onBrush !== undefined;

  useEffect(() => {
    const element = host.current;
    if (!element || !isWanted) return undefined;
    let start: number | null = null;
    let end: number | null = null;
    const showTooltip = (show: boolean) => {
      const chart = latest.current.chart.current;
      chart?.setOption({ tooltip: { show } });
      if (!show) chart?.dispatchAction({ type: "hideTip" });
    };
    const stop = () => {
      if (end !== null) showTooltip(true);
      start = null;
      end = null;
      const marker = latest.current.marker.current;
      if (marker) marker.hidden = true;
    };
    const onDown = (event: PointerEvent) => {
      const { left, top } = element.getBoundingClientRect();
      const point: [number, number] = [event.clientX - left, event.clientY - top];
      if (event.button === 0 && event.isPrimary && latest.current.chart.current?.containPixel(GRID, point)) start = point[0];
    };
    const onMove = (event: PointerEvent) => {
      if (start === null || !event.isPrimary) return;
      const at = clamp(event.clientX - element.getBoundingClientRect().left, latest.current);
      if (end === null && Math.abs(at - start) < LEAST_PIXELS) return;
      if (end === null) showTooltip(false);
      end = at;
      draw(latest.current.marker.current, start, end);
      getSelection()?.removeAllRanges();
    };
    const onUp = () => {
      const { chart, onBrush } = latest.current;
      const ends = start !== null && end !== null ? [start, end].sort((a, b) => a - b) : [];
      stop();
      const [from, to] = ends.map((x) => chart.current?.convertFromPixel(AXIS, x));
      if (from !== undefined && to !== undefined && from < to) onBrush?.(from, to);
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape") stop();
    };
    element.addEventListener("pointerdown", onDown);
    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", onUp);
    window.addEventListener("pointercancel", stop);
    window.addEventListener("keydown", onKeyDown);
    return () => {
      element.removeEventListener("pointerdown", onDown);
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", onUp);
      window.removeEventListener("pointercancel", stop);
      window.removeEventListener("keydown", onKeyDown);
    };
  }, [host, isWanted]);
}

/** A place on the axis, in pixels. */
function clamp(x: number, { chart, option }: Brush): number {
  const { min, max } = option.xAxis as { min: number; max: number };
  const [left = x, right = x] = [min, max].map((value) => chart.current?.convertToPixel(AXIS, value));
  return Math.min(Math.max(x, left), right);
}

function draw(marker: HTMLDivElement | null, start: number, end: number): void {
  if (!marker) return;
  marker.hidden = false;
  marker.style.left = `${Math.min(start, end)}px`;
  marker.style.width = `${Math.abs(end - start)}px`;
}
