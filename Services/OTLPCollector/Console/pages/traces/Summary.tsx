// What a trace is, in a few facts, and where to go from it.

import type { ReactNode } from "react";
import type { TraceAnswer } from "../../api/types";
import { Badge } from "../../components/Badge";
import { CopyButton } from "../../components/CopyButton";
import { Link } from "../../components/Link";
import { attempt } from "../../components/Toast";
import { Count, Duration, Foreign, Time } from "../../components/Value";
import { count, duration } from "../../format/numbers";
import { href } from "../../state/router";
import type { CriticalPath } from "./criticalPath";
import { downloadTrace } from "./download";
import { lastList } from "./lastList";
import type { Surroundings } from "./marks";
import type { ServiceShare, Tree } from "./tree";

const MINUTE = 60_000;
const MOST_SERVICES = 12;

export function Breadcrumb() {
  return (
    <nav aria-label="Breadcrumb" className="small trace-breadcrumb">
      <Link href={lastList()}>← Traces</Link>
    </nav>
  );
}

export function Summary({ trace, tree, path, surroundings }: { trace: TraceAnswer; tree: Tree; path: CriticalPath; surroundings: Surroundings }) {
  const run = runOf(trace);
  return (
    <section className="card trace-summary" aria-label="Summary">
      <div className="row trace-identity">
        {trace.status === "error" ? <Badge tone="bad">{count(trace.error_count)} {trace.error_count === 1 ? "error" : "errors"}</Badge> : <Badge tone="good">ok</Badge>}
        <code className="break">{trace.trace_id}</code>
        <CopyButton text={trace.trace_id} label="Copy id" />
        <span className="trace-tools">
          {run && <Link className="button" href={run}>Workflow run</Link>}
          <Link className="button" href={logsOf(trace)}>Logs ({count(trace.logs.length)})</Link>
          <button type="button" className="button" onClick={() => void attempt(() => downloadTrace(trace.trace_id), "Saved as OTLP JSON")}>Download OTLP JSON</button>
        </span>
      </div>
      <dl className="trace-facts">
        <Figure name="Duration"><Duration us={trace.duration_us} /></Figure>
        <Figure name="Start"><Time value={trace.start} precise /></Figure>
        <Figure name="Spans"><Count value={trace.span_count} /></Figure>
        <Figure name="Depth"><Count value={tree.maxDepth + 1} /></Figure>
        <Figure name="Critical path"><Count value={path.stretches.size} /> <span className="muted small">{path.stretches.size === 1 ? "span" : "spans"}</span></Figure>
      </dl>
      <Services services={[...tree.services.values()]} path={path} />
      <Notes trace={trace} tree={tree} surroundings={surroundings} />
    </section>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="muted small">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Whose spans these are, with the colour of each and what it has of the critical path. */
function Services({ services, path }: { services: ServiceShare[]; path: CriticalPath }) {
  const times = new Map<string, number>();
  for (const [node, stretches] of path.stretches) {
    const sum = stretches.reduce((total, { from, to }) => total + to - from, 0);
    times.set(node.span.service, (times.get(node.span.service) ?? 0) + sum);
  }
  return (
    <ul className="trace-services" aria-label="Services">
      {services.slice(0, MOST_SERVICES).map((service) => (
        <li key={service.name} className="row">
          <span className={`swatch service-${service.color}`} aria-hidden="true" />
          <Foreign text={service.name} />
          <span className="muted small">
            {count(service.spans)} {service.spans === 1 ? "span" : "spans"}
            {service.errors > 0 && `, ${count(service.errors)} failed`}
            {times.has(service.name) && <>, <span aria-hidden="true">◆</span> {duration((times.get(service.name) ?? 0) / 1_000)} of the critical path</>}
          </span>
        </li>
      ))}
      {services.length > MOST_SERVICES && <li className="muted small">and {services.length - MOST_SERVICES} more</li>}
    </ul>
  );
}

function Notes({ trace, tree, surroundings }: { trace: TraceAnswer; tree: Tree; surroundings: Surroundings }) {
  const orphans = tree.nodes.filter((node) => node.isOrphan).length;
  const real = tree.roots.filter((node) => node.span.parent_span_id === null).length;
  const early = tree.nodes.filter((node) => node.early > 0).length;
  const notes: string[] = [];
  if (trace.truncated) notes.push(`Only ${count(trace.spans.length)} of ${count(trace.span_count)} spans, and the first logs, are shown.`);
  if (orphans > 0) notes.push(`The parents of ${count(orphans)} ${orphans === 1 ? "span are" : "spans are"} missing: they have not arrived, or were not sampled.`);
  if (real > 1) notes.push(`There are ${count(real)} roots; the critical path is that of the first.`);
  if (tree.nodes.some((node) => node.isInCircle)) notes.push("Some spans are their own ancestors; each circle is opened at its earliest span.");
  if (early > 0) notes.push(`${count(early)} ${early === 1 ? "span starts" : "spans start"} before the parent: the clocks of the machines differ.`);
  const { processes, alerts } = surroundings;
  if (processes.error) notes.push(`Process events are not shown: ${processes.error.message}`);
  if (alerts.error) notes.push(`Alerts are not shown: ${alerts.error.message}`);
  if (notes.length === 0) return null;
  return (
    <ul className="trace-notes small">
      {notes.map((note) => <li key={note}><span aria-hidden="true">!</span> {note}</li>)}
    </ul>
  );
}

/** The run of a workflow that the trace is of, if it is. */
function runOf(trace: TraceAnswer): string | null {
  for (const { attributes } of trace.spans) {
    const run = attributes["argus.run.id"];
    const client = attributes["argus.client.id"];
    if (typeof run === "string" && typeof client === "string") return href(["runs", run], { client });
  }
  return null;
}

/** The trace's logs, with a minute of room for clocks that differ. */
function logsOf(trace: TraceAnswer): string {
  const from = new Date(Date.parse(trace.start) - MINUTE).toISOString();
  const to = new Date(Date.parse(trace.end) + MINUTE).toISOString();
  return href(["logs"], { trace: trace.trace_id, from, to });
}
