// The dashboard: traffic, errors and latency over time.

import "./dashboard.css";
import { useEffect, useMemo } from "react";
import { argus } from "../../api/argus";
import type { HeatmapAnswer, TrafficAnswer } from "../../api/types";
import { loadCharts, useChartHeight } from "../../components/Chart";
import { FilterBar } from "../../components/FilterBar";
import { Card, Page } from "../../components/Page";
import { Empty, Loaded, Stale } from "../../components/States";
import { TimeRangePicker } from "../../components/TimeRange";
import { oneLine } from "../../format/text";
import { type Filter, parseFilter } from "../../state/filter";
import { type Polled, usePolled } from "../../state/polling";
import { ends, type TimeRange, useRange } from "../../state/range";
import { useQuery } from "../../state/router";
import { FailingServices, LogsBySeverity } from "./FailingServices";
import { Heatmap } from "./Heatmap";
import { cells, quantilePoints, trafficPoints } from "./series";
import { ErrorChart, LatencyChart, TrafficChart } from "./TimeCharts";
import { AllTotals, NarrowedTotals } from "./Totals";

const EVERY = 15_000;
// Rollups have a row for 10 s at best: a shorter range would show nothing.
const LEAST_RANGE = 30_000;

const MOST_STEPS = 75;
const STEPS = [10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600, 86_400];

/** Seconds of a step: short enough to show what happened, long enough for a cell of the heatmap to be hit. */
function stepOf(range: TimeRange): number | undefined {
  const [from, to] = ends(range);
  return STEPS.find((step) => (to - from) / 1_000 / step <= MOST_STEPS);
}

/** How often a range is asked for: one that is over does not change. */
function interval({ to }: TimeRange): number {
  return to !== null && Date.parse(to) < Date.now() - 60_000 ? 0 : EVERY;
}

export default function Dashboard() {
  const [query] = useQuery();
  const { range } = useRange();
  const text = query.get("q") ?? "";
  const filter = useMemo(() => parseFilter(text), [text]);
  const isNarrowed = filter.service !== null || filter.operation !== null;
  const parameters = { ...range.parameters, service: filter.service, operation: filter.operation };
  const every = interval(range);
  const key = JSON.stringify(parameters);
  const stepped = { ...parameters, step: stepOf(range) };
  const dashboard = usePolled(`dashboard ${range.key}`, (signal) => argus.dashboard(range.parameters, signal), { every });
  const traffic = usePolled(`dashboard.traffic ${key}`, (signal) => argus.traffic(stepped, signal), { every });
  const heatmap = usePolled(`dashboard.heatmap ${key}`, (signal) => argus.heatmap(stepped, signal), { every });
  useEffect(() => void loadCharts().catch(() => undefined), []);

  return (
    <Page title="Dashboard" controls={<><ZoomOut /><TimeRangePicker /></>}>
      <div className="row"><FilterBar /></div>
      <Unused filter={filter} />
      <Stale polled={[dashboard, traffic, heatmap].find(({ isStale }) => isStale) ?? dashboard} what="The dashboard" />
      {isNarrowed ? <NarrowedTotals traffic={fresh(traffic)} parameters={parameters} every={every} /> : <AllTotals dashboard={fresh(dashboard)} />}
      <div className="dashboard">
        <Charts traffic={traffic} heatmap={heatmap} filter={text} isNarrowed={isNarrowed} />
        <Card title="Top failing services" flush>
          <Loaded polled={fresh(dashboard)} what="Failing services">{(data) => <FailingServices data={data} range={range} />}</Loaded>
        </Card>
        <Card title="Logs by severity" flush>
          <Loaded polled={fresh(dashboard)} what="Logs">{(data) => <LogsBySeverity data={data} range={range} />}</Loaded>
        </Card>
      </div>
    </Page>
  );
}

/** Shows three times as much around a range that was zoomed into, but nothing of the future. */
function ZoomOut() {
  const { range, setAbsolute } = useRange();
  if (range.from === null) return null;
  const [from, to] = ends(range);
  return (
    <button type="button" className="button" onClick={() => setAbsolute(from - (to - from), Math.max(to, Math.min(to + (to - from), Date.now())))}>
      Zoom out
    </button>
  );
}

