// How many spans took how long, when. A cell leads to the traces behind it.

import { useMemo } from "react";
import type { EChartsEvent, EChartsOption } from "echarts";
import { Chart, type Palette, timeChart, tooltip, tooltipTime, useChartHeight, usePalette } from "../../components/Chart";
import { Link } from "../../components/Link";
import { Table } from "../../components/Table";
import { Time } from "../../components/Value";
import { count, duration } from "../../format/numbers";
import { navigate } from "../../state/router";
import { cellHref } from "./links";
import type { Cell } from "./series";
import type { TimeChartProps } from "./TimeCharts";

const SHADES = 6;
const MOST_LABELS = 8;

export function Heatmap({ points, from, to, filter, onBrush }: TimeChartProps<Cell>) {
  const colors = usePalette();
  const height = useChartHeight();
  const option = useMemo(() => heatmapOption(colors, points, from, to), [colors, points, from, to]);
  const onClick = (event: EChartsEvent) => {
    const cell = points[event.dataIndex ?? -1];
    if (cell) navigate(cellHref(cell, filter));
  };
  return (
    <>
      <Chart label="Latency heatmap" height={height} option={option} onBrush={onBrush} onClick={onClick} table={<CellTable cells={points} filter={filter} />} />
      <Legend most={largest(points)} />
    </>
  );
}

function largest(points: Cell[]): number {
  return points.reduce((most, { spans }) => Math.max(most, spans), 1);
}

/** 0 to 1 in steps; by the logarithm, because the few slow spans matter beside the many fast ones. */
function shade(spans: number, most: number): number {
  return Math.ceil((Math.log1p(spans) / Math.log1p(most)) * SHADES) / SHADES;
}

interface RenderApi {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => [number, number];
}

/** Where a cell begins as a power of ten, which 0 is not. */
function bottomOf({ low, high }: Cell): number {
  return Math.log10(low > 0 ? low : high / 2);
}

/** Microseconds as a short label: whole seconds, however many. */
function powerOfTen(exponent: number): string {
  return exponent < 6 ? duration(10 ** exponent) : `${count(10 ** (exponent - 6))} s`;
}

function heatmapOption(colors: Palette, points: Cell[], from: number, to: number): EChartsOption {
  const base = timeChart(colors, from, to);
  const most = largest(points);
  const low = Math.floor(points.reduce((least, cell) => Math.min(least, bottomOf(cell)), Infinity));
  const high = Math.ceil(points.reduce((greatest, cell) => Math.max(greatest, Math.log10(cell.high)), -Infinity));
  const draw = (_: unknown, api: RenderApi) => {
    const [left, top] = api.coord([api.value(0), api.value(3)]);
    const [right, bottom] = api.coord([api.value(1), api.value(2)]);
    const gap = right - left > 4 ? 1 : 0;
    return {
      type: "rect", shape: { x: left, y: top + 0.5, width: Math.max(1, right - left - gap), height: Math.max(1, bottom - top - 1) },
      style: { fill: colors.series[0], opacity: 0.1 + 0.9 * shade(api.value(4), most) },
      emphasis: { style: { stroke: colors.text, lineWidth: 1.5, opacity: 1 } },
    };
  };
  const text = ({ dataIndex }: { dataIndex: number }) => {
    const cell = points[dataIndex];
    if (!cell) return "";
    return [tooltipTime(cell.from), `${count(cell.spans)} spans took ${duration(cell.low)} to ${duration(cell.high)}`, "Click: their traces"].join("\n");
  };
  return {
    ...base,
    tooltip: { ...tooltip(colors), trigger: "item", formatter: text },
    yAxis: {
      type: "value", min: Number.isFinite(low) ? low : 0, max: Number.isFinite(high) ? high : 1, interval: Math.max(1, Math.ceil((high - low) / MOST_LABELS)),
      axisLabel: { color: colors.muted, formatter: powerOfTen },
      splitLine: { lineStyle: { color: colors.border } },
    },
    series: [{
      id: "cells", type: "custom", renderItem: draw, dimensions: ["from", "to", "low", "high", "spans"], encode: { x: [0, 1], y: [2, 3] }, clip: true,
      data: points.map((cell) => [cell.from, cell.to, bottomOf(cell), Math.log10(cell.high), cell.spans]),
    }],
  };
}

function Legend({ most }: { most: number }) {
  const levels = Array.from({ length: SHADES }, (_, index) => 0.1 + (0.9 * (index + 1)) / SHADES);
  return (
    <p className="heatmap-legend small muted">
      <span>1 span</span>
      <span className="heatmap-scale" aria-hidden="true">{levels.map((opacity) => <span key={opacity} style={{ opacity }} />)}</span>
      <span>{count(most)} spans; click a cell for its traces</span>
    </p>
  );
}

/** The cells of one time after the other, the slowest first. */
function CellTable({ cells, filter }: { cells: Cell[]; filter: string }) {
  const rows = [...cells].sort((a, b) => b.from - a.from || b.low - a.low);
  return (
    <Table label="Latency heatmap" rows={rows} rowKey={(cell) => `${cell.from} ${cell.low}`} columns={[
      { key: "time", title: "From", render: (cell) => <Time value={cell.from} /> },
      { key: "latency", title: "Latency", align: "end", render: (cell) => `${duration(cell.low)} – ${duration(cell.high)}` },
      {
        key: "spans", title: "Spans", align: "end",
        render: (cell) => <Link href={cellHref(cell, filter)} aria-label={`${cell.spans} spans: their traces`}>{count(cell.spans)}</Link>,
      },
    ]} />
  );
}
