// What is wrong, one by one, each leading to where it is explained.

import type { ReactNode } from "react";
import type { Alert, ServiceMapAnswer } from "../../api/types";
import { Badge, SeverityBadge } from "../../components/Badge";
import { Link } from "../../components/Link";
import { Card } from "../../components/Page";
import { Ago, Count, Duration, Foreign, Percent } from "../../components/Value";
import { duration, exact } from "../../format/numbers";
import { errorTone } from "../../format/tones";
import { quoted } from "../../state/filter";
import { rangeQuery, type TimeRange } from "../../state/range";
import { href } from "../../state/router";
import { FAILED, failingServices, type FailedWorkflow, type Lag, type OwnTrouble, type ProcessTrouble } from "./findings";

const MOST_ROWS = 6;

interface ItemProps {
  badge: ReactNode;
  title: string;
  href: string;
  detail?: ReactNode;
  at?: string | null;
}

function Item({ badge, title, href: target, detail, at }: ItemProps) {
  return (
    <li className="finding">
      <span className="finding-badge">{badge}</span>
      <span className="finding-text">
        <Link href={target}><Foreign text={title} /></Link>
        {detail && <span className="finding-detail small muted">{detail}</span>}
      </span>
      {at && <span className="small muted finding-at"><Ago value={at} /></span>}
    </li>
  );
}

interface FindingsProps<Row> {
  title: string;
  rows: Row[];
  /** The page of all of them, and how many it lists. */
  all: { href: string; count: number | string };
  render: (row: Row) => ReactNode;
}

function Findings<Row>({ title, rows, all, render }: FindingsProps<Row>) {
  if (rows.length === 0) return null;
  const isMore = rows.length > MOST_ROWS || typeof all.count === "string";
  const toAll = (
    <Link className="small findings-all" href={all.href}>
      {isMore ? `All ${all.count}` : "Open"}<span className="visually-hidden"> {title.toLowerCase()}</span>
    </Link>
  );
  return (
    <Card title={title} extra={toAll} flush>
      <ul className="findings">{rows.slice(0, MOST_ROWS).map(render)}</ul>
    </Card>
  );
}

export function AlertList({ alerts, total }: { alerts: Alert[]; total: number }) {
  return (
    <Findings title="Active alerts" rows={alerts} all={{ href: href(["alerts"]), count: total }} render={(alert) => (
      <Item
        key={alert.id} badge={<SeverityBadge severity={alert.severity} />} title={alert.summary} at={alert.updated_at}
        href={href(["alerts"], { alert: alert.dedupKey, manager: alert.event_manager_id })} detail={<AlertDetail alert={alert} />}
      />
    )} />
  );
}

function AlertDetail({ alert }: { alert: Alert }) {
  return (
    <>
      <Foreign text={alert.class} />
      {alert.source && <> on <Foreign text={alert.source} /></>}
      {alert.active_child_count > 0 && `, ${exact(alert.active_child_count)} more under it`}
      {alert.acknowledged_at && <>, acknowledged{alert.acknowledged_by && <> by <Foreign text={alert.acknowledged_by} /></>}</>}
    </>
  );
}

export function ServiceList({ data, range }: { data: ServiceMapAnswer; range: TimeRange }) {
  const rows = failingServices(data);
  const time = rangeQuery(range);
  return (
    <Findings title="Failing services" rows={rows} all={{ href: href(["dashboard"], time), count: rows.length }} render={(row) => (
      <Item
        key={row.service} badge={<Badge tone={errorTone(row.error_rate)}><Percent value={row.error_rate} /></Badge>} title={row.service}
        href={href(["traces"], { q: `service:${quoted(row.service)} status:error`, ...time })}
        detail={<><Count value={row.errors} /> of <Count value={row.spans} /> spans failed; p99 <Duration us={row.p99_us} /></>}
      />
    )} />
  );
}

export function ProcessList({ troubles }: { troubles: ProcessTrouble[] }) {
  return (
    <Findings title="Processes" rows={troubles} all={{ href: href(["processes"]), count: troubles.length }} render={({ process, tone, why }) => (
      <Item
        key={`${process.namespace}/${process.name}`} badge={<Badge tone={tone}>{process.status}</Badge>} title={process.name}
        href={href(["processes"], { process: `${process.namespace}/${process.name}` })} at={process.last_event?.timestamp ?? null}
        detail={<>{why}; {process.restarts === 1 ? "1 restart" : `${exact(process.restarts)} restarts`}, in <Foreign text={process.namespace} /></>}
      />
    )} />
  );
}

export function RunList({ workflows, total, range }: { workflows: FailedWorkflow[]; total: string; range: TimeRange }) {
  const all = { href: href(["runs"], { status: FAILED, ...rangeQuery(range) }), count: total };
  return (
    <Findings title="Failed runs" rows={workflows} all={all} render={({ latest, count }) => (
      <Item
        key={`${latest.client_id} ${latest.workflow_id}`} title={latest.workflow_id}
        badge={<Badge tone="bad">{count === 1 ? latest.status : `${count} failed`}</Badge>}
        href={href(["runs", latest.run_id], { client: latest.client_id })} at={latest.ended_at ?? latest.last_event_at}
        detail={<Foreign text={latest.error ?? (latest.status === "lost" ? "never ended" : "no reason given")} />}
      />
    )} />
  );
}

export function LagList({ lags }: { lags: Lag[] }) {
  const late = lags.filter(({ tone }) => tone !== "good");
  return (
    <Findings title="Consumer lag" rows={late} all={{ href: href(["settings"]), count: late.length }} render={(lag) => (
      <Item
        key={`${lag.service} ${lag.what}`} badge={<Badge tone={lag.tone}>{lagText(lag)}</Badge>} title={lag.service} href={href(["settings"])} detail={lag.what}
      />
    )} />
  );
}

export function lagText({ value, unit }: Lag): string {
  return unit === "s" ? duration(value * 1_000_000) : `${exact(value)} ${value === 1 ? unit.slice(0, -1) : unit}`;
}

export function OwnList({ troubles }: { troubles: OwnTrouble[] }) {
  return (
    <Findings title="Argus itself" rows={troubles} all={{ href: href(["settings"]), count: troubles.length }} render={({ name, why }) => (
      <Item key={name} badge={<Badge tone="bad">not ready</Badge>} title={name} href={href(["settings"])} detail={<Foreign text={why} />} />
    )} />
  );
}
