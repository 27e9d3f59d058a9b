// Logs: the last minutes, asked for again and again, or live.

import "./logs.css";
import { useCallback, useMemo, useState } from "react";
import { argus } from "../../api/argus";
import type { Parameters } from "../../api/client";
import { FilterBar } from "../../components/FilterBar";
import { Link } from "../../components/Link";
import { Card, Page } from "../../components/Page";
import { Empty, Failure, Loading, Stale } from "../../components/States";
import { TimeRangePicker } from "../../components/TimeRange";
import { type Filter, parseFilter } from "../../state/filter";
import { usePolled } from "../../state/polling";
import { useRange } from "../../state/range";
import { href, useQuery } from "../../state/router";
import { LinkedLog } from "./LinkedLog";
import { LiveStatus } from "./LiveStatus";
import { LogList } from "./LogList";
import { entryRows } from "./rows";
import { useLiveRows } from "./useLiveRows";

const PAGE = 500;
const REFRESH = 10_000;

export default function Logs() {
  const [query, change] = useQuery();
  const { range } = useRange();
  const text = query.get("q") ?? "";
  const trace = query.get("trace");
  const linked = query.get("log");
  const filter = useMemo(() => parseFilter(text), [text]);
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const isLive = query.has("live") && trace === null;

  const asked: Parameters = { service: filter.service, severity: filter.severity, q: filter.words };
  const parameters: Parameters = { ...asked, trace_id: trace, ...range.parameters, limit: PAGE };
  const key = `logs ${JSON.stringify(parameters)}`;
  const [answeredKey, setAnsweredKey] = useState("");
  // Live logs begin behind what the list shows, and so the list is asked for first.
  const isNeeded = !isLive || answeredKey !== key;
  const load = async (signal: AbortSignal) => {
    try {
      return await argus.logs(parameters, signal);
    } finally {
      if (!signal.aborted) setAnsweredKey(key);
    }
  };
  const polled = usePolled(key, load, { every: range.relative ? REFRESH : 0, enabled: isNeeded });
  const answer = polled.isPrevious ? undefined : polled.data;
  const logs = useMemo(() => [...(answer?.logs ?? [])].reverse(), [answer]);
  const polledRows = useMemo(() => entryRows(logs), [logs]);
  const live = useLiveRows(isLive && !isNeeded, asked, logs);

  const loadOlder = async (cursor: string) => {
    const page = await argus.logs({ ...parameters, cursor });
    return { rows: entryRows([...page.logs].reverse()), next: page.next_cursor };
  };
  const toggle = useCallback(
    (id: string) => {
      const isOpening = !expanded.has(id);
      setExpanded((before) => {
        const next = new Set(before);
        if (isOpening) next.add(id);
        else next.delete(id);
        return next;
      });
      change({ log: isOpening ? id : null }, { replace: true });
    },
    [expanded, change],
  );
  const isLoading = isLive ? isNeeded : answer === undefined;

  return (
    <Page
      title="Logs"
      controls={
        <>
          {!isLive && <TimeRangePicker />}
          <button
            type="button" className="button" aria-pressed={isLive} disabled={trace !== null} title={trace ? "Not for a single trace" : "Logs as they are stored"}
            onClick={() => change({ live: isLive ? null : "1" }, { replace: true })}
          >
            <span className={isLive ? "live-dot on" : "live-dot"} aria-hidden="true" /> Live
          </button>
        </>
      }
    >
      <div className="row">
        <FilterBar label="Filter logs" placeholder="severity:warn service:payment words" />
      </div>
      <Hints filter={filter} trace={trace} onAllTraces={() => change({ trace: null })} />
      {linked !== null && !expanded.has(linked) && <LinkedLog key={linked} id={linked} onClose={() => change({ log: null })} />}
      {isLive && <LiveStatus state={live.state} missed={live.missed} onRetry={live.retry} />}
      {!isLive && <Stale polled={polled} what="Logs" />}
      <h2 className="visually-hidden">Entries</h2>
      <Card flush>
        {isLoading ? (
          polled.error && !isLive ? <Failure what="Logs" polled={polled} /> : <Loading lines={12} />
        ) : (
          <LogList
            key={isLive ? `live ${JSON.stringify(asked)}` : key} rows={isLive ? live.rows : polledRows} next={isLive ? null : (answer?.next_cursor ?? null)}
            isGrowing={isLive || range.relative !== null} loadOlder={loadOlder} expanded={expanded} onToggle={toggle} empty={<NoLogs isLive={isLive} isFiltered={text !== "" || trace !== null} />}
          />
        )}
      </Card>
    </Page>
  );
}

/** What of the filter a list of logs cannot heed, and the trace it is limited to. */
function Hints({ filter, trace, onAllTraces }: { filter: Filter; trace: string | null; onAllTraces: () => void }) {
  const unused = [
    filter.operation && "operation:", filter.status && "status:", (filter.minDuration || filter.maxDuration) && "duration", filter.attributes.length > 0 && "key=value",
  ].filter(Boolean);
  return (
    <>
      {unused.length > 0 && <div className="notice info">{unused.join(", ")} {unused.length === 1 ? "is" : "are"} for traces; left out here.</div>}
      {trace && (
        <div className="row">
          <span>Of the trace <Link className="mono break" href={href(["traces", trace])}>{trace}</Link></span>
          <button type="button" className="button" onClick={onAllTraces}>Show all traces</button>
        </div>
      )}
    </>
  );
}

function NoLogs({ isLive, isFiltered }: { isLive: boolean; isFiltered: boolean }) {
  if (isLive) return <Empty title="Nothing yet">New entries appear here as they are stored.</Empty>;
  if (isFiltered) return <Empty title="No entry matches">Take a term out of the filter, or choose a longer time range.</Empty>;
  return <Empty title="No logs in this time range" command={EXAMPLE}>Send some, with any OpenTelemetry SDK or by hand:</Empty>;
}

const EXAMPLE = `curl http://127.0.0.1:4318/v1/logs -H 'Content-Type: application/json' -d '{"resourceLogs":[{
  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},
  "scopeLogs":[{"logRecords":[{"timeUnixNano":"'$(date +%s)'000000000","severityNumber":9,"body":{"stringValue":"first log"}}]}]}]}'`;
