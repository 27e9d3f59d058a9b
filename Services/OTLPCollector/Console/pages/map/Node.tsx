// A service on the map: its size tells its traffic, its colour and sign its errors, what hangs above it its alerts and crashes.

import type { KeyboardEvent } from "react";
import type { MapNode } from "../../api/types";
import type { Tone } from "../../components/Badge";
import { percent, rate } from "../../format/numbers";
import { oneLine } from "../../format/text";
import { errorTone } from "../../format/tones";
import type { Point } from "./layout";
import { type Marks, processMark } from "./marks";

export interface NodeProps {
  node: MapNode;
  point: Point;
  radius: number;
  marks: Marks;
  isSelected: boolean;
  isReachable: boolean;
  /** Pixels for its name. */
  room: number;
  onSelect: () => void;
  onKeyDown: (event: KeyboardEvent<SVGGElement>) => void;
  onNear: (isNear: boolean) => void;
  onReach: () => void;
}

// A circle from this radius on has room for its error rate.
const SPACIOUS = 30;
const LEGIBLE = 7;
const LEAST_ROOM = 44;
const MOST_CHARACTERS = 40;
const SIGNS: Record<Tone, string> = { bad: "✕", warn: "!", good: "✓", info: "i", idle: "–" };

export function Node({ node, point, radius, marks, isSelected, isReachable, room, onSelect, onKeyDown, onNear, onReach }: NodeProps) {
  const tone = node.spans > 0 ? errorTone(node.error_rate) : "idle";
  const name = oneLine(node.service, 200);
  const tags = tagsOf(marks);
  const label = `${name}: ${rate(node.rate)}, ${percent(node.error_rate)} errors${tags.map(({ text }) => `, ${text}`).join("")}`;
  const hasErrorsBelow = radius < SPACIOUS && room > 90 && node.errors > 0;
  return (
    <g
      className={`map-node ${tone}`} transform={`translate(${point.x.toFixed(1)} ${point.y.toFixed(1)})`} data-service={node.service}
      role="button" tabIndex={isReachable ? 0 : -1} aria-label={label} aria-pressed={isSelected} onClick={onSelect} onKeyDown={onKeyDown}
      onFocus={onReach} onPointerEnter={() => onNear(true)} onPointerLeave={() => onNear(false)}
    >
      <title>{label}</title>
      <circle className="map-node-halo" r={radius + 6} />
      <circle className="map-node-body" r={radius} />
      {radius >= LEGIBLE && <text className="map-node-rate" y={4}>{radius >= SPACIOUS ? `${SIGNS[tone]} ${percent(node.error_rate)}` : SIGNS[tone]}</text>}
      {room >= LEAST_ROOM && (
        <>
          <text className="map-node-name" y={radius + 16}>{fitting(name, room)}</text>
          <text className="map-node-traffic" y={radius + 31}>{rate(node.rate)}{hasErrorsBelow ? `, ${percent(node.error_rate)}` : ""}</text>
        </>
      )}
      {tags.map((tag, index) => <Tag key={tag.text} {...tag} y={-radius - 14 - index * 22} />)}
    </g>
  );
}

/** The name, or what of it fits: the part after a colon tells more than that before it. */
function fitting(name: string, room: number): string {
  const most = Math.min(MOST_CHARACTERS, Math.floor(room / 7.2));
  if (name.length <= most) return name;
  const short = name.slice(name.indexOf(":") + 1);
  return short.length <= most ? short : `${short.slice(0, Math.max(1, most - 1))}…`;
}

interface TagOf {
  tone: Tone;
  text: string;
}

function tagsOf(marks: Marks): TagOf[] {
  const { alerts } = marks;
  const process = processMark(marks);
  const tags: TagOf[] = process ? [process] : [];
  if (alerts.length > 0) {
    const tone = alerts.some(({ severity, acknowledged_at }) => severity === "high" && acknowledged_at === null) ? "bad" : "warn";
    tags.push({ tone, text: alerts.length === 1 ? "1 alert" : `${alerts.length} alerts` });
  }
  return tags;
}

function Tag({ tone, text, y }: TagOf & { y: number }) {
  const written = `${SIGNS[tone]} ${text}`;
  const width = written.length * 6.6 + 14;
  return (
    <g className={`map-tag ${tone}`} transform={`translate(0 ${y.toFixed(1)})`}>
      <rect x={-width / 2} y={-10} width={width} height={20} rx={10} />
      <text y={4}>{written}</text>
    </g>
  );
}
