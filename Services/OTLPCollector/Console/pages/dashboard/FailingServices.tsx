// The services whose spans fail most, and the logs by severity: each leads to what is behind it.

import type { DashboardAnswer, ServiceErrors, Severity } from "../../api/types";
import { Badge, LogSeverityBadge } from "../../components/Badge";
import { Link } from "../../components/Link";
import { Table } from "../../components/Table";
import { Count, Foreign, Percent } from "../../components/Value";
import { oneLine } from "../../format/text";
import { errorTone } from "../../format/tones";
import { quoted, SEVERITIES } from "../../state/filter";
import { rangeQuery, type TimeRange } from "../../state/range";
import { href } from "../../state/router";

const service = (name: string) => `service:${quoted(name)}`;

export function FailingServices({ data, range }: { data: DashboardAnswer; range: TimeRange }) {
  const time = rangeQuery(range);
  if (data.top_failing_services.length === 0) return <p className="card-body"><Badge tone="good">no span failed</Badge></p>;
  return (
    <Table<ServiceErrors>
      label="Top failing services" rows={data.top_failing_services} rowKey={(row) => row.service_name}
      columns={[
        {
          key: "service", title: "Service", width: "wide",
          render: ({ service_name: name }) => (
            <Link href={href(["traces"], { q: `${service(name)} status:error`, ...time })}><Foreign text={name} /></Link>
          ),
        },
        {
          key: "rate", title: "Error rate", width: "fit", align: "end",
          render: (row) => <Badge tone={errorTone(row.error_rate)}><Percent value={row.error_rate} /></Badge>,
        },
        { key: "errors", title: "Errors", width: "fit", align: "end", render: (row) => <Count value={row.error_count} /> },
        { key: "spans", title: "Spans", width: "fit", align: "end", isSecondary: true, render: (row) => <Count value={row.total_count} /> },
        {
          key: "more", title: "More", width: "fit", isSecondary: true,
          render: ({ service_name: name }) => (
            <span className="failing-links">
              <Link className="button plain small" href={href(["dashboard"], { q: service(name), ...time })} aria-label={`Charts of ${oneLine(name)}`}>
                Charts
              </Link>
              <Link
                className="button plain small" href={href(["logs"], { q: `${service(name)} severity:error`, ...time })} aria-label={`Logs of ${oneLine(name)}`}
              >
                Logs
              </Link>
            </span>
          ),
        },
      ]}
    />
  );
}

/** Every severity that was logged, the worst first. */
export function LogsBySeverity({ data, range }: { data: DashboardAnswer; range: TimeRange }) {
  const order: Severity[] = [...[...SEVERITIES].reverse(), "unspecified"];
  const rows = order.flatMap((severity) => (data.logs_by_severity[severity] ? [{ severity, count: data.logs_by_severity[severity] as number }] : []));
  if (rows.length === 0) return <p className="card-body muted">No logs in this range.</p>;
  const most = Math.max(...rows.map((row) => row.count));
  return (
    <ul className="card-body severities">
      {rows.map((row) => (
        <li key={row.severity}>
          <Link
            href={href(["logs"], { q: row.severity === "unspecified" ? null : `severity:${row.severity}`, ...rangeQuery(range) })}
            aria-label={`${row.count} log records of severity ${row.severity}`}
          >
            <LogSeverityBadge severity={row.severity} />
          </Link>
          <span className={`severity-bar ${row.severity}`} aria-hidden="true"><span style={{ width: `${(row.count / most) * 100}%` }} /></span>
          <Count value={row.count} />
        </li>
      ))}
    </ul>
  );
}
