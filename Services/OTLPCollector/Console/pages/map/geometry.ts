// From places on the map to pixels.

import type { Point } from "./layout";

export interface Size {
  width: number;
  height: number;
}

/** What the reader did to the view: 1 is all of the map. */
export interface View {
  zoom: number;
  x: number;
  y: number;
}

export const WHOLE: View = { zoom: 1, x: 0, y: 0 };

const SIDE = 90;
const TOP = 84;
// Room for a name and the buttons below it.
const BOTTOM = 116;

export interface Projection {
  project: (place: Point) => Point;
  /** Pixels between two places that are 1 apart, where they are closest. */
  scale: number;
}

/** Spreads places over the room there is. Only places are scaled, never text; on a high screen the map runs downwards. */
export function projection(places: ReadonlyMap<string, Point>, { width, height }: Size, view: View): Projection {
  const turned = height > width * 1.15;
  const points = [...places.values()].map((point) => turn(point, turned));
  const [left, right] = bounds(points.map(({ x }) => x));
  const [top, bottom] = bounds(points.map(({ y }) => y));
  const side = Math.min(SIDE, width / 5);
  const x = scale(width - 2 * side, right - left) * view.zoom;
  const y = scale(height - TOP - BOTTOM, bottom - top) * view.zoom;
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const project = (place: Point) => {
    const point = turn(place, turned);
    return { x: width / 2 + (point.x - middle.x) * x + view.x, y: TOP + (height - TOP - BOTTOM) / 2 + (point.y - middle.y) * y + view.y };
  };
  return { project, scale: Math.min(x, y) };
}

function turn({ x, y }: Point, turned: boolean): Point {
  return turned ? { x: y, y: x } : { x, y };
}

function bounds(values: number[]): [number, number] {
  return values.length === 0 ? [0, 0] : [Math.min(...values), Math.max(...values)];
}

function scale(room: number, extent: number): number {
  return extent === 0 ? 1 : Math.min(3.2, Math.max(0.02, room / extent));
}

export interface Curve {
  path: string;
  head: string;
  middle: Point;
}

/** An arrow between two circles; `bend` moves its middle aside, so that calls in both directions can be told apart. */
export function arrow(from: Point, fromRadius: number, to: Point, toRadius: number, bend: number): Curve | null {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length < fromRadius + toRadius + 10) return null;
  const normal = { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
  const control = { x: (from.x + to.x) / 2 + normal.x * bend * 2, y: (from.y + to.y) / 2 + normal.y * bend * 2 };
  const start = towards(from, control, fromRadius + 2);
  const tip = towards(to, control, toRadius + 3);
  const end = towards(to, control, toRadius + 11);
  const side = { x: ((tip.y - end.y) / 8) * 4.5, y: (-(tip.x - end.x) / 8) * 4.5 };
  return {
    path: `M${pixel(start)} Q${pixel(control)} ${pixel(end)}`,
    head: `M${pixel(tip)} L${pixel({ x: end.x + side.x, y: end.y + side.y })} L${pixel({ x: end.x - side.x, y: end.y - side.y })}Z`,
    middle: { x: (start.x + 2 * control.x + end.x) / 4, y: (start.y + 2 * control.y + end.y) / 4 },
  };
}

function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: from.x + ((to.x - from.x) / length) * distance, y: from.y + ((to.y - from.y) / length) * distance };
}

function pixel({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

const MOST_ROOM = 190;
const LINE = 34;

/** Pixels that the name below a place may take without running into that of its neighbour or out of the frame. */
export function roomFor(name: string, places: ReadonlyMap<string, Point>, { width }: Size): number {
  const own = places.get(name) as Point;
  let room = Math.min(MOST_ROOM, Math.max(60, 2 * Math.min(own.x, width - own.x)));
  for (const [other, { x, y }] of places) {
    if (other !== name && Math.abs(y - own.y) < LINE) room = Math.min(room, Math.max(0, Math.abs(x - own.x) - 6));
  }
  return room;
}

/** The nearest other place in the direction of an arrow key. */
export function neighbour(name: string, places: ReadonlyMap<string, Point>, key: string): string | null {
  const from = places.get(name);
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  if (!from || !direction) return null;
  let best: { name: string; distance: number } | null = null;
  for (const [other, place] of places) {
    const along = (place.x - from.x) * (direction[0] as number) + (place.y - from.y) * (direction[1] as number);
    const aside = Math.abs((place.x - from.x) * (direction[1] as number)) + Math.abs((place.y - from.y) * (direction[0] as number));
    if (other === name || along <= 1) continue;
    const distance = along + aside * 2;
    if (!best || distance < best.distance) best = { name: other, distance };
  }
  return best?.name ?? null;
}
