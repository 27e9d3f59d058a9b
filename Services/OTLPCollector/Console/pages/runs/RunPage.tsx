// One run: what ran when, what failed, and what else is known of it.

import type { ReactNode } from "react";
import { argus } from "../../api/argus";
import type { Run, RunAnswer } from "../../api/types";
import { RunStatusBadge } from "../../components/Badge";
import { CopyButton } from "../../components/CopyButton";
import { Link } from "../../components/Link";
import { LogLines } from "../../components/LogLines";
import { Card, Page } from "../../components/Page";
import { RelatedAlerts } from "../../components/RelatedAlerts";
import { Loaded } from "../../components/States";
import { type Fact, Facts, Foreign, Time } from "../../components/Value";
import { visible } from "../../format/text";
import { usePolled } from "../../state/polling";
import { href, useQuery } from "../../state/router";
import { Gantt } from "./Gantt";
import { RunDuration } from "./RunDuration";

const SOME_LOGS = 200;
/** Clocks differ, and what a run caused goes on for a while. */
const MARGIN = 5 * 60_000;

export function RunPage({ id }: { id: string }) {
  const [query] = useQuery();
  const client = query.get("client");
  const workflow = query.get("workflow");
  const run = usePolled(`run ${id} ${client} ${workflow}`, (signal) => argus.run(id, { client, workflow }, signal), { every: 3_000 });
  return (
    <Page title="Run" controls={<Link className="button" href={href(["runs"], { client, workflow })}>All runs</Link>}>
      {run.error?.code === "ambiguous_run" ? (
        <Card title="Which run?">
          <p>
            {run.error.message} <Link href={href(["runs"], { run: id })}>List them</Link>
          </p>
        </Card>
      ) : (
        <Loaded polled={run} what="This run" lines={10}>
          {(data) => <Content run={data} />}
        </Loaded>
      )}
    </Page>
  );
}

function Content({ run }: { run: RunAnswer }) {
  return (
    <>
      <section className="card" aria-label="State">
        <div className="run-head">
          <h2 className="mono break"><Foreign text={run.run_id} /></h2>
          <RunStatusBadge status={run.status} />
          <CopyButton text={run.run_id} label="Copy id" />
        </div>
        {run.error !== null && <p className="notice bad run-why break">{visible(run.error, 4_000)}</p>}
        <div className="card-body run-facts">
          <Facts facts={facts(run)} />
          <Facts facts={more(run)} />
        </div>
      </section>
      <Card title="Timeline" extra={<span className="muted small">{counts(run)}</span>} flush>
        <Gantt run={run} />
      </Card>
      <div className="grid run-beside">
        <Card title="Alerts about its workflow">
          <RelatedAlerts source={`${run.client_id}/${run.workflow_id}`} name={run.workflow_id} className="workflow" />
        </Card>
        <Logs run={run} />
      </div>
    </>
  );
}

function facts(run: Run): Fact[] {
  return [
    {
      name: "Workflow",
      value: <Link className="break" href={href(["runs"], { client: run.client_id, workflow: run.workflow_id })}><Foreign text={run.workflow_id} /></Link>,
    },
    { name: "Client", value: <Foreign text={run.client_id} /> },
    { name: "Trigger", value: run.trigger ? <Foreign text={[run.trigger.type, run.trigger.source].filter(Boolean).join(" by ")} /> : <span className="muted">–</span> },
    { name: "Trace", value: <Link className="mono break" href={href(["traces", run.trace_id])}>{run.trace_id}</Link> },
  ];
}

function more(run: Run): Fact[] {
  return [
    {
      name: "Began",
      value: (
        <>
          <Time value={run.started_at} precise />
          {!run.has_start && <span className="muted"> (first heard of; its beginning was not reported)</span>}
        </>
      ),
    },
    { name: "Ended", value: <Time value={run.ended_at} precise /> },
    { name: "Duration", value: <RunDuration run={run} /> },
    { name: "Heard of", value: <Time value={run.last_event_at} precise /> },
  ];
}

function counts({ nodes }: Run): ReactNode {
  const parts = [`${nodes.total} ${nodes.total === 1 ? "node" : "nodes"}`, `${nodes.succeeded} succeeded`];
  if (nodes.failed > 0) parts.push(`${nodes.failed} failed`);
  if (nodes.skipped > 0) parts.push(`${nodes.skipped} skipped`);
  return parts.join(" · ");
}

function Logs({ run }: { run: Run }) {
  const start = Date.parse(run.started_at ?? run.last_event_at) - MARGIN;
  const end = run.ended_at === null ? null : Date.parse(run.ended_at) + MARGIN;
  const logs = usePolled(
    `logs of run ${run.trace_id} ${start} ${end}`,
    (signal) =>
      argus.logs({ trace_id: run.trace_id, from: new Date(start).toISOString(), to: new Date(end ?? Date.now() + MARGIN).toISOString(), limit: SOME_LOGS }, signal),
    { every: 10_000 },
  );
  return (
    <Card title="Logs of its trace">
      <Loaded polled={logs} what="Logs" lines={3}>
        {(data) =>
          data.logs.length === 0 ? (
            <p className="muted">Nothing was logged with this trace.</p>
          ) : (
            <>
              <LogLines logs={[...data.logs].reverse()} withService />
              {data.next_cursor && <p className="muted">These are the newest {SOME_LOGS}; <Link href={href(["traces", run.trace_id])}>the trace</Link> has all.</p>}
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
