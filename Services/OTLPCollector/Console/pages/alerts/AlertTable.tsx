// Alerts as rows, with the children of a parent folded under it.

import { type MouseEvent, useState } from "react";
import { argus } from "../../api/argus";
import type { Alert } from "../../api/types";
import { AlertStatusBadge, SeverityBadge } from "../../components/Badge";
import { Link } from "../../components/Link";
import { Failure } from "../../components/States";
import { Ago, Foreign } from "../../components/Value";
import { usePolled } from "../../state/polling";
import { href, navigate, useQuery } from "../../state/router";
import type { Listing } from "./listing";

const COLUMNS = 7;
/** Children that are shown at first, and the most that can be. */
const SOME_CHILDREN = 20;
const MOST_CHILDREN = 1_000;

interface AlertTableProps {
  listing: Listing;
  versions: ReadonlyMap<string, number>;
  chosen: { key: string; manager: string | null } | null;
}

export function AlertTable({ listing, versions, chosen }: AlertTableProps) {
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) => {
    const next = new Set(unfolded);
    if (!next.delete(id)) next.add(id);
    setUnfolded(next);
  };
  const isChosen = (alert: Alert) => chosen !== null && alert.dedupKey === chosen.key && (chosen.manager === null || alert.event_manager_id === chosen.manager);
  return (
    <div className="table-scroll">
      <table className="table alerts-table" aria-label="Alerts">
        <thead>
          <tr>
            <th scope="col" className="fit">Severity</th>
            <th scope="col">Summary</th>
            <th scope="col" className="fit secondary">Status</th>
            <th scope="col" className="fit secondary">Children</th>
            <th scope="col" className="fit secondary">Manager</th>
            <th scope="col" className="fit secondary">Began</th>
            <th scope="col" className="fit secondary">Changed</th>
          </tr>
        </thead>
        <tbody>
          {listing.rows.map((alert) => {
            const isUnfolded = unfolded.has(alert.id);
            return [
              <AlertRow
                key={alert.id} alert={alert} isChosen={isChosen(alert)} isFresh={listing.fresh.has(alert.id)}
                fold={alert.child_count > 0 ? { isUnfolded, toggle: () => toggle(alert.id) } : null}
              />,
              isUnfolded && <Children key={`${alert.id} children`} parent={alert} version={versions.get(alert.id) ?? 0} isChosen={isChosen} />,
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}

interface AlertRowProps {
  alert: Alert;
  isChosen: boolean;
  isFresh?: boolean;
  isChild?: boolean;
  fold: { isUnfolded: boolean; toggle: () => void } | null;
}

function AlertRow({ alert, isChosen, isFresh = false, isChild = false, fold }: AlertRowProps) {
  const [query] = useQuery();
  const target = href(["alerts"], { ...Object.fromEntries(query), alert: alert.dedupKey, manager: alert.event_manager_id });
  const choose = (event: MouseEvent<HTMLTableRowElement>) => {
    const element = event.target instanceof Element ? event.target : null;
    if (!element?.closest("a, button") && !getSelection()?.toString()) navigate(target);
  };
  const classes = ["selectable", isFresh && "fresh", isChild && "child", alert.status === "resolved" && "resolved"].filter(Boolean).join(" ");
  return (
    <tr className={classes} aria-selected={isChosen} onClick={choose}>
      <td className="fit">
        <span className="alerts-severity">
          {fold && (
            <button
              type="button" className="alerts-fold" aria-expanded={fold.isUnfolded} onClick={fold.toggle}
              aria-label={`${alert.child_count} children of ${alert.dedupKey}`}
            >
              <span aria-hidden="true">▸</span>
            </button>
          )}
          <SeverityBadge severity={alert.severity} />
        </span>
      </td>
      <td className="alerts-summary">
        <Link href={target} className="alerts-title"><Foreign text={alert.summary} /></Link>
        <span className="muted small alerts-origin">
          <Foreign text={[alert.class, alert.source, alert.dedupKey].filter(Boolean).join(" · ")} />
        </span>
        <span className="alerts-narrow">
          <AlertStatusBadge status={alert.status} acknowledged={alert.acknowledged_at !== null} />
          {alert.child_count > 0 && <span className="muted small"><ChildCount alert={alert} /></span>}
          <span className="muted small"><Ago value={alert.updated_at} /></span>
        </span>
      </td>
      <td className="fit secondary"><AlertStatusBadge status={alert.status} acknowledged={alert.acknowledged_at !== null} /></td>
      <td className="fit secondary"><ChildCount alert={alert} /></td>
      <td className="fit secondary"><span className="alerts-manager ellipsis" title={alert.event_manager_id}>{alert.event_manager_id}</span></td>
      <td className="fit secondary"><Ago value={alert.created_at} /></td>
      <td className="fit secondary"><Ago value={alert.updated_at} /></td>
    </tr>
  );
}

function ChildCount({ alert }: { alert: Alert }) {
  if (alert.type === "child") return <span className="muted">child</span>;
  if (alert.child_count === 0) return <span className="muted">–</span>;
  return <span className="number">{alert.active_child_count} of {alert.child_count} active</span>;
}

function Children({ parent, version, isChosen }: { parent: Alert; version: number; isChosen: (alert: Alert) => boolean }) {
  const [limit, setLimit] = useState(SOME_CHILDREN);
  const children = usePolled(
    `children ${parent.id} ${limit} ${version}`,
    (signal) => argus.alertChildren(parent.dedupKey, parent.event_manager_id, signal, limit),
    { every: 30_000 },
  );
  const rows = children.data?.alerts ?? [];
  return (
    <>
      {rows.map((alert) => <AlertRow key={alert.id} alert={alert} isChosen={isChosen(alert)} isChild fold={null} />)}
      {(children.data === undefined || children.data.next_cursor !== null) && (
        <tr className="child">
          <td colSpan={COLUMNS}>
            {children.data === undefined && children.error && <Failure what="Children" polled={children} />}
            {children.isLoading && <span className="muted" role="status">Loading its children…</span>}
            {children.data?.next_cursor && limit < MOST_CHILDREN && (
              <button type="button" className="button" onClick={() => setLimit(MOST_CHILDREN)}>
                Show {Math.min(MOST_CHILDREN, children.data.total).toLocaleString()} of {children.data.total.toLocaleString()} children
              </button>
            )}
            {children.data?.next_cursor && limit === MOST_CHILDREN && (
              <span className="muted">These are the first {MOST_CHILDREN.toLocaleString()} of {children.data.total.toLocaleString()} children.</span>
            )}
          </td>
        </tr>
      )}
    </>
  );
}
