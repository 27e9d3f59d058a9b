// What the page asks for.

import type { Parameters } from "../../api/client";
import type { RunStatus } from "../../api/types";

/** Runs are fewer than requests, and last longer. */
export const RUNS_RANGE = "24h";
export const STATUSES: readonly RunStatus[] = ["running", "succeeded", "failed", "cancelled", "lost"];

export interface RunsFilter {
  statuses: RunStatus[];
  client: string | null;
  workflow: string | null;
  run: string | null;
  isOldestFirst: boolean;
}

export function readFilter(query: URLSearchParams): RunsFilter {
  const asked = (query.get("status") ?? "").split(",");
  return {
    statuses: STATUSES.filter((status) => asked.includes(status)),
    client: query.get("client"),
    workflow: query.get("workflow"),
    run: query.get("run"),
    isOldestFirst: query.get("sort") === "start",
  };
}

export function parameters(filter: RunsFilter): Parameters {
  return { status: filter.statuses, client: filter.client, workflow: filter.workflow, run: filter.run };
}

/** Reports the beginning of a run with the command line tool of NATS. */
export function reportCommand(): string {
  const event = {
    id: crypto.randomUUID(), type: "run.started", v: 1, timestamp: new Date().toISOString(), client_id: "org_123", workflow_id: "wf_abc", run_id: "run_1",
    data: { trigger: { type: "manual" } },
  };
  return `nats pub OBSERVE.RUN.STARTED -H Nats-Msg-Id:${event.id} \\\n  '${JSON.stringify(event)}'`;
}
