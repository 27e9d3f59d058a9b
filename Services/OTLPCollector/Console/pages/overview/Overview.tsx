// The first page: what is wrong now, each thing one click from where it is explained.

import "./overview.css";
import { argus } from "../../api/argus";
import type { DashboardAnswer, RunsAnswer } from "../../api/types";
import { Link } from "../../components/Link";
import { Card, Page } from "../../components/Page";
import { Empty, Stale } from "../../components/States";
import { TimeRangePicker } from "../../components/TimeRange";
import { Duration, Percent, Rate, Time } from "../../components/Value";
import { useCrashes } from "../../state/crashes";
import { type Polled, usePolled } from "../../state/polling";
import { rangeQuery, type TimeRange, useRange } from "../../state/range";
import { href } from "../../state/router";
import * as find from "./findings";
import { AlertList, lagText, LagList, OwnList, ProcessList, RunList, ServiceList } from "./Lists";
import { type Check, Tiles, Verdict } from "./Verdict";

const EVERY = 10_000;
const PARENTS = { status: "active", type: "parent", sort: "-severity", limit: 100 };
const FAILED_RUNS = { status: find.FAILED.split(","), limit: 100 };

function useAnswers(range: TimeRange) {
  return {
    alerts: usePolled("overview.alerts", (signal) => argus.alerts(PARENTS, signal), { every: EVERY }),
    dashboard: usePolled(`dashboard ${range.key}`, (signal) => argus.dashboard(range.parameters, signal), { every: EVERY }),
    map: usePolled(`map ${range.key}`, (signal) => argus.serviceMap(range.parameters, signal), { every: EVERY }),
    processes: usePolled("processes", argus.processes, { every: EVERY }),
    runs: usePolled(`overview.runs ${range.key}`, (signal) => argus.runs({ ...range.parameters, ...FAILED_RUNS }, signal), { every: EVERY }),
    health: usePolled("health", argus.health, { every: EVERY }),
    fleet: usePolled("fleet", argus.fleet, { every: EVERY }),
    stats: usePolled("stats", argus.stats, { every: 60_000 }),
    crashesOf: useCrashes(range, EVERY),
  };
}

type Answers = ReturnType<typeof useAnswers>;

/** An answer, unless it is about another range. */
function current<T>(polled: Polled<T>): T | undefined {
  return polled.isPrevious ? undefined : polled.data;
}

