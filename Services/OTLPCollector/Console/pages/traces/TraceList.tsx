// The list of traces.

import { useEffect } from "react";
import { argus } from "../../api/argus";
import type { Parameters } from "../../api/client";
import type { TraceSummary, TracesAnswer } from "../../api/types";
import { Badge } from "../../components/Badge";
import { FilterBar } from "../../components/FilterBar";
import { Link } from "../../components/Link";
import { Card, Page } from "../../components/Page";
import { Pager } from "../../components/Pager";
import { Empty, Loaded } from "../../components/States";
import { type Column, Table } from "../../components/Table";
import { TimeRangePicker } from "../../components/TimeRange";
import { Count, Duration, Foreign, Time } from "../../components/Value";
import { oneLine } from "../../format/text";
import { type Filter, parseFilter } from "../../state/filter";
import { type Polled, usePolled } from "../../state/polling";
import { useRange } from "../../state/range";
import { href, navigate, useQuery } from "../../state/router";
import { rememberList } from "./lastList";

const STANDARD_SORT = "-start";
const PAGE = 50;
const FEW_SERVICES = 2;

export function TraceList() {
  const [query, change] = useQuery();
  const { range } = useRange();
  const text = query.get("q") ?? "";
  const filter = parseFilter(text);
  const sort = query.get("sort") ?? STANDARD_SORT;
  const cursor = query.get("cursor");
  const parameters: Parameters = { ...asked(filter), ...range.parameters, sort, limit: PAGE, cursor };
  const polled = usePolled(`traces ${JSON.stringify(parameters)}`, (signal) => argus.traces(parameters, signal), { every: cursor || range.relative === null ? 0 : 15_000 });
  const onSort = (next: string) => change({ sort: next === STANDARD_SORT ? null : next, cursor: null });
  useEffect(rememberList);
  return (
    <Page title="Traces" controls={<TimeRangePicker />}>
      <div className="row">
        <FilterBar label="Filter traces" />
        <SortChoice sort={sort} onSort={onSort} />
      </div>
      <Hints filter={filter} />
      <Card flush>
        <Loaded polled={polled} what="Traces" lines={12}>
          {(answer) => <Traces answer={answer} polled={polled} sort={sort} isFiltered={text !== ""} onSort={onSort} />}
        </Loaded>
      </Card>
    </Page>
  );
}

function asked(filter: Filter): Parameters {
  return {
    service: filter.service, operation: filter.operation, status: filter.status, min_duration: filter.minDuration, max_duration: filter.maxDuration,
    attribute: filter.attributes, q: filter.words,
  };
}

const SORTS: Record<string, string> = {
  "-start": "Newest first", start: "Oldest first", "-duration": "Slowest first", duration: "Fastest first", "-errors": "Most errors first", "-spans": "Most spans first",
};

/** For screens that have no room for the columns that sort. */
function SortChoice({ sort, onSort }: { sort: string; onSort: (sort: string) => void }) {
  return (
    <select className="input trace-sort" aria-label="Sort" value={sort} onChange={(event) => onSort(event.target.value)}>
      {Object.entries(SORTS).map(([value, title]) => <option key={value} value={value}>{title}</option>)}
      {!(sort in SORTS) && <option value={sort}>{sort}</option>}
    </select>
  );
}

/** What the filter says that a list of traces cannot heed, and a trace that it names. */
function Hints({ filter }: { filter: Filter }) {
  const id = /^[0-9a-f]{32}$/i.test(filter.words) ? filter.words.toLowerCase() : null;
  if (!id && !filter.severity) return null;
  return (
    <div className="notice info">
      {id ? <Link href={href(["traces", id])}>Open the trace {id}</Link> : <span>severity: is for logs; it is left out here.</span>}
    </div>
  );
}

interface TracesProps {
  answer: TracesAnswer;
  polled: Polled<TracesAnswer>;
  sort: string;
  isFiltered: boolean;
  onSort: (sort: string) => void;
}

