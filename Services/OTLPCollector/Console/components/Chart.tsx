// A chart by Apache ECharts, which is loaded when the first chart is shown. The same data is always there as a table, too.

import "./chart.css";
import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { ECharts, EChartsEvent, EChartsOption } from "echarts";
import { preciseTime, time, utc } from "../format/times";
import { useBrush } from "./brush";

/** Starts loading ECharts, which takes its time; a page with charts may do so before it has data. */
export const loadCharts = () => import("echarts");

/** The colours of the present theme, for charts draw on a canvas. */
export interface Palette {
  text: string;
  muted: string;
  border: string;
  surface: string;
  bad: string;
  warn: string;
  good: string;
  accent: string;
  series: string[];
}

function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: color("text"), muted: color("text-muted"), border: color("border"), surface: color("surface-raised"), bad: color("bad"), warn: color("warn"),
    good: color("good"), accent: color("accent"), series: [1, 2, 3, 4, 5, 6, 7, 8].map((index) => color(`series-${index}`)),
  };
}

/** The palette, anew whenever the system changes between light and dark. */
export function usePalette(): Palette {
  const [colors, setColors] = useState(palette);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const change = () => setColors(palette());
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, []);
  return colors;
}

const SPACIOUS = "(min-width: 2200px) and (min-height: 1300px)";
const subscribeToSize = (listener: () => void) => {
  const media = matchMedia(SPACIOUS);
  media.addEventListener("change", listener);
  return () => media.removeEventListener("change", listener);
};

/** The height of a chart among others: more of it where the screen has plenty. */
export function useChartHeight(): number {
  return useSyncExternalStore(subscribeToSize, () => (matchMedia(SPACIOUS).matches ? 380 : 210));
}

export interface ChartProps {
  label: string;
  height: number;
  option: EChartsOption;
  /** Called with the ends of a range of the x axis that was dragged over; the axis must name its ends as `min` and `max`. */
  onBrush?: (from: number, to: number) => void;
  onClick?: (event: EChartsEvent) => void;
  /** The same data as a table, for those who cannot see the chart. */
  table?: ReactNode;
}

export function Chart({ label, height, option, onBrush, onClick, table }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const marker = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  const [isTable, setTable] = useState(false);
  const click = useRef(onClick);
  click.current = onClick;
  useBrush({ host, marker, chart, option, onBrush });

  useEffect(() => {
    let isGone = false;
    let observer: ResizeObserver | undefined;
    loadCharts()
      .then((module) => {
        const element = host.current;
        if (isGone || !element) return;
        const made = (module.default ?? module).init(element, null, { renderer: "canvas" });
        chart.current = made;
        made.on("click", (event) => click.current?.(event));
        observer = new ResizeObserver(() => element.clientWidth > 0 && made.resize());
        observer.observe(element);
        setState("ready");
      })
      .catch(() => setState("failed"));
    return () => {
      isGone = true;
      observer?.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);

  // What is not given anew stays, so that a refresh takes away neither a tooltip nor the choice of series.
  useEffect(() => {
    if (state === "ready") chart.current?.setOption({ animation: false, ...option }, { replaceMerge: ["series"] });
  }, [option, state]);

  const toggle = isTable ? "Show as a chart" : "Show as a table";
  return (
    <figure>
      <div className="chart-area" hidden={isTable || state === "failed"} style={{ height }}>
        <div ref={host} className={onBrush ? "chart chart-brushable" : "chart"} role="img" aria-label={label} style={{ height }} />
        <div ref={marker} className="chart-brush" hidden />
        {state === "loading" && <div className="skeleton chart-loading" aria-hidden="true" />}
      </div>
      {state === "failed" && <p className="notice warn">The chart could not be loaded; the table has its data.</p>}
      {table && (
        <>
          <button
            type="button" className="button plain small chart-toggle" aria-expanded={isTable} aria-label={`${toggle}: ${label}`} onClick={() => setTable(!isTable)}
          >
            {toggle}
          </button>
          {isTable && <div className="chart-table" role="region" aria-label={`${label} as a table`} tabIndex={0}>{table}</div>}
        </>
      )}
    </figure>
  );
}

/** The look of a tooltip. It is drawn, never made of markup. */
export function tooltip(colors: Palette): EChartsOption {
  return {
    renderMode: "richText", confine: true, backgroundColor: colors.surface, borderColor: colors.border, padding: [8, 10],
    textStyle: { color: colors.text, fontSize: 12, lineHeight: 18 }, transitionDuration: 0,
  };
}

/** A time as the head of a tooltip: local, then UTC. */
export function tooltipTime(milliseconds: number): string {
  return `${milliseconds % 1_000 === 0 ? time(milliseconds) : preciseTime(milliseconds)}   (${utc(milliseconds).replace(".000", "")})`;
}

// Midnight reads as a date; all else as ECharts has it.
const TIME_LABELS = { day: "{MMM} {d}" };

/** What every chart over time has in common. */
export function timeChart(colors: Palette, from: number, to: number): EChartsOption {
  return {
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colors.text },
    grid: { left: 60, right: 16, top: 16, bottom: 24, outerBoundsMode: "none" },
    tooltip: { ...tooltip(colors), trigger: "axis", axisPointer: { lineStyle: { color: colors.muted, type: "dashed" } } },
    xAxis: {
      type: "time", min: from, max: to, axisLabel: { color: colors.muted, hideOverlap: true, formatter: TIME_LABELS }, axisLine: { onZero: false, lineStyle: { color: colors.border } },
      axisTick: { lineStyle: { color: colors.border } }, splitLine: { show: false }, splitNumber: 4,
    },
  };
}

/** A y axis whose values are written by `format`. */
export function valueAxis(colors: Palette, format: (value: number) => string): EChartsOption {
  return {
    type: "value", min: 0, splitNumber: 4, axisLabel: { color: colors.muted, formatter: format },
    splitLine: { lineStyle: { color: colors.border } },
  };
}
