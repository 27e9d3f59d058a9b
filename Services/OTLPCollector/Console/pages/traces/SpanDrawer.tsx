// Everything that is known of one span.

import type { ReactNode } from "react";
import type { LogRecord, SpanEvent, SpanLink } from "../../api/types";
import { Attributes, LongValue } from "../../components/Attributes";
import { Badge, LogSeverityBadge } from "../../components/Badge";
import { CopyButton } from "../../components/CopyButton";
import { Drawer } from "../../components/Drawer";
import { Link } from "../../components/Link";
import { Duration, type Fact, Facts, Foreign, Time } from "../../components/Value";
import { duration, percent } from "../../format/numbers";
import { oneLine, valueText } from "../../format/text";
import { quoted } from "../../state/filter";
import { href } from "../../state/router";
import type { Stretch } from "./criticalPath";
import { problems } from "./SpanRow";
import { selfTime, type SpanNode, type Tree } from "./tree";

const MOST_LOGS = 200;

export interface SpanDrawerProps {
  node: SpanNode;
  tree: Tree;
  stretches: readonly Stretch[] | undefined;
  /** The trace's logs, by time. */
  logs: readonly LogRecord[];
  onSelect: (node: SpanNode) => void;
  onZoom: () => void;
  onClose: () => void;
}

export function SpanDrawer(props: SpanDrawerProps) {
  const { node, tree, logs } = props;
  const { span } = node;
  const own = logs.filter((log) => log.span_id === span.span_id);
  const odd = problems(node);
  return (
    <Drawer title={<Foreign text={span.name || "(no name)"} />} onClose={props.onClose} actions={<CopyButton text={span.span_id} label="Copy id" />}>
      <div className="row">
        {span.status.code === "error" ? <Badge tone="bad">error</Badge> : <Badge tone={span.status.code === "ok" ? "good" : "idle"}>{span.status.code}</Badge>}
        <Badge tone="info">{span.kind}</Badge>
        {props.stretches && <span className="span-on-path">◆ on the critical path</span>}
        <button type="button" className="button small" onClick={props.onZoom}>Zoom to it</button>
      </div>
      {span.status.message && <div className="notice bad"><Foreign block text={span.status.message} /></div>}
      {odd.length > 0 && <div className="notice warn">Note: {odd.join("; ")}.</div>}
      <Facts facts={facts(props)} />
      <Section title="Attributes"><Attributes values={span.attributes} /></Section>
      {span.events.length > 0 && (
        <Section title={`Events (${span.events.length})`}>
          <ol className="entries">{span.events.map((event, index) => <Event key={index} event={event} node={node} />)}</ol>
        </Section>
      )}
      <Section title={`Logs (${own.length})`}>
        {own.length === 0 ? <p className="muted small">Nothing was logged in this span.</p> : <ol className="entries">{own.slice(0, MOST_LOGS).map((log) => <LogLine key={log.id} log={log} tree={tree} />)}</ol>}
        {own.length > MOST_LOGS && <p className="muted small">The first {MOST_LOGS} are shown.</p>}
      </Section>
      {span.links.length > 0 && (
        <Section title={`Links (${span.links.length})`}>
          <ol className="entries">{span.links.map((link, index) => <LinkedSpan key={index} link={link} />)}</ol>
        </Section>
      )}
      <Section title="Resource"><Attributes values={span.resource} /></Section>
      <Section title="Scope">
        <Facts facts={[{ name: "Name", value: <Foreign text={span.scope.name || "–"} /> }, { name: "Version", value: <Foreign text={span.scope.version || "–"} /> }]} />
        {Object.keys(span.scope.attributes).length > 0 && <Attributes values={span.scope.attributes} />}
      </Section>
    </Drawer>
  );
}

function facts({ node, stretches, onSelect }: SpanDrawerProps): Fact[] {
  const { span } = node;
  const own = selfTime(node);
  const length = node.end - node.start;
  const onPath = stretches?.reduce((sum, { from, to }) => sum + to - from, 0) ?? 0;
  const result: Fact[] = [
    { name: "Service", value: <Link href={href(["dashboard"], { q: `service:${quoted(span.service)}` })}><Foreign text={span.service} /></Link> },
    { name: "Duration", value: <Duration us={length / 1_000} /> },
    { name: "On its own", value: <><Duration us={own / 1_000} /> {length > 0 && <span className="muted">{percent(own / length)}</span>}</> },
    { name: "Start", value: <><Time value={span.start} precise /> <span className="muted" title={`${span.start_ns} ns since 1970`}>+{duration(node.start / 1_000)}</span></> },
    { name: "Span id", value: <code>{span.span_id}</code> },
    { name: "Parent", value: <Parent node={node} onSelect={onSelect} /> },
  ];
  if (stretches) result.splice(3, 0, { name: "Critical path", value: <Duration us={onPath / 1_000} /> });
  if (span.trace_state) result.push({ name: "Trace state", value: <Foreign text={span.trace_state} /> });
  result.push({ name: "Flags", value: <span title="W3C trace flags">{span.flags & 1 ? `${span.flags} (sampled)` : span.flags}</span> });
  return result;
}

function Parent({ node, onSelect }: { node: SpanNode; onSelect: (node: SpanNode) => void }) {
  const { parent, span } = node;
  if (parent) return <button type="button" className="button plain link" onClick={() => onSelect(parent)}>{oneLine(`${parent.span.service}: ${parent.span.name}`, 120)}</button>;
  return span.parent_span_id === null ? <span className="muted">none: this is a root</span> : <><code>{span.parent_span_id}</code> <span className="muted">not among the spans</span></>;
}

function Event({ event, node }: { event: SpanEvent; node: SpanNode }) {
  const after = Number(BigInt(event.time_ns) - BigInt(node.span.start_ns));
  return (
    <li>
      <div className="row">
        <strong><Foreign text={event.name} /></strong>
        <span className="muted small number" title={event.time}>{after < 0 ? `${duration(-after / 1_000)} before the start` : `+${duration(after / 1_000)}`}</span>
      </div>
      {Object.keys(event.attributes).length > 0 && <Attributes values={event.attributes} />}
    </li>
  );
}

function LinkedSpan({ link }: { link: SpanLink }) {
  return (
    <li>
      <Link className="mono break" href={href(["traces", link.trace_id], { span: link.span_id })}>trace {link.trace_id}, span {link.span_id}</Link>
      {Object.keys(link.attributes).length > 0 && <Attributes values={link.attributes} />}
    </li>
  );
}

function LogLine({ log, tree }: { log: LogRecord; tree: Tree }) {
  const after = Number(BigInt(log.time_ns) - tree.base);
  return (
    <li>
      <div className="row">
        <LogSeverityBadge severity={log.severity} />
        <span className="muted small number" title={log.time}>{after < 0 ? "−" : "+"}{duration(Math.abs(after) / 1_000)}</span>
        <Link className="small" href={href(["logs"], { log: log.id })} aria-label={`Open the log ${oneLine(valueText(log.body), 60)}`}>Open</Link>
      </div>
      <LongValue value={log.body} />
    </li>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="drawer-section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}
