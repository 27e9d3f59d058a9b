// Why an alert stands where it does, and what keeps it from resolving.

import { argus } from "../../api/argus";
import type { Alert, AlertReference, WhyAnswer } from "../../api/types";
import { Link } from "../../components/Link";
import { Loaded } from "../../components/States";
import { type Fact, Facts, Foreign, Time } from "../../components/Value";
import { usePolled } from "../../state/polling";
import { href, useQuery } from "../../state/router";

const SOME_BLOCKERS = 10;

export function AlertWhy({ alert, version }: { alert: Alert; version: number }) {
  const why = usePolled(`why ${alert.id} ${version}`, (signal) => argus.alertWhy(alert.dedupKey, alert.event_manager_id, signal), { every: 30_000 });
  return (
    <section aria-label="Why">
      <h3>Why</h3>
      <Loaded polled={why} what="The explanation" lines={3}>
        {(data) => (
          <>
            <p className="break"><Foreign text={data.explanation} /></p>
            <Facts facts={facts(data, alert)} />
            {data.resolution.blocked && <Blockers why={data} alert={alert} />}
          </>
        )}
      </Loaded>
    </section>
  );
}

function facts(why: WhyAnswer, alert: Alert): Fact[] {
  const { rule, window, resolution } = why;
  const found: Fact[] = [];
  if (rule) {
    found.push({
      name: "Rule",
      value: rule.exists ? (
        <>
          <Link href={href(["alerts"], { view: "rules", rule: rule.id })}><Foreign text={rule.name ?? rule.id} /></Link>
          <span className="muted"> groups by {(rule.grouping_key ?? []).join(" and ")}</span>
        </>
      ) : (
        <span className="muted">has been deleted</span>
      ),
    });
  }
  if (why.grouping_value !== null) found.push({ name: "Group", value: <Foreign text={why.grouping_value} /> });
  if (window) {
    found.push({
      name: "Window",
      value: (
        <>
          {window.minutes} min, <WindowEnd isOpen={window.is_open} end={window.open_until} />
          {window.reactivates_until && <span className="muted">; a trigger until <Time value={window.reactivates_until} /> reactivates it</span>}
        </>
      ),
    });
  }
  if (why.parent) found.push({ name: "Parent", value: <Reference alert={why.parent} manager={alert.event_manager_id} /> });
  if (resolution.resolves_at) found.push({ name: "Resolves", value: <><Time value={resolution.resolves_at} /> unless it is triggered again</> });
  return found;
}

/** A window may be closed before its time: by the parent's resolve. */
function WindowEnd({ isOpen, end }: { isOpen: boolean; end: string }) {
  if (isOpen) return <>open until <Time value={end} /></>;
  return Date.parse(end) > Date.now() ? <>closed with the parent's resolve</> : <>closed since <Time value={end} /></>;
}

function Blockers({ why, alert }: { why: WhyAnswer; alert: Alert }) {
  const { blocked_by: blockers, requested } = why.resolution;
  const rest = why.children.active - Math.min(SOME_BLOCKERS, blockers.length);
  return (
    <div className="alerts-blocked">
      <p>{requested ? "Its resolve was requested. It waits for:" : "It cannot resolve before these:"}</p>
      <ul>
        {blockers.slice(0, SOME_BLOCKERS).map((child) => <li key={child.id} className="ellipsis"><Reference alert={child} manager={alert.event_manager_id} /></li>)}
        {rest > 0 && <li className="muted">and {rest.toLocaleString()} more</li>}
      </ul>
    </div>
  );
}

function Reference({ alert, manager }: { alert: AlertReference; manager: string }) {
  const [query] = useQuery();
  return (
    <Link href={href(["alerts"], { ...Object.fromEntries(query), alert: alert.dedupKey, manager })}>
      <Foreign text={alert.summary} />
    </Link>
  );
}
