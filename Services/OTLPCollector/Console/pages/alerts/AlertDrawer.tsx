// One alert: what it is, what is behind it, why it is as it is, and what happened to it.

import { argus } from "../../api/argus";
import type { Alert, EventManager } from "../../api/types";
import { AlertStatusBadge, SeverityBadge } from "../../components/Badge";
import { CopyButton } from "../../components/CopyButton";
import { Drawer } from "../../components/Drawer";
import { Link } from "../../components/Link";
import { Loaded } from "../../components/States";
import { type Fact, Facts, Foreign, Time } from "../../components/Value";
import { valueText } from "../../format/text";
import { type Polled, usePolled } from "../../state/polling";
import { href, useQuery } from "../../state/router";
import { AlertActions } from "./AlertActions";
import { AlertTimeline } from "./AlertTimeline";
import { AlertWhy } from "./AlertWhy";
import { busEvent, flattened, origins, outsideLinks } from "./origin";

const MOST_DETAILS = 200;

interface AlertDrawerProps {
  dedupKey: string;
  /** Null where a link did not say. */
  manager: string | null;
  versions: ReadonlyMap<string, number>;
  managers: EventManager[];
  onClose: () => void;
}

export function AlertDrawer({ dedupKey, manager, versions, managers, onClose }: AlertDrawerProps) {
  const alert = usePolled(`alert ${manager}/${dedupKey}`, (signal) => argus.alert(dedupKey, manager ?? "", signal), { every: 10_000 });
  const version = alert.data ? (versions.get(alert.data.id) ?? 0) : 0;
  return (
    <Drawer title={alert.data ? <Foreign text={alert.data.summary} /> : "Alert"} onClose={onClose}>
      {alert.error?.code === "ambiguous_dedup_key" ? (
        <WhichManager dedupKey={dedupKey} managers={managers} />
      ) : (
        <Loaded polled={alert} what="This alert" lines={10}>
          {(data) => <Fresh key={data.id} alert={data} polled={alert} version={version} />}
        </Loaded>
      )}
    </Drawer>
  );
}

/** The alert as it was read; read again whenever the stream tells of a change. */
function Fresh({ alert, polled, version }: { alert: Alert; polled: Polled<Alert>; version: number }) {
  const newest = usePolled(
    `alert ${alert.id} ${version}`, (signal) => argus.alert(alert.dedupKey, alert.event_manager_id, signal), { every: 0, enabled: version > 0 },
  );
  const shown = newest.data && newest.data.updated_at >= alert.updated_at ? newest.data : alert;
  return <Content alert={shown} version={version} onDone={polled.refresh} />;
}

function Content({ alert, version, onDone }: { alert: Alert; version: number; onDone: () => void }) {
  return (
    <>
      <div className="row">
        <SeverityBadge severity={alert.severity} />
        <AlertStatusBadge status={alert.status} acknowledged={alert.acknowledged_at !== null} />
        <span className="muted">{alert.type === "parent" ? "Parent" : "Child"}</span>
        <span className="alerts-spacer" />
        <AlertActions alert={alert} onDone={onDone} />
      </div>
      <Behind alert={alert} />
      <AlertWhy alert={alert} version={version} />
      {alert.child_count > 0 && <ChildList alert={alert} version={version} />}
      <section aria-label="Facts">
        <h3>Facts</h3>
        <Facts facts={facts(alert)} />
      </section>
      <Details alert={alert} />
      <AlertTimeline alert={alert} version={version} />
    </>
  );
}

