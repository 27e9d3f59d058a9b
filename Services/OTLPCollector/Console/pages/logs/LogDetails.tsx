// All of one log: what it says, its attributes, where it comes from, what was logged around it, and what to make of it.

import { type ReactNode, useState } from "react";
import type { LogRecord } from "../../api/types";
import { Attributes, LongValue } from "../../components/Attributes";
import { CopyButton } from "../../components/CopyButton";
import { Link } from "../../components/Link";
import { type Fact, Facts, Foreign, Time } from "../../components/Value";
import { href } from "../../state/router";
import { Insight, useHasInsight } from "./Insight";
import { LogContext } from "./LogContext";

const LONG_BODY = 4_000;

export function LogDetails({ log }: { log: LogRecord }) {
  const [isAround, setAround] = useState(false);
  const [isExplained, setExplained] = useState(false);
  const hasInsight = useHasInsight();
  return (
    <div className="log-details">
      <div className="log-whole"><LongValue value={log.body} short={LONG_BODY} /></div>
      <div className="row">
        {log.trace_id && <Link className="button small" href={href(["traces", log.trace_id], { span: log.span_id })}>Jump to trace</Link>}
        <button type="button" className="button small" aria-expanded={isAround} onClick={() => setAround(!isAround)}>± 1 min around it</button>
        {hasInsight && <button type="button" className="button small" aria-expanded={isExplained} onClick={() => setExplained(!isExplained)}>Explain (AI)</button>}
        <CopyButton text={location.origin + href(["logs"], { log: log.id })} label="Copy link" />
        <CopyButton text={JSON.stringify(log, null, 2)} label="Copy JSON" />
      </div>
      {isExplained && <Insight id={log.id} />}
      {isAround && <LogContext log={log} />}
      <div className="log-parts">
        <Part title="Attributes"><Attributes values={log.attributes} /></Part>
        <Part title="Resource"><Attributes values={log.resource} /></Part>
        <Part title="Entry"><Facts facts={facts(log)} /></Part>
      </div>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function facts(log: LogRecord): Fact[] {
  const result: Fact[] = [
    { name: "Time", value: <span title={`${log.time_ns} ns since 1970`}><Time value={log.time} precise /></span> },
    { name: "Service", value: <Foreign text={log.service} /> },
    { name: "Severity", value: <><Foreign text={log.severity_text || log.severity} /> <span className="muted">({log.severity_number})</span></> },
  ];
  if (log.observed && log.observed_ns !== log.time_ns) result.push({ name: "Observed", value: <Time value={log.observed} precise /> });
  if (log.event_name) result.push({ name: "Event", value: <Foreign text={log.event_name} /> });
  if (log.trace_id) result.push({ name: "Trace", value: <Link className="mono" href={href(["traces", log.trace_id])}>{log.trace_id}</Link> });
  if (log.trace_id && log.span_id) result.push({ name: "Span", value: <Link className="mono" href={href(["traces", log.trace_id], { span: log.span_id })}>{log.span_id}</Link> });
  if (log.scope.name) result.push({ name: "Scope", value: <Foreign text={`${log.scope.name} ${log.scope.version}`.trim()} /> });
  result.push({ name: "Id", value: <code>{log.id}</code> });
  return result;
}