function checksOf({ alerts, map, processes, runs, health, fleet, crashesOf }: Answers, range: TimeRange): Check[] {
  const [services, failed] = [current(map), current(runs)];
  const lags = find.lags(fleet.data, health.data);
  const own = find.ownTroubles(fleet.data, health.data);
  const acknowledged = alerts.data?.alerts.filter(({ acknowledged_at }) => acknowledged_at !== null).length ?? 0;
  const time = rangeQuery(range);
  const worstLag = lags[0];
  const watched = processes.data?.processes;
  const checks: Check[] = [
    {
      title: "Active alerts", href: href(["alerts"]), finding: alerts.data && find.alertFinding(alerts.data), sources: [alerts],
      note: acknowledged > 0 ? `${acknowledged} acknowledged` : "none acknowledged", quiet: "nothing to do",
    },
    {
      title: "Failing services", href: href(["dashboard"], time), finding: services && find.serviceFinding(services), sources: [map],
      note: `of ${services?.nodes.length ?? 0}, over 1 % errors`, quiet: services?.nodes.length ? `${services.nodes.length} do well` : "no traffic",
    },
    {
      title: "Processes", href: href(["processes"]), finding: watched && find.processFinding(find.processTroubles(watched, crashesOf)), sources: [processes],
      note: `of ${watched?.length ?? 0}`, quiet: watched?.length ? `${watched.length} as they should be` : "none watched",
    },
    {
      title: "Failed runs", href: href(["runs"], { status: failed?.runs.length ? find.FAILED : null, ...time }), sources: [runs],
      finding: failed && find.runFinding(failed),
      note: `of ${plural(find.failedWorkflows(failed?.runs ?? []).length, "workflow")}`, quiet: "none failed",
    },
    {
      title: "Dead letters", href: href(["settings"]), finding: health.data && find.deadLetterFinding(health.data), sources: [health],
      note: "could not be stored", quiet: "none",
    },
    {
      title: "Consumer lag", href: href(["settings"]), finding: fleet.data || health.data ? find.lagFinding(lags) : undefined, sources: [health, fleet],
      note: worstLag ? lagText(worstLag) : "", quiet: worstLag && worstLag.value > 0 ? `at most ${lagText(worstLag)}` : "nothing waits",
    },
  ];
  if (own.length > 0) {
    checks.push({ title: "Argus itself", href: href(["settings"]), finding: find.ownFinding(own), sources: [health], note: "not ready", quiet: "" });
  }
  return checks;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

export default function Overview() {
  const { range } = useRange();
  const answers = useAnswers(range);
  const checks = checksOf(answers, range);
  return (
    <Page title="Overview" controls={<TimeRangePicker />}>
      <Verdict checks={checks}>{answers.dashboard.data && <Traffic data={answers.dashboard.data} range={range} />}</Verdict>
      <Tiles checks={checks} />
      <Troubles answers={answers} range={range} />
      <Newcomer answers={answers} />
    </Page>
  );
}

function Traffic({ data, range }: { data: DashboardAnswer; range: TimeRange }) {
  return (
    <Link className="verdict-traffic" href={href(["dashboard"], rangeQuery(range))} aria-label="Traffic on the dashboard">
      <span><Rate value={data.span_rate} /> spans</span>
      <span><Percent value={data.error_rate} /> errors</span>
      <span>p99 <Duration us={data.p99_latency} /></span>
    </Link>
  );
}

function Troubles({ answers, range }: { answers: Answers; range: TimeRange }) {
  const { alerts, map, processes, runs, health, fleet, crashesOf } = answers;
  const services = current(map);
  const failed = current(runs);
  return (
    <>
      <Away parts={[["Alerts", alerts], ["Services", map], ["Processes", processes], ["Runs", runs], ["Health of Argus", health]]} />
      {processes.data?.stale_since && (
        <div className="notice warn" role="status">
          <span>Nothing watches the processes since <Time value={processes.data.stale_since} />: what they are now is not known.</span>
        </div>
      )}
      <div className="troubles">
        <OwnList troubles={find.ownTroubles(fleet.data, health.data)} />
        {alerts.data && <AlertList alerts={alerts.data.alerts} total={alerts.data.total} />}
        {processes.data && <ProcessList troubles={find.processTroubles(processes.data.processes, crashesOf)} />}
        {services && <ServiceList data={services} range={range} />}
        {failed && <RunList workflows={find.failedWorkflows(failed.runs)} total={counted(failed)} range={range} />}
        <LagList lags={find.lags(fleet.data, health.data)} />
      </div>
    </>
  );
}

function counted({ runs, next_cursor }: RunsAnswer): string {
  return `${runs.length}${next_cursor === null ? "" : "+"}`;
}

/** Says which parts are not known, and which are old; the others go on. */
function Away({ parts }: { parts: [string, Polled<unknown>][] }) {
  const silent = parts.filter(([, { data, error }]) => data === undefined && error !== undefined);
  const stale = parts.filter(([, { data, isStale }]) => data !== undefined && isStale);
  const oldest = stale.map(([, polled]) => polled).reduce((a, b) => ((b.updatedAt ?? 0) < (a.updatedAt ?? 0) ? b : a), stale[0]?.[1] as Polled<unknown>);
  const reasons = [...new Set(silent.map(([, { error }]) => error?.message))];
  return (
    <>
      {silent.length > 0 && (
        <div className="notice warn" role="status">
          <span>{silent.map(([what]) => what).join(", ")} could not be read: {reasons.join(" ")}</span>
          <button type="button" className="button plain" onClick={() => silent.forEach(([, { refresh }]) => refresh())}>Try again</button>
        </div>
      )}
      {stale.length > 0 && <Stale polled={{ ...oldest, refresh: () => stale.forEach(([, { refresh }]) => refresh()) }} what={stale.map(([what]) => what).join(", ")} />}
    </>
  );
}

const FIRST_STEPS = `OTEL_SERVICE_NAME=shop OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 python shop.py
deploy/run --demo      # or everything there is to watch`;

/** Where nothing has ever arrived: how to send something. */
function Newcomer({ answers: { stats, alerts, processes } }: { answers: Answers }) {
  const stored = stats.data?.stored;
  if (!stored || stored.spans + stored.logs > 0 || alerts.data?.total !== 0 || (processes.data?.processes.length ?? 0) > 0) return null;
  return (
    <Card>
      <Empty title="Nothing has arrived yet" command={FIRST_STEPS}>
        Any OpenTelemetry SDK can send traces and logs:
      </Empty>
    </Card>
  );
}
