// Workflows: how often they ran, how often that went well, and how long it took.

import type { Workflow, WorkflowsAnswer } from "../../api/types";
import { RunStatusBadge } from "../../components/Badge";
import { Link } from "../../components/Link";
import { Empty, Loaded } from "../../components/States";
import { type Column, Table } from "../../components/Table";
import { Ago, Count, Duration, Foreign, Percent } from "../../components/Value";
import type { Polled } from "../../state/polling";
import { href } from "../../state/router";

const GOOD_ENOUGH = 0.99;
const POOR = 0.9;

const COLUMNS: Column<Workflow>[] = [
  {
    key: "workflow", title: "Workflow", width: "wide",
    render: (workflow) => (
      <>
        <strong><Foreign text={workflow.name ?? workflow.workflow_id} /></strong>
        <span className="muted small">
          {" "}
          <Foreign text={[workflow.client_id, workflow.name && workflow.workflow_id, workflow.version].filter(Boolean).join(" · ")} />
        </span>
      </>
    ),
  },
  { key: "rate", title: "Success", width: "fit", render: (workflow) => <SuccessRate workflow={workflow} /> },
  { key: "runs", title: "Runs", align: "end", width: "fit", render: ({ runs }) => <Count value={runs} /> },
  { key: "failed", title: "Failed", align: "end", width: "fit", render: ({ failed, lost }) => <Failed count={failed + lost} /> },
  { key: "running", title: "Running", align: "end", width: "fit", isSecondary: true, render: ({ running }) => <Count value={running} /> },
  { key: "p50", title: "p50", align: "end", width: "fit", isSecondary: true, render: ({ duration_p50_us: us }) => <Duration us={us} /> },
  { key: "p95", title: "p95", align: "end", width: "fit", render: ({ duration_p95_us: us }) => <Duration us={us} /> },
  {
    key: "last", title: "Last run", width: "fit", isSecondary: true,
    render: ({ client_id: client, workflow_id: workflow, last_run: last }) =>
      last && (
        <Link className="run-last" href={href(["runs", last.run_id], { client, workflow })}>
          <RunStatusBadge status={last.status} />
          <Ago value={last.started_at} />
        </Link>
      ),
  },
];

interface WorkflowsProps {
  polled: Polled<WorkflowsAnswer>;
  isChosen: (workflow: Workflow) => boolean;
  onChoose: (workflow: Workflow) => void;
}

/** Choosing one narrows the runs below to it; choosing it again widens them. */
export function Workflows({ polled, isChosen, onChoose }: WorkflowsProps) {
  return (
    <Loaded polled={polled} what="Workflows">
      {(data) => {
        const chosen = data.workflows.find(isChosen);
        return data.workflows.length === 0 ? (
          <Empty title="No workflow ran in this time" />
        ) : (
          <>
            <Table
              label="Workflows" columns={COLUMNS} rows={data.workflows} rowKey={keyOf} selected={chosen ? keyOf(chosen) : null} onSelect={onChoose}
            />
            {data.truncated && <p className="muted card-body">There are more workflows; narrow the time.</p>}
          </>
        );
      }}
    </Loaded>
  );
}

function keyOf({ client_id: client, workflow_id: workflow }: Workflow): string {
  return JSON.stringify([client, workflow]);
}

function SuccessRate({ workflow }: { workflow: Workflow }) {
  const { success_rate: rate } = workflow;
  if (rate === null) return <span className="muted">–</span>;
  const tone = rate >= GOOD_ENOUGH ? "good" : rate >= POOR ? "warn" : "bad";
  return (
    <span className="run-rate">
      <span className="run-rate-track" aria-hidden="true"><span className={`run-rate-part ${tone}`} style={{ width: `${rate * 100}%` }} /></span>
      <Percent value={rate} />
    </span>
  );
}

function Failed({ count }: { count: number }) {
  return count === 0 ? <span className="muted">0</span> : <strong className="run-failed"><Count value={count} /></strong>;
}
