// What is known of the chosen service, and the ways on; of no service in particular, what is in trouble.

import { useEffect, useId, useRef } from "react";
import type { MapEdge, MapNode } from "../../api/types";
import { Badge, processTone, SeverityBadge } from "../../components/Badge";
import { Link } from "../../components/Link";
import { Count, Duration, Facts, Foreign, Rate } from "../../components/Value";
import { errorTone } from "../../format/tones";
import { quoted } from "../../state/filter";
import { rangeQuery, type TimeRange } from "../../state/range";
import { href } from "../../state/router";
import { type Marks, processMark } from "./marks";
import { CallTable, ErrorBadge, MarkBadges } from "./Tables";

export interface ServicePanelProps {
  service: string;
  node: MapNode | undefined;
  edges: MapEdge[];
  marks: Marks;
  range: TimeRange;
  onSelect: (service: string | null) => void;
}

export function ServicePanel({ service, node, edges, marks, range, onSelect }: ServicePanelProps) {
  const heading = useId();
  const panel = useRef<HTMLElement>(null);
  const q = `service:${quoted(service)}`;
  const time = rangeQuery(range);
  useEffect(() => {
    panel.current?.focus({ preventScroll: matchMedia("(min-width: 1100px)").matches });
  }, [service]);
  const callers = edges.filter(({ callee, caller }) => callee === service && caller !== service);
  const callees = edges.filter(({ callee, caller }) => caller === service && callee !== service);
  return (
    <aside ref={panel} className="card map-panel" aria-labelledby={heading} tabIndex={-1} onKeyDown={(event) => event.key === "Escape" && onSelect(null)}>
      <div className="map-panel-header">
        <h2 id={heading} className="break"><Foreign text={service} /></h2>
        <button type="button" className="button" aria-label="Close the details" onClick={() => onSelect(null)}>✕</button>
      </div>
      <div className="row">
        <Link className="button primary" href={href(["dashboard"], { q, ...time })}>Dashboard</Link>
        <Link className="button" href={href(["traces"], { q, ...time })}>Traces</Link>
        <Link className="button" href={href(["traces"], { q: `${q} status:error`, ...time })}>Failed traces</Link>
        <Link className="button" href={href(["logs"], { q, ...time })}>Logs</Link>
      </div>
      {node ? <NodeFacts node={node} /> : <p className="muted">No spans of it in this range.</p>}
      <MarkList marks={marks} />
      {callers.length > 0 && <><h3>Called by</h3><CallTable label="Callers" edges={callers} hide="callee" onSelect={onSelect} /></>}
      {callees.length > 0 && <><h3>Calls</h3><CallTable label="Callees" edges={callees} hide="caller" onSelect={onSelect} /></>}
    </aside>
  );
}

function NodeFacts({ node }: { node: MapNode }) {
  return (
    <Facts facts={[
      { name: "Traffic", value: <><Rate value={node.rate} />, <Count value={node.spans} /> spans</> },
      { name: "Errors", value: <><ErrorBadge value={node.error_rate} /> <Count value={node.errors} /></> },
      { name: "p50", value: <Duration us={node.p50_us} /> },
      { name: "p95", value: <Duration us={node.p95_us} /> },
      { name: "p99", value: <Duration us={node.p99_us} /> },
    ]} />
  );
}

function MarkList({ marks: { alerts, processes } }: { marks: Marks }) {
  return (
    <>
      {processes.length > 0 && <h3>Process</h3>}
      {processes.map((process) => (
        <p key={`${process.namespace}/${process.name}`} className="map-mark">
          <Badge tone={processTone(process)}>{process.status}</Badge>
          <Link className="ellipsis" href={href(["processes"], { process: `${process.namespace}/${process.name}` })}><Foreign text={process.name} /></Link>
        </p>
      ))}
      {alerts.length > 0 && <h3>Alerts that name it</h3>}
      {alerts.map((alert) => (
        <p key={alert.id} className="map-mark">
          <SeverityBadge severity={alert.severity} />
          <Link className="ellipsis" href={href(["alerts"], { alert: alert.dedupKey, manager: alert.event_manager_id })}><Foreign text={alert.summary} /></Link>
        </p>
      ))}
    </>
  );
}

/** Shown while no service is chosen: how to read the map, and where to look first. */
export function SummaryPanel({ nodes, marks, onSelect }: { nodes: MapNode[]; marks: (service: string) => Marks; onSelect: (service: string) => void }) {
  const troubled = nodes
    .filter((node) => errorTone(node.error_rate) !== "good" || marks(node.service).alerts.length > 0 || processMark(marks(node.service)))
    .sort((a, b) => b.error_rate - a.error_rate);
  return (
    <aside className="card map-panel" aria-label="Services in trouble">
      <h2>{troubled.length === 0 ? "All services do well" : "Services in trouble"}</h2>
      <ul className="map-troubled">
        {troubled.map((node) => (
          <li key={node.service}>
            <button type="button" className="map-trouble" onClick={() => onSelect(node.service)}>
              <ErrorBadge value={node.error_rate} />
              <span className="ellipsis"><Foreign text={node.service} /></span>
            </button>
            {(marks(node.service).alerts.length > 0 || processMark(marks(node.service))) && <MarkBadges marks={marks(node.service)} />}
          </li>
        ))}
      </ul>
      <h3>Reading the map</h3>
      <ul className="map-legend small muted">
        <li>A larger circle has more traffic; an arrow goes from the caller to what it calls.</li>
        <li><Badge tone="good">under 1 %</Badge> <Badge tone="warn">from 1 %</Badge> <Badge tone="bad">from 5 %</Badge> of its spans failed.</li>
        <li>Above a service: active alerts that name it, and whether its process has crashed.</li>
      </ul>
    </aside>
  );
}
