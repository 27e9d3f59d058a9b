// The range in a few numbers.

import type { ReactNode } from "react";
import type { Parameters } from "../../api/client";
import { argus } from "../../api/argus";
import type { DashboardAnswer, HeatmapAnswer, TrafficAnswer } from "../../api/types";
import { Card } from "../../components/Page";
import { Loaded, Loading } from "../../components/States";
import { Count, Duration, Percent, Rate } from "../../components/Value";
import { errorTone } from "../../format/tones";
import { type Polled, usePolled } from "../../state/polling";
import { totals } from "./series";

function Stat({ name, children, tone, note }: { name: string; children: ReactNode; tone?: string; note?: ReactNode }) {
  return (
    <div className="stat">
      <dt className="small muted">{name}</dt>
      <dd className={`stat-value ${tone ?? ""}`}>{children}</dd>
      {note && <dd className="small muted">{note}</dd>}
    </div>
  );
}

/** All services together. */
export function AllTotals({ dashboard }: { dashboard: Polled<DashboardAnswer> }) {
  return (
    <Card title="Totals" flush>
      <Loaded polled={dashboard} what="Totals" lines={2}>
        {(data) => {
          // Without spans there is no latency, though the answer says 0.
          const measured = (latency: number | null) => (data.total_spans > 0 ? latency : null);
          return (
            <dl className={dashboard.isPrevious ? "totals is-previous" : "totals"}>
              <Stat name="Traffic" note={<><Count value={data.total_spans} /> spans</>}><Rate value={data.span_rate} /></Stat>
              <ErrorStat spans={data.total_spans} errors={data.total_errors} />
              <Stat name="p50"><Duration us={measured(data.p50_latency)} /></Stat>
              <Stat name="p95"><Duration us={measured(data.p95_latency)} /></Stat>
              <Stat name="p99" note={<>average <Duration us={measured(data.avg_latency_ms * 1_000)} /></>}><Duration us={measured(data.p99_latency)} /></Stat>
              <Stat name="Traces"><Count value={data.total_traces} /></Stat>
              <Stat name="Log records"><Count value={data.total_logs} /></Stat>
              <Stat name="Services"><Count value={data.active_services} /></Stat>
            </dl>
          );
        }}
      </Loaded>
    </Card>
  );
}

// Steps are counted from 1970 on: one of a century holds any range whole.
const WHOLE = "36500d";

/** One service or operation, by the answers that can be narrowed. */
export function NarrowedTotals({ traffic, parameters, every }: { traffic: Polled<TrafficAnswer>; parameters: Parameters; every: number }) {
  const key = `dashboard.whole ${JSON.stringify(parameters)}`;
  const whole = usePolled<HeatmapAnswer>(key, (signal) => argus.heatmap({ ...parameters, step: WHOLE }, signal), { every });
  const quantiles = whole.data?.quantiles.find((item) => item !== null);
  if (traffic.isPrevious) return <Card title="Totals" flush><Loading lines={2} /></Card>;
  return (
    <Card title="Totals" flush>
      <Loaded polled={traffic} what="Totals" lines={2}>
        {(data) => {
          const { spans, errors, averageUs } = totals(data.buckets);
          const seconds = (Math.min(Date.parse(data.to), traffic.updatedAt ?? Infinity) - Date.parse(data.from)) / 1_000;
          return (
            <dl className="totals">
              <Stat name="Traffic" note={<><Count value={spans} /> spans</>}><Rate value={spans / Math.max(1, seconds)} /></Stat>
              <ErrorStat spans={spans} errors={errors} />
              <Stat name="p50"><Duration us={quantiles?.p50_us} /></Stat>
              <Stat name="p95"><Duration us={quantiles?.p95_us} /></Stat>
              <Stat name="p99" note={<>average <Duration us={averageUs} /></>}><Duration us={quantiles?.p99_us} /></Stat>
            </dl>
          );
        }}
      </Loaded>
    </Card>
  );
}

function ErrorStat({ spans, errors }: { spans: number; errors: number }) {
  const errorRate = spans > 0 ? errors / spans : null;
  const tone = errorRate === null ? "good" : errorTone(errorRate);
  return (
    <Stat name="Errors" tone={tone === "good" ? "" : tone} note={<><Count value={errors} /> spans failed</>}>
      {tone === "bad" && <span aria-hidden="true">✕ </span>}
      <Percent value={errorRate} />
    </Stat>
  );
}
