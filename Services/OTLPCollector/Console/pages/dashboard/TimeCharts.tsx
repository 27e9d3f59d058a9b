// Traffic, errors and latency over time.

import { useMemo } from "react";
import type { EChartsEvent } from "echarts";
import { Chart, timeChart, tooltipTime, useChartHeight, usePalette, valueAxis } from "../../components/Chart";
import { Link } from "../../components/Link";
import { Table } from "../../components/Table";
import { Count, Duration, Percent, Rate, Time } from "../../components/Value";
import { count, duration, percent, rate } from "../../format/numbers";
import { navigate } from "../../state/router";
import { errorsHref } from "./links";
import type { QuantilePoint, TrafficPoint } from "./series";

export interface TimeChartProps<Point> {
  points: Point[];
  from: number;
  to: number;
  filter: string;
  onBrush: (from: number, to: number) => void;
}

/** Newest first, as in every other table. */
const newest = <Point,>(points: Point[]) => [...points].reverse();
const middle = ({ from, to }: { from: number; to: number }) => (from + to) / 2;
const startKey = ({ from }: { from: number }) => String(from);

export function TrafficChart({ points, from, to, onBrush }: TimeChartProps<TrafficPoint>) {
  const colors = usePalette();
  const height = useChartHeight();
  const option = useMemo(() => {
    const base = timeChart(colors, from, to);
    return {
      ...base,
      tooltip: { ...(base.tooltip as object), formatter: pointTooltip(points, (point) => [`${rate(point.rate)}`, `${count(point.spans)} spans`]) },
      yAxis: valueAxis(colors, rate),
      series: [{
        id: "traffic", type: "line", name: "Spans", data: points.map((point) => [middle(point), point.rate]), symbol: points.length < 3 ? "circle" : "none",
        lineStyle: { width: 2, color: colors.series[0] }, itemStyle: { color: colors.series[0] }, areaStyle: { color: colors.series[0], opacity: 0.14 },
      }],
    };
  }, [colors, points, from, to]);
  const table = (
    <Table label="Traffic" rows={newest(points)} rowKey={startKey} columns={[
      { key: "time", title: "From", render: (point) => <Time value={point.from} /> },
      { key: "rate", title: "Spans a second", align: "end", render: (point) => <Rate value={point.rate} /> },
      { key: "spans", title: "Spans", align: "end", render: (point) => <Count value={point.spans} /> },
    ]} />
  );
  return <Chart label="Traffic over time" height={height} option={option} onBrush={onBrush} table={table} />;
}

export function ErrorChart({ points, from, to, filter, onBrush }: TimeChartProps<TrafficPoint>) {
  const colors = usePalette();
  const height = useChartHeight();
  const option = useMemo(() => {
    const base = timeChart(colors, from, to);
    const lines = (point: TrafficPoint) => [
      `${percent(point.errorRate ?? 0)} of ${count(point.spans)} spans`, `${count(point.errors)} errors`, ...(point.errors > 0 ? ["Click: their traces"] : []),
    ];
    return {
      ...base,
      tooltip: { ...(base.tooltip as object), axisPointer: { type: "shadow" }, formatter: pointTooltip(points, lines) },
      yAxis: { ...valueAxis(colors, percent), minInterval: 0.01 },
      series: [{
        id: "errors", type: "bar", name: "Errors", data: points.map((point) => [middle(point), point.errorRate ?? 0]),
        barWidth: "70%", barMaxWidth: 28, itemStyle: { color: colors.bad, opacity: 0.85 }, cursor: "pointer",
      }],
    };
  }, [colors, points, from, to]);
  const onClick = (event: EChartsEvent) => {
    const point = points[event.dataIndex ?? -1];
    if (point) navigate(errorsHref(point.from, point.to, filter));
  };
  const table = (
    <Table label="Errors" rows={newest(points)} rowKey={startKey} columns={[
      { key: "time", title: "From", render: (point) => <Time value={point.from} /> },
      { key: "rate", title: "Error rate", align: "end", render: (point) => <Percent value={point.errorRate} /> },
      {
        key: "errors", title: "Errors", align: "end",
        render: ({ from: start, to: end, errors }) =>
          errors > 0 ? <Link href={errorsHref(start, end, filter)} aria-label={`${errors} errors: their traces`}><Count value={errors} /></Link> : <Count value={0} />,
      },
    ]} />
  );
  return <Chart label="Error rate over time" height={height} option={option} onBrush={onBrush} onClick={onClick} table={table} />;
}

const QUANTILES = [
  { key: "p99_us", name: "p99", color: 4, line: "solid" },
  { key: "p95_us", name: "p95", color: 1, line: "dashed" },
  { key: "p50_us", name: "p50", color: 0, line: "dotted" },
] as const;

export function LatencyChart({ points, from, to, onBrush }: TimeChartProps<QuantilePoint>) {
  const colors = usePalette();
  const height = useChartHeight();
  const option = useMemo(() => {
    const base = timeChart(colors, from, to);
    const lines = (point: QuantilePoint) => QUANTILES.map(({ key, name }) => `${name}  ${point[key] === undefined ? "–" : duration(point[key] as number)}`);
    return {
      ...base,
      grid: { ...(base.grid as object), top: 30 },
      legend: {
        top: 0, right: 8, itemHeight: 10, itemWidth: 26, itemStyle: { opacity: 0 }, textStyle: { color: colors.text, fontSize: 12 }, inactiveColor: colors.border,
      },
      tooltip: { ...(base.tooltip as object), formatter: pointTooltip(points, lines) },
      yAxis: { ...valueAxis(colors, duration), type: "log", logBase: 10, min: undefined },
      series: QUANTILES.map(({ key, name, color, line }) => ({
        id: key, type: "line", name, data: points.map((point) => [middle(point), point[key] || null]), symbol: points.length < 3 ? "circle" : "none",
        connectNulls: false, lineStyle: { width: 2, type: line, color: colors.series[color] }, itemStyle: { color: colors.series[color] },
      })),
    };
  }, [colors, points, from, to]);
  const table = (
    <Table label="Latency" rows={newest(points)} rowKey={startKey} columns={[
      { key: "time", title: "From", render: (point) => <Time value={point.from} /> },
      ...[...QUANTILES].reverse().map(({ key, name }) => (
        { key, title: name, align: "end" as const, render: (point: QuantilePoint) => <Duration us={point[key]} /> }
      )),
    ]} />
  );
  return <Chart label="Latency over time: p50, p95 and p99" height={height} option={option} onBrush={onBrush} table={table} />;
}

/** A tooltip about the point under the pointer. */
function pointTooltip<Point extends { from: number }>(points: Point[], lines: (point: Point) => string[]) {
  return (items: { dataIndex: number }[]) => {
    const point = points[items[0]?.dataIndex ?? -1];
    return point ? [tooltipTime(point.from), ...lines(point)].join("\n") : "";
  };
}
