// One span of the waterfall: its place in the tree, its name and its bar.

import { memo } from "react";
import { duration } from "../../format/numbers";
import { oneLine } from "../../format/text";
import { extent, type View } from "./axis";
import { joined, type Stretch } from "./criticalPath";
import type { SpanNode } from "./tree";

const INDENT = 14;
// Deeper than this, and where the column is narrow, rows do not move further to the right.
const DEEPEST_INDENT = 14;
const WIDEST_INDENT = "35%";
const MOST_EVENTS = 40;
// Of a view; what is closer cannot be told apart.
const SMALLEST_GAP = 1 / 800;

export interface SpanRowProps {
  node: SpanNode;
  id: string;
  view: View;
  color: number;
  stretches: readonly Stretch[] | undefined;
  isFolded: boolean;
  isActive: boolean;
  isSelected: boolean;
  isMatch: boolean;
  onFold: (node: SpanNode) => void;
  onOpen: (node: SpanNode) => void;
}

export const SpanRow = memo(function SpanRow(props: SpanRowProps) {
  const { node, view, color, stretches, isFolded, isActive, isSelected, isMatch } = props;
  const { span } = node;
  const isFailed = span.status.code === "error";
  const bar = extent(node.start, node.end, view);
  const hidden = node.after - node.index - 1;
  const classes = ["span-row", isActive && "active", isSelected && "selected", isMatch && "match", isFailed && "failed"];
  return (
    <div
      id={props.id} className={classes.filter(Boolean).join(" ")} role="treeitem" aria-level={node.depth + 1} aria-posinset={node.position}
      aria-setsize={node.siblings} aria-selected={isSelected} aria-expanded={node.children.length > 0 ? !isFolded : undefined}
      aria-label={label(props)} onClick={() => props.onOpen(node)}
    >
      <div className="span-name" style={{ paddingLeft: `min(${Math.min(node.depth, DEEPEST_INDENT) * INDENT}px, ${WIDEST_INDENT})` }} title={title(node)}>
        {node.children.length > 0 ? (
          <span className="span-fold" aria-hidden="true" onClick={(event) => { event.stopPropagation(); props.onFold(node); }}>{isFolded ? "▸" : "▾"}</span>
        ) : (
          <span className="span-fold" aria-hidden="true" />
        )}
        <span className={`swatch service-${color}`} aria-hidden="true" />
        {isFailed && <span className="span-sign bad" aria-hidden="true">✕</span>}
        {problems(node).length > 0 && <span className="span-sign warn" aria-hidden="true">!</span>}
        <span className="ellipsis" aria-hidden="true">
          <bdi className="span-service">{oneLine(span.service, 80)}</bdi> <bdi>{oneLine(span.name, 160)}</bdi>
          {isFolded && <span className="muted"> +{hidden.toLocaleString()}</span>}
        </span>
      </div>
      <div className="span-time" aria-hidden="true">
        {bar && <span className={`span-bar service-${color}${node.end === node.start ? " instant" : ""}`} style={bar} />}
        {eventTimes(node).map((at, index) => {
          const place = extent(at, at, view);
          return place && <span key={index} className="span-event" style={{ left: place.left }} />;
        })}
        {stretches && joined(stretches, (view.to - view.from) * SMALLEST_GAP).map(({ from, to }) => {
          const place = extent(from, to, view);
          return place && <span key={from} className="span-critical" style={place} />;
        })}
      </div>
      <div className="span-duration number" aria-hidden="true">
        {stretches && <span className="span-on-path" title="On the critical path">◆</span>}
        {duration((node.end - node.start) / 1_000)}
      </div>
    </div>
  );
});

function eventTimes({ span, start }: SpanNode): number[] {
  return span.events.slice(0, MOST_EVENTS).map((event) => start + Number(BigInt(event.time_ns) - BigInt(span.start_ns)));
}

/** What is odd about a span's place, in words. */
export function problems(node: SpanNode): string[] {
  const found: string[] = [];
  if (node.isOrphan) found.push("its parent is missing");
  if (node.isInCircle) found.push("its parents lead back to it");
  if (node.early > 0) found.push(`it starts ${duration(node.early / 1_000)} before its parent: the clocks differ`);
  return found;
}

function title(node: SpanNode): string {
  return [`${oneLine(node.span.service, 120)}: ${oneLine(node.span.name)}`, `level ${node.depth + 1}`, ...problems(node)].join("\n");
}

function label({ node, stretches }: SpanRowProps): string {
  const { span } = node;
  const parts = [oneLine(span.service, 80), oneLine(span.name, 160), duration((node.end - node.start) / 1_000)];
  if (span.status.code === "error") parts.push("error");
  if (stretches) parts.push("on the critical path");
  return [...parts, ...problems(node)].join(", ");
}
