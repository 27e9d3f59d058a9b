// The map drawn: services as circles, calls as arrows. It is moved by dragging, zoomed by its buttons, and walked with the arrow keys.

import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { MapEdge, MapNode } from "../../api/types";
import type { Tone } from "../../components/Badge";
import { duration, percent, rate } from "../../format/numbers";
import { oneLine } from "../../format/text";
import { errorTone } from "../../format/tones";
import { arrow, type Curve, neighbour, projection, roomFor, type Size, type View, WHOLE } from "./geometry";
import type { Point } from "./layout";
import type { Marks } from "./marks";
import { Node } from "./Node";

const MOST_LABELS = 24;
const STEP = 1.3;

export interface GraphProps {
  nodes: MapNode[];
  edges: MapEdge[];
  places: ReadonlyMap<string, Point>;
  marks: (service: string) => Marks;
  selected: string | null;
  onSelect: (service: string | null) => void;
  onArrange: () => void;
}

export function Graph({ nodes, edges, places, marks, selected, onSelect, onArrange }: GraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const [view, setView] = useState<View>(WHOLE);
  const [near, setNear] = useState<string | null>(null);
  const [reached, setReached] = useState<string | null>(null);
  const drag = useDrag(setView);
  useWheel(frame, setView);
  const { points, scale } = useMemo(() => {
    const found = projection(places, size, view);
    const all = nodes.flatMap(({ service }) => (places.has(service) ? [[service, found.project(places.get(service) as Point)] as const] : []));
    return { points: new Map(all), scale: found.scale };
  }, [nodes, places, size, view]);
  const most = nodes.reduce((value, node) => Math.max(value, node.rate), 0);
  const isNarrow = size.width < 600;
  const least = Math.max(6, (isNarrow ? 13 : size.width > 1_500 ? 26 : 18) * Math.min(1, scale * 1.1));
  const rooms = useMemo(() => new Map([...points.keys()].map((service) => [service, roomFor(service, points, size)])), [points, size]);
  const radius = (node: MapNode | undefined) => (node && most > 0 ? least * (1 + Math.sqrt(node.rate / most)) : least);
  const byName = useMemo(() => new Map(nodes.map((node) => [node.service, node])), [nodes]);
  const focus = near ?? selected;
  // One node can be reached by Tab; from there the arrow keys go on.
  const entrance = [reached, selected, nodes[0]?.service].find((name) => name && byName.has(name)) ?? null;

  const onKeyDown = (event: KeyboardEvent<SVGGElement>, service: string) => {
    const next = neighbour(service, points, event.key);
    if (next) {
      event.preventDefault();
      setReached(next);
      frame.current?.querySelector<SVGGElement>(`[data-service="${CSS.escape(next)}"]`)?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onSelect(service);
    } else if (event.key === "Escape") {
      onSelect(null);
    }
  };
  const shown = edges.filter(({ caller, callee }) => points.has(caller) && points.has(callee) && caller !== callee);
  const keys = new Set(shown.map(keyOf));
  const curves = shown.flatMap((edge) => {
    const bend = keys.has(keyOf({ caller: edge.callee, callee: edge.caller })) ? 22 : 0;
    const [from, to] = [points.get(edge.caller) as Point, points.get(edge.callee) as Point];
    const curve = arrow(from, radius(byName.get(edge.caller)), to, radius(byName.get(edge.callee)), bend);
    return curve ? [{ edge, curve }] : [];
  });
  const isAside = ({ caller, callee }: MapEdge) => focus !== null && caller !== focus && callee !== focus;
  const isLabelled = (edge: MapEdge) => (focus !== null ? !isAside(edge) : !isNarrow && shown.length <= MOST_LABELS);

  return (
    <div ref={frame} className="map-frame" onPointerDown={drag.onPointerDown} onPointerMove={drag.onPointerMove} onPointerUp={drag.onPointerUp}>
      {size.width > 0 && (
        <svg
          width={size.width} height={size.height} role="group"
          aria-label={`Service map: ${nodes.length} services. Arrow keys go from one to the next, Enter shows its details.`}
        >
          {curves.map(({ edge, curve }) => <Edge key={keyOf(edge)} edge={edge} curve={curve} isDim={isAside(edge)} />)}
          {curves.map(({ edge, curve }) => isLabelled(edge) && <EdgeLabel key={keyOf(edge)} edge={edge} at={curve.middle} />)}
          {nodes.map((node) => {
            const point = points.get(node.service);
            return point && (
              <Node
                key={node.service} node={node} point={point} radius={radius(node)} marks={marks(node.service)} isSelected={node.service === selected}
                isReachable={node.service === entrance} room={node.service === focus ? Infinity : rooms.get(node.service) ?? 0}
                onSelect={() => !drag.isMoved() && onSelect(node.service)} onKeyDown={(event) => onKeyDown(event, node.service)}
                onNear={(isNear) => setNear(isNear ? node.service : null)} onReach={() => setReached(node.service)}
              />
            );
          })}
        </svg>
      )}
      <div className="map-tools button-group" role="group" aria-label="View">
        <button type="button" className="button" aria-label="Zoom in" onClick={() => setView(zoomed(STEP))}>+</button>
        <button type="button" className="button" aria-label="Zoom out" onClick={() => setView(zoomed(1 / STEP))}>−</button>
        <button type="button" className="button" onClick={() => setView(WHOLE)}>Fit</button>
        <button type="button" className="button" onClick={() => { setView(WHOLE); onArrange(); }}>Arrange</button>
      </div>
    </div>
  );
}

