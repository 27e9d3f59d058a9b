// Narrows the list of runs. Everything chosen is in the URL.

import { type FormEvent, useEffect, useState } from "react";
import type { RunStatus, Workflow } from "../../api/types";
import { count } from "../../format/numbers";
import { useQuery } from "../../state/router";
import { type RunsFilter, STATUSES } from "./filter";

export function RunFilters({ filter, workflows }: { filter: RunsFilter; workflows: readonly Workflow[] }) {
  const [, change] = useQuery();
  const toggle = (status: string) => {
    const chosen = STATUSES.filter((value) => (value === status) !== filter.statuses.includes(value));
    change({ status: chosen.join(","), cursor: null });
  };
  const counts = countsOf(workflows, filter);
  const names = new Map(workflows.map((workflow) => [JSON.stringify([workflow.client_id, workflow.workflow_id]), workflow]));
  const chosen = filter.workflow === null ? "" : JSON.stringify([filter.client, filter.workflow]);
  const choose = (value: string) => {
    const workflow = names.get(value);
    change({ client: workflow?.client_id ?? null, workflow: workflow?.workflow_id ?? null, cursor: null });
  };
  return (
    <div className="row" role="search" aria-label="Filters of runs">
      <div className="button-group runs-statuses" role="group" aria-label="Status">
        <button type="button" className="button" aria-pressed={filter.statuses.length === 0} onClick={() => change({ status: null, cursor: null })}>All</button>
        {STATUSES.map((status) => (
          <button key={status} type="button" className="button" aria-pressed={filter.statuses.includes(status)} onClick={() => toggle(status)}>
            {status}{counts && <span className="muted number"> {count(counts[status])}</span>}
          </button>
        ))}
      </div>
      <select className="input runs-select" aria-label="Workflow" value={chosen} onChange={(event) => choose(event.target.value)}>
        <option value="">All workflows</option>
        {chosen !== "" && !names.has(chosen) && <option value={chosen}>{[filter.client, filter.workflow].filter(Boolean).join("/")}</option>}
        {[...names].map(([value, workflow]) => <option key={value} value={value}>{workflow.client_id}/{workflow.workflow_id}</option>)}
      </select>
      <RunText value={filter.run ?? ""} onApply={(run) => change({ run, cursor: null })} />
    </div>
  );
}

/** Runs by status of the workflows that the list is narrowed to; null where nothing is known of them. */
function countsOf(workflows: readonly Workflow[], filter: RunsFilter): Record<RunStatus, number> | null {
  const counted = workflows.filter(
    ({ client_id: client, workflow_id: workflow }) => (filter.client ?? client) === client && (filter.workflow ?? workflow) === workflow,
  );
  if (counted.length === 0 || filter.run !== null) return null;
  const sum = (status: RunStatus) => counted.reduce((total, workflow) => total + workflow[status], 0);
  return { running: sum("running"), succeeded: sum("succeeded"), failed: sum("failed"), cancelled: sum("cancelled"), lost: sum("lost") };
}

function RunText({ value, onApply }: { value: string; onApply: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const apply = (event?: FormEvent) => {
    event?.preventDefault();
    if (text.trim() !== value) onApply(text.trim());
  };
  return (
    <form className="runs-text" onSubmit={apply}>
      <input
        className="input mono" type="search" aria-label="Identifier of a run" placeholder="Identifier of a run" autoComplete="off" spellCheck={false} value={text}
        onChange={(event) => setText(event.target.value)} onBlur={() => apply()}
      />
    </form>
  );
}
