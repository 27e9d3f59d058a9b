// A chart by Apache ECharts, which is loaded when the first chart is shown. The same data is always there as a table, too.

import { type ReactNode, useEffect, useRef, useState } from "react";
import type { ECharts, EChartsEvent, EChartsOption } from "echarts";

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

export interface ChartProps {
  label: string;
  height: number;
  option: EChartsOption;
  /** Called with the ends of a brushed range of the x axis. */
  onBrush?: (from: number, to: number) => void;
  onClick?: (event: EChartsEvent) => void;
  /** The same data as a table, for those who cannot see the chart. */
  table?: ReactNode;
}

export function Chart({ label, height, option, onBrush, onClick, table }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  const [isTable, setTable] = useState(false);
  const handlers = useRef({ onBrush, onClick });
  handlers.current = { onBrush, onClick };
  const canBrush = onBrush !== undefined;

  useEffect(() => {
    let isGone = false;
    let observer: ResizeObserver | undefined;
    import("echarts")
      .then((module) => {
        const element = host.current;
        if (isGone || !element) return;
        const made = (module.default ?? module).init(element, null, { renderer: "canvas" });
        chart.current = made;
        made.on("click", (event) => handlers.current.onClick?.(event));
        made.on("brushEnd", (event) => {
          const area = event.areas?.[0]?.coordRange;
          if (!area) return;
          made.dispatchAction({ type: "brush", areas: [] });
          if ((area[1] as number) > (area[0] as number)) handlers.current.onBrush?.(area[0] as number, area[1] as number);
        });
        observer = new ResizeObserver(() => made.resize());
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

  useEffect(() => {
    if (state !== "ready") return;
    chart.current?.setOption({ animation: false, ...option, ...(canBrush && BRUSH) }, { notMerge: true });
    if (canBrush) {
      chart.current?.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption: { brushType: "lineX", brushMode: "single" } });
    }
  }, [option, state, canBrush]);

  return (
    <figure>
      <div ref={host} className="chart" role="img" aria-label={label} hidden={isTable} style={{ height }} />
      {state === "failed" && <p className="notice warn">The chart could not be loaded; the table below has its data.</p>}
      {table && (
        <>
          <button type="button" className="button plain small" aria-expanded={isTable} onClick={() => setTable(!isTable)}>
            {isTable ? "Show as a chart" : "Show as a table"}
          </button>
          {isTable && table}
        </>
      )}
    </figure>
  );
}

const BRUSH: EChartsOption = {
  toolbox: { show: false },
  brush: { xAxisIndex: 0, toolbox: [], brushStyle: { borderWidth: 1, color: "rgba(80,130,220,0.2)", borderColor: "rgba(80,130,220,0.8)" } },
};

/** What every chart over time has in common. Tooltips are drawn, never made of markup. */
export function timeChart(colors: Palette, from: number, to: number): EChartsOption {
  return {
    textStyle: { fontFamily: "inherit", color: colors.text },
    grid: { left: 52, right: 12, top: 28, bottom: 24 },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colors.surface, borderColor: colors.border,
      textStyle: { color: colors.text, fontSize: 12 },
    },
    legend: { top: 0, right: 0, itemHeight: 8, itemWidth: 14, textStyle: { color: colors.muted, fontSize: 12 } },
    xAxis: {
      type: "time", min: from, max: to, axisLabel: { color: colors.muted, hideOverlap: true }, axisLine: { lineStyle: { color: colors.border } },
      splitLine: { show: false },
    },
  };
}