/** An answer whose age is told elsewhere: all of the page comes from one service. */
function fresh<T>(polled: Polled<T>): Polled<T> {
  return { ...polled, isStale: false };
}

/** Says which terms of the filter charts cannot follow. */
function Unused({ filter }: { filter: Filter }) {
  const terms = [
    filter.status && `status:${filter.status}`, filter.severity && `severity:${filter.severity}`, (filter.minDuration || filter.maxDuration) && "duration",
    ...filter.attributes, filter.words,
  ].filter(Boolean);
  if (terms.length === 0) return null;
  return (
    <p className="small muted break">
      The charts are narrowed by service: and operation: only. In links to traces the rest of the filter goes along:{" "}
      <span className="mono">{oneLine(terms.join(" "))}</span>
    </p>
  );
}

interface ChartsProps {
  traffic: Polled<TrafficAnswer>;
  heatmap: Polled<HeatmapAnswer>;
  filter: string;
  isNarrowed: boolean;
}

function Charts({ traffic, heatmap, filter, isNarrowed }: ChartsProps) {
  const { setAbsolute } = useRange();
  const zoom = (from: number, to: number) => {
    const missing = Math.max(0, LEAST_RANGE - (to - from)) / 2;
    setAbsolute(Math.floor((from - missing) / 1_000) * 1_000, Math.ceil((to + missing) / 1_000) * 1_000);
  };
  const rates = useMemo(() => traffic.data && trafficPoints(traffic.data, traffic.updatedAt ?? Date.now()), [traffic.data, traffic.updatedAt]);
  const quantiles = useMemo(() => heatmap.data && quantilePoints(heatmap.data, heatmap.updatedAt ?? Date.now()), [heatmap.data, heatmap.updatedAt]);
  const squares = useMemo(() => heatmap.data && cells(heatmap.data), [heatmap.data]);
  const common = { filter, onBrush: zoom };
  const isEmpty = traffic.data !== undefined && !traffic.isPrevious && traffic.data.buckets.every(({ spans }) => spans === 0);
  if (isEmpty) return <NoSpans isFiltered={isNarrowed} />;
  return (
    <>
      <ChartCard title="Traffic" polled={traffic}>{(data) => <TrafficChart points={rates ?? []} {...extent(data)} {...common} />}</ChartCard>
      <ChartCard title="Errors" polled={traffic}>{(data) => <ErrorChart points={rates ?? []} {...extent(data)} {...common} />}</ChartCard>
      <ChartCard title="Latency" polled={heatmap}>{(data) => <LatencyChart points={quantiles ?? []} {...extent(data)} {...common} />}</ChartCard>
      <ChartCard title="Latency heatmap" polled={heatmap}>{(data) => <Heatmap points={squares ?? []} {...extent(data)} {...common} />}</ChartCard>
    </>
  );
}

function extent(data: { from: string; to: string }): { from: number; to: number } {
  return { from: Date.parse(data.from), to: Date.parse(data.to) };
}

/** A chart's place, which is as high before its data is there. */
function ChartCard<T>({ title, polled, children }: { title: string; polled: Polled<T>; children: (data: T) => JSX.Element }) {
  const height = useChartHeight();
  return (
    <Card title={title} extra={<span className="small muted">drag to zoom</span>}>
      <div style={{ minHeight: height + 30 }} className={polled.isPrevious ? "is-previous" : ""} aria-busy={polled.isPrevious}>
        <Loaded polled={fresh(polled)} what={title} lines={6}>{children}</Loaded>
      </div>
    </Card>
  );
}

function NoSpans({ isFiltered }: { isFiltered: boolean }) {
  return (
    <div className="dashboard-row">
      <Card>
        {isFiltered ? (
          <Empty title="No spans of this service or operation in this range">Choose a longer range or another filter.</Empty>
        ) : (
          <Empty title="No spans in this range" command="OTEL_SERVICE_NAME=shop OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 python shop.py">
            Choose a longer range, or send traces with any OpenTelemetry SDK:
          </Empty>
        )}
      </Card>
    </div>
  );
}