function Traces({ answer, polled, sort, isFiltered, onSort }: TracesProps) {
  const { traces, next_cursor: next } = answer;
  if (traces.length === 0) {
    return (
      <>
        {isFiltered ? (
          <Empty title="No trace matches">Take a term out of the filter, or choose a longer time range.</Empty>
        ) : (
          <Empty title="No traces in this time range" command={EXAMPLE}>Send some, with any OpenTelemetry SDK or by hand:</Empty>
        )}
        <Pager next={next} label="traces" />
      </>
    );
  }
  const longest = traces.reduce((most, trace) => Math.max(most, trace.duration_us), 1);
  return (
    <div className={polled.isPrevious ? "trace-list is-previous" : "trace-list"}>
      {answer.truncated && <div className="notice info">The search looked at the newest traces of the range only; a shorter range or another filter finds the rest.</div>}
      <Table
        label="Traces" columns={columns(longest)} rows={traces} rowKey={(trace) => trace.trace_id} sort={sort} onSort={onSort}
        onSelect={(trace) => navigate(href(["traces", trace.trace_id]))}
      />
      <Pager next={next} label="traces" />
    </div>
  );
}

function columns(longest: number): Column<TraceSummary>[] {
  return [
    { key: "start", title: "Start", sort: "start", width: "fit", isSecondary: true, render: (trace) => <Time value={trace.start} precise /> },
    { key: "name", title: "Trace", width: "wide", render: (trace) => <Name trace={trace} longest={longest} /> },
    { key: "status", title: "Errors", sort: "errors", width: "fit", isSecondary: true, render: (trace) => <Errors trace={trace} /> },
    { key: "duration", title: "Duration", sort: "duration", width: "fit", isSecondary: true, render: (trace) => <DurationBar trace={trace} longest={longest} /> },
    { key: "spans", title: "Spans", sort: "spans", align: "end", width: "fit", isSecondary: true, render: (trace) => <Count value={trace.span_count} /> },
    { key: "services", title: "Also in it", width: "fit", isSecondary: true, render: (trace) => <Services names={trace.services.filter((name) => name !== trace.root_service)} /> },
  ];
}

function Name({ trace, longest }: { trace: TraceSummary; longest: number }) {
  return (
    <>
      <Link className="trace-name" href={href(["traces", trace.trace_id])}>
        <span className="muted"><Foreign text={trace.root_service} /></span> <Foreign text={trace.root_operation || "(no name)"} />
      </Link>
      {!trace.has_root && <span className="muted small" title="The first span has not arrived; the earliest one stands in for it."> (root missing)</span>}
      <span className="trace-more">
        <Time value={trace.start} precise />
        <DurationBar trace={trace} longest={longest} />
        {trace.error_count > 0 && <Errors trace={trace} />}
      </span>
    </>
  );
}

function Errors({ trace }: { trace: TraceSummary }) {
  return trace.error_count > 0 ? <Badge tone="bad"><Count value={trace.error_count} /></Badge> : <span className="muted small">none</span>;
}

function DurationBar({ trace, longest }: { trace: TraceSummary; longest: number }) {
  return (
    <span className="duration-bar">
      <span className="duration-track" aria-hidden="true">
        <span className={trace.status === "error" ? "duration-fill bad" : "duration-fill"} style={{ width: `${Math.max(1, (trace.duration_us / longest) * 100)}%` }} />
      </span>
      <Duration us={trace.duration_us} />
    </span>
  );
}

function Services({ names }: { names: string[] }) {
  if (names.length === 0) return <span className="muted">–</span>;
  return (
    <span className="trace-others" title={oneLine(names.join(", "), 1_000)}>
      <Foreign text={names.slice(0, FEW_SERVICES).join(", ")} />
      {names.length > FEW_SERVICES && ` +${names.length - FEW_SERVICES}`}
    </span>
  );
}

const EXAMPLE = `now=$(date +%s)
curl http://127.0.0.1:4318/v1/traces -H 'Content-Type: application/json' -d '{"resourceSpans":[{
  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},
  "scopeSpans":[{"spans":[{"traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'","name":"first span",
    "kind":2,"startTimeUnixNano":"'$now'000000000","endTimeUnixNano":"'$now'250000000"}]}]}]}'`;