const zoomed = (factor: number) => (view: View): View => {
  const zoom = Math.min(6, Math.max(0.4, view.zoom * factor));
  return { zoom, x: (view.x * zoom) / view.zoom, y: (view.y * zoom) / view.zoom };
};

function useSize(frame: RefObject<HTMLElement>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return size;
}

/** Moves the view with the pointer. */
function useDrag(setView: (change: (view: View) => View) => void) {
  const last = useRef<Point | null>(null);
  const travelled = useRef(0);
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0 || (event.target as Element).closest("button")) return;
      last.current = { x: event.clientX, y: event.clientY };
      travelled.current = 0;
    },
    onPointerMove: (event: PointerEvent) => {
      if (!last.current || event.buttons === 0) return;
      const [x, y] = [event.clientX - last.current.x, event.clientY - last.current.y];
      last.current = { x: event.clientX, y: event.clientY };
      travelled.current += Math.abs(x) + Math.abs(y);
      if (travelled.current > 4) setView((view) => ({ ...view, x: view.x + x, y: view.y + y }));
    },
    onPointerUp: () => {
      last.current = null;
    },
    isMoved: () => travelled.current > 4,
  };
}

/** Zooms with the wheel while Control is held, as pinching on a touchpad does, too; without it the page scrolls. */
function useWheel(frame: RefObject<HTMLElement>, setView: (change: (view: View) => View) => void): void {
  useEffect(() => {
    const element = frame.current;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      setView(zoomed(Math.exp(-event.deltaY / 300)));
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [frame, setView]);
}

function keyOf({ caller, callee }: { caller: string; callee: string }): string {
  return JSON.stringify([caller, callee]);
}

function Edge({ edge, curve, isDim }: { edge: MapEdge; curve: Curve; isDim: boolean }) {
  const figures = `${rate(edge.rate)}, ${percent(edge.error_rate)} errors, p99 ${duration(edge.p99_us)}`;
  return (
    <g className={`map-edge ${errorTone(edge.error_rate)}${isDim ? " dim" : ""}`} aria-hidden="true">
      <title>{`${oneLine(edge.caller, 80)} calls ${oneLine(edge.callee, 80)}: ${figures}`}</title>
      <path className="map-edge-reach" d={curve.path} />
      <path className="map-edge-line" d={curve.path} style={{ strokeWidth: 1.2 + Math.min(3, Math.log10(1 + edge.rate)) }} />
      <path className="map-edge-head" d={curve.head} />
    </g>
  );
}

const EDGE_SIGNS: Partial<Record<Tone, string>> = { bad: "✕ ", warn: "! " };

function EdgeLabel({ edge, at }: { edge: MapEdge; at: Point }) {
  const tone = errorTone(edge.error_rate);
  const first = edge.errors > 0 ? `${rate(edge.rate)} · ${EDGE_SIGNS[tone] ?? ""}${percent(edge.error_rate)}` : rate(edge.rate);
  const second = `p99 ${duration(edge.p99_us)}`;
  const width = Math.max(first.length, second.length) * 6 + 8;
  return (
    <g className={`map-edge-label ${tone}`} transform={`translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`} aria-hidden="true">
      <rect x={-width / 2} y={-16} width={width} height={31} rx={4} />
      <text y={-3}>{first}</text>
      <text y={11}>{second}</text>
    </g>
  );
}
