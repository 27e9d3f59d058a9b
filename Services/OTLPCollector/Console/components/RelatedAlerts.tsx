// Alerts about a process or a workflow: those whose source it is.

import { argus } from "../api/argus";
import type { Alert } from "../api/types";
import { usePolled } from "../state/polling";
import { href } from "../state/router";
import { AlertStatusBadge, SeverityBadge } from "./Badge";
import { Link } from "./Link";
import { Loaded } from "./States";
import { Ago, Foreign } from "./Value";

/** What is looked through, and what is shown. */
const LOOKED_AT = 200;
const SHOWN = 10;

/** `source` is what bridges write: `namespace/process`, or `client/workflow`. The API finds by text and class only, so that both are asked for. */
async function related(source: string, name: string, className: string, signal: AbortSignal): Promise<Alert[]> {
  const ask = (parameters: Record<string, string>) => argus.alerts({ ...parameters, sort: "-updated_at", limit: LOOKED_AT }, signal);
  const answers = await Promise.all([ask({ q: name.slice(0, 256) }), ask({ class: className })]);
  const found = new Map(answers.flatMap(({ alerts }) => alerts).filter((alert) => alert.source === source).map((alert) => [alert.id, alert]));
  return [...found.values()].sort((left, right) => rank(right) - rank(left) || (left.updated_at < right.updated_at ? 1 : -1));
}

function rank(alert: Alert): number {
  return alert.status === "active" ? 1 : 0;
}

export function RelatedAlerts({ source, name, className }: { source: string; name: string; className: "process" | "workflow" }) {
  const alerts = usePolled(`alerts of ${className} ${source}`, (signal) => related(source, name, className, signal));
  return (
    <Loaded polled={alerts} what="Alerts" lines={2}>
      {(found) =>
        found.length === 0 ? (
          <p className="muted">
            No alert is known. <Link href={href(["alerts"], { view: "managers" })}>Managers</Link> can be alerted by a bridge.
          </p>
        ) : (
          <ul className="related-alerts">
            {found.slice(0, SHOWN).map((alert) => (
              <li key={alert.id}>
                <SeverityBadge severity={alert.severity} />
                <AlertStatusBadge status={alert.status} acknowledged={alert.acknowledged_at !== null} />
                <Link className="ellipsis" href={href(["alerts"], { alert: alert.dedupKey, manager: alert.event_manager_id })}><Foreign text={alert.summary} /></Link>
                <span className="muted small"><Ago value={alert.updated_at} /></span>
              </li>
            ))}
            {found.length > SHOWN && <li className="muted">and {found.length - SHOWN} more</li>}
          </ul>
        )
      }
    </Loaded>
  );
}