function facts(alert: Alert): Fact[] {
  const optional = (name: string, value: string | null): Fact[] => (value === null ? [] : [{ name, value: <Foreign text={value} /> }]);
  return [
    { name: "Dedup key", value: <span className="mono break"><Foreign text={alert.dedupKey} /></span> },
    { name: "Manager", value: <Link href={href(["alerts"], { view: "managers", manager: alert.event_manager_id })}>{alert.event_manager_id}</Link> },
    ...optional("Class", alert.class),
    ...optional("Source", alert.source),
    ...optional("Component", alert.component),
    { name: "Events", value: <span className="number">{alert.event_count.toLocaleString()}</span> },
    { name: "Began", value: <Time value={alert.created_at} /> },
    { name: "Changed", value: <Time value={alert.updated_at} /> },
    ...(alert.resolved_at ? [{ name: "Resolved", value: <Time value={alert.resolved_at} /> }] : []),
    ...(alert.acknowledged_at
      ? [{ name: "Acknowledged", value: <><Time value={alert.acknowledged_at} />{alert.acknowledged_by && <> by <Foreign text={alert.acknowledged_by} /></>}</> }]
      : []),
  ];
}

function Behind({ alert }: { alert: Alert }) {
  const inside = origins(alert);
  const outside = outsideLinks(alert.links);
  if (inside.length === 0 && outside.length === 0) return null;
  return (
    <section aria-label="What is behind it">
      <h3>What is behind it</h3>
      <ul className="alerts-behind">
        {inside.map((origin) => (
          <li key={origin.href}>
            <span className="muted">{origin.kind}</span>
            <Link href={origin.href} className="break"><Foreign text={origin.name} /></Link>
          </li>
        ))}
        {outside.map(({ url, title }, index) => (
          <li key={index}>
            <span className="muted">Link</span>
            <a href={url} target="_blank" rel="noopener noreferrer" className="break"><Foreign text={title} /></a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ChildList({ alert, version }: { alert: Alert; version: number }) {
  const [query] = useQuery();
  const children = usePolled(
    `drawer children ${alert.id} ${version}`, (signal) => argus.alertChildren(alert.dedupKey, alert.event_manager_id, signal), { every: 30_000 },
  );
  return (
    <details className="alerts-children">
      <summary>{alert.active_child_count.toLocaleString()} of {alert.child_count.toLocaleString()} children active</summary>
      <Loaded polled={children} what="Children" lines={2}>
        {(data) => (
          <ul>
            {data.alerts.map((child) => (
              <li key={child.id}>
                <AlertStatusBadge status={child.status} acknowledged={child.acknowledged_at !== null} />
                <Link className="ellipsis" href={href(["alerts"], { ...Object.fromEntries(query), alert: child.dedupKey, manager: child.event_manager_id })}>
                  <Foreign text={child.summary} />
                </Link>
              </li>
            ))}
            {data.next_cursor && <li className="muted">and {(data.total - data.alerts.length).toLocaleString()} more</li>}
          </ul>
        )}
      </Loaded>
    </details>
  );
}

function Details({ alert }: { alert: Alert }) {
  if (!alert.details || Object.keys(alert.details).length === 0) return null;
  const event = busEvent(alert.details);
  const rows = flattened(alert.details, MOST_DETAILS);
  return (
    <section aria-label="Details">
      <div className="row">
        <h3>Details</h3>
        <span className="alerts-spacer" />
        <CopyButton text={JSON.stringify(alert.details, null, 2)} label="Copy as JSON" />
      </div>
      {event && (
        <p className="muted small break">
          Made by a bridge from event <span className="mono">{event.stream} {event.sequence}</span> on <span className="mono">{event.subject}</span>.
        </p>
      )}
      <Facts facts={rows.map(([name, value]) => ({ name, value: <Foreign text={valueText(value)} /> }))} />
      {rows.length === MOST_DETAILS && <p className="muted">These are the first {MOST_DETAILS}.</p>}
    </section>
  );
}

function WhichManager({ dedupKey, managers }: { dedupKey: string; managers: EventManager[] }) {
  return (
    <div>
      <p>Several managers have an alert with this key. Which one do you mean?</p>
      <ul>
        {managers.map(({ id, name }) => (
          <li key={id}><Link href={href(["alerts"], { alert: dedupKey, manager: id })}>{name}</Link></li>
        ))}
      </ul>
    </div>
  );
}
