// Workflows with how they fare, and their runs.

import { useMemo } from "react";
import { argus } from "../../api/argus";
import type { Run, RunsAnswer, Workflow } from "../../api/types";
import { RunStatusBadge } from "../../components/Badge";
import { Link } from "../../components/Link";
import { Card, Page } from "../../components/Page";
import { Pager } from "../../components/Pager";
import { Empty, Loaded } from "../../components/States";
import { type Column, Table } from "../../components/Table";
import { TimeRangePicker } from "../../components/TimeRange";
import { Ago, Foreign, Time } from "../../components/Value";
import { type Polled, usePolled } from "../../state/polling";
import { useRange } from "../../state/range";
import { href, navigate, useQuery } from "../../state/router";
import { RunDuration } from "./RunDuration";
import { RunFilters } from "./RunFilters";
import { parameters, readFilter, reportCommand, RUNS_RANGE } from "./filter";
import { Workflows } from "./Workflows";

const PAGE_SIZE = 50;

export function RunsList() {
  const [query, change] = useQuery();
  const { range } = useRange(RUNS_RANGE);
  const filter = useMemo(() => readFilter(query), [query]);
  const cursor = query.get("cursor");
  // A cursor carries its range.
  const asked = { ...parameters(filter), ...range.parameters, sort: filter.isOldestFirst ? "start" : "-start", limit: PAGE_SIZE, cursor };
  const runs = usePolled(`runs ${JSON.stringify(asked)}`, (signal) => argus.runs(asked, signal), { every: 10_000 });
  const workflows = usePolled(`workflows ${range.key}`, (signal) => argus.workflows(range.parameters, signal), { every: 15_000 });
  const isChosen = (workflow: Workflow) => workflow.client_id === filter.client && workflow.workflow_id === filter.workflow;
  return (
    <Page title="Runs" controls={<TimeRangePicker fallback={RUNS_RANGE} />}>
      <Card title="Workflows" flush>
        <Workflows
          polled={workflows} isChosen={isChosen}
          onChoose={(workflow) =>
            change(isChosen(workflow) ? { client: null, workflow: null, cursor: null } : { client: workflow.client_id, workflow: workflow.workflow_id, cursor: null })
          }
        />
      </Card>
      <Card title="Runs" flush>
        <div className="card-body">
          <RunFilters filter={filter} workflows={workflows.data?.workflows ?? []} />
        </div>
        <RunsTable runs={runs} sort={filter.isOldestFirst ? "start" : "-start"} onSort={(sort) => change({ sort: sort === "start" ? sort : null, cursor: null })} />
        <Pager next={runs.data?.next_cursor ?? null} label="runs" />
      </Card>
    </Page>
  );
}

function target(run: Run): string {
  return href(["runs", run.run_id], { client: run.client_id, workflow: run.workflow_id });
}

const COLUMNS: Column<Run>[] = [
  { key: "status", title: "Status", width: "fit", render: (run) => <RunStatusBadge status={run.status} /> },
  {
    key: "run", title: "Run", width: "wide",
    render: (run) => (
      <>
        <Link className="run-name mono" href={target(run)}><Foreign text={run.run_id} /></Link>
        <span className="run-narrow muted small"><Foreign text={run.workflow_id} /> · <RunDuration run={run} /></span>
        {run.error !== null && <span className="run-error small"><Foreign text={run.error} /></span>}
      </>
    ),
  },
  { key: "workflow", title: "Workflow", isSecondary: true, render: (run) => <span className="run-of ellipsis"><Foreign text={run.workflow_id} /></span> },
  { key: "client", title: "Client", isSecondary: true, render: (run) => <span className="run-of ellipsis"><Foreign text={run.client_id} /></span> },
  { key: "nodes", title: "Nodes", isSecondary: true, width: "fit", render: ({ nodes }) => <Nodes nodes={nodes} /> },
  { key: "duration", title: "Duration", align: "end", width: "fit", isSecondary: true, render: (run) => <RunDuration run={run} /> },
  { key: "start", title: "Began", sort: "start", isSecondary: true, width: "fit", render: (run) => <Time value={run.started_at} /> },
  { key: "ago", title: "Heard of", isSecondary: true, width: "fit", render: (run) => <Ago value={run.last_event_at} /> },
];

function RunsTable({ runs, sort, onSort }: { runs: Polled<RunsAnswer>; sort: string; onSort: (sort: string) => void }) {
  return (
    <Loaded polled={runs} what="Runs" lines={8}>
      {(data) =>
        data.runs.length === 0 ? (
          <Empty title="No run in this time passes the filters" command={reportCommand()}>
            <span>ArgusObserver reports runs; so does this, from any language:</span>
          </Empty>
        ) : (
          <Table
            label="Runs" columns={COLUMNS} rows={data.runs} rowKey={(run) => `${run.client_id}/${run.workflow_id}/${run.run_id}`} sort={sort} onSort={onSort}
            onSelect={(run) => navigate(target(run))}
          />
        )
      }
    </Loaded>
  );
}

function Nodes({ nodes }: { nodes: Run["nodes"] }) {
  const parts = [
    `${nodes.succeeded} of ${nodes.total} succeeded`, ...(nodes.failed > 0 ? [`${nodes.failed} failed`] : []), ...(nodes.skipped > 0 ? [`${nodes.skipped} skipped`] : []),
  ];
  return <span className="number">{parts.join(", ")}</span>;
}
