// The map as tables: all services, and who calls whom.

import type { MapEdge, MapNode } from "../../api/types";
import { Badge } from "../../components/Badge";
import { type Column, Table } from "../../components/Table";
import { Duration, Foreign, Percent, Rate } from "../../components/Value";
import { errorTone } from "../../format/tones";
import { type Marks, processMark } from "./marks";

export function ErrorBadge({ value }: { value: number }) {
  return <Badge tone={errorTone(value)}><Percent value={value} /></Badge>;
}

function ServiceButton({ name, onSelect }: { name: string; onSelect: (service: string) => void }) {
  return <button type="button" className="button plain map-name" onClick={() => onSelect(name)}><Foreign text={name} /></button>;
}

interface ServiceTableProps {
  nodes: MapNode[];
  marks: (service: string) => Marks;
  selected: string | null;
  onSelect: (service: string) => void;
}

export function ServiceTable({ nodes, marks, selected, onSelect }: ServiceTableProps) {
  const columns: Column<MapNode>[] = [
    { key: "service", title: "Service", width: "wide", render: ({ service }) => <ServiceButton name={service} onSelect={onSelect} /> },
    { key: "rate", title: "Spans", align: "end", render: (node) => <Rate value={node.rate} /> },
    { key: "errors", title: "Errors", align: "end", render: (node) => <ErrorBadge value={node.error_rate} /> },
    { key: "p50", title: "p50", align: "end", isSecondary: true, render: (node) => <Duration us={node.p50_us} /> },
    { key: "p99", title: "p99", align: "end", render: (node) => <Duration us={node.p99_us} /> },
    { key: "marks", title: "Alerts, processes", render: ({ service }) => <MarkBadges marks={marks(service)} /> },
  ];
  return <Table label="Services" columns={columns} rows={nodes} rowKey={({ service }) => service} selected={selected} />;
}

export function MarkBadges({ marks }: { marks: Marks }) {
  const process = processMark(marks);
  if (!process && marks.alerts.length === 0) return <span className="muted">–</span>;
  return (
    <span className="row">
      {process && <Badge tone={process.tone}>{process.text}</Badge>}
      {marks.alerts.length > 0 && <Badge tone="bad">{marks.alerts.length === 1 ? "1 alert" : `${marks.alerts.length} alerts`}</Badge>}
    </span>
  );
}

interface CallTableProps {
  label: string;
  edges: MapEdge[];
  /** The column that would say the same in every row. */
  hide?: "caller" | "callee";
  onSelect: (service: string) => void;
}

export function CallTable({ label, edges, hide, onSelect }: CallTableProps) {
  const columns: Column<MapEdge>[] = [
    { key: "caller", title: "Caller", render: ({ caller }) => <ServiceButton name={caller} onSelect={onSelect} /> },
    { key: "callee", title: "Calls", render: ({ callee }) => <ServiceButton name={callee} onSelect={onSelect} /> },
    { key: "rate", title: "Rate", align: "end", render: (edge) => <Rate value={edge.rate} /> },
    { key: "errors", title: "Errors", align: "end", render: (edge) => <ErrorBadge value={edge.error_rate} /> },
    { key: "p99", title: "p99", align: "end", render: (edge) => <Duration us={edge.p99_us} /> },
  ];
  const shown = columns.filter(({ key }) => key !== hide);
  return <Table label={label} columns={shown} rows={edges} rowKey={({ caller, callee }) => JSON.stringify([caller, callee])} />;
}
