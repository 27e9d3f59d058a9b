// Where the services of the map lie: a force simulation that depends on nothing but names and calls, so that the same map always looks the same.

export interface Point {
  x: number;
  y: number;
}

export interface Call {
  caller: string;
  callee: string;
}

const COLUMN = 220;
const ROW = 130;
const SPRING = 190;
const LEAST_X = 130;
const LEAST_Y = 104;
const FEW = 14;
const ROUNDS = 260;
/** What one more service adds to the work of a round grows with their number. */
const MOST_WORK = 24_000_000;

interface Body extends Point {
  column: number;
  isFixed: boolean;
  dx: number;
  dy: number;
}

/** Places for all names. Those with a known place keep it; the others find one beside what they call and are called by. */
export function arrange(names: readonly string[], calls: readonly Call[], known: ReadonlyMap<string, Point>): Map<string, Point> {
  const sorted = [...names].sort();
  const members = new Set(sorted);
  const links = calls.filter(({ caller, callee }) => caller !== callee && members.has(caller) && members.has(callee));
  const columns = columnsOf(sorted, links);
  if (known.size > 0) return settle(sorted, links, columns, known);
  return packed(groupsOf(sorted, links).map((group) => settle(group, links.filter(({ caller }) => group.includes(caller)), columns, known)));
}

function settle(names: readonly string[], links: readonly Call[], columns: ReadonlyMap<string, number>, known: ReadonlyMap<string, Point>): Map<string, Point> {
  const starts = names.length > 2 * FEW ? rings(names, links, columns) : inColumns(names, columns);
  const bodies = new Map<string, Body>();
  for (const name of names) {
    const place = known.get(name);
    const start = place ?? beside(name, links, known) ?? (starts.get(name) as Point);
    bodies.set(name, { ...start, column: columns.get(name) as number, isFixed: place !== undefined, dx: 0, dy: 0 });
  }
  relax([...bodies.values()], links.flatMap(({ caller, callee }) => pair(bodies.get(caller), bodies.get(callee))));
  return new Map([...bodies].map(([name, { x, y }]) => [name, { x: Math.round(x), y: Math.round(y) }]));
}

function inColumns(names: readonly string[], columns: ReadonlyMap<string, number>): Map<string, Point> {
  const filled: number[] = [];
  return new Map(names.map((name) => {
    const column = columns.get(name) as number;
    const row = (filled[column] = (filled[column] ?? 0) + 1);
    return [name, { x: column * COLUMN, y: alternate(row) * ROW + jitter(name) }];
  }));
}

/** Columns bent into rings, each service in the direction of one that calls it. */
function rings(names: readonly string[], links: readonly Call[], columns: ReadonlyMap<string, number>): Map<string, Point> {
  const columnOf = (name: string) => columns.get(name) as number;
  const caller = new Map(links.filter(({ caller: from, callee }) => columnOf(from) < columnOf(callee)).map(({ caller: from, callee }) => [callee, from]));
  const angles = new Map<string, number>();
  const result = new Map<string, Point>();
  let radius = 0;
  for (let column = 0; result.size < names.length && column <= names.length; column += 1) {
    const towards = (name: string) => angles.get(caller.get(name) ?? "") ?? 0;
    const ring = names.filter((name) => columnOf(name) === column).sort((a, b) => towards(a) - towards(b));
    radius = Math.max(radius + SPRING, (ring.length * LEAST_X) / (2 * Math.PI));
    ring.forEach((name, index) => {
      const angle = (2 * Math.PI * (index + 0.5)) / ring.length;
      angles.set(name, angle);
      result.set(name, { x: radius * Math.cos(angle) + jitter(name), y: radius * Math.sin(angle) });
    });
  }
  return result;
}

/** Services that are connected, the largest group first. */
function groupsOf(names: string[], links: readonly Call[]): string[][] {
  const group = new Map(names.map((name) => [name, [name]]));
  for (const { caller, callee } of links) {
    const [a, b] = [group.get(caller) as string[], group.get(callee) as string[]];
    if (a === b) continue;
    const joined = [...a, ...b];
    joined.forEach((name) => group.set(name, joined));
  }
  return [...new Set(group.values())].map((found) => found.sort()).sort((a, b) => b.length - a.length || ((a[0] as string) < (b[0] as string) ? -1 : 1));
}

/** Groups beside and below each other, without touching. */
function packed(groups: Map<string, Point>[]): Map<string, Point> {
  const result = new Map<string, Point>();
  const boxes = groups.map((places) => {
    const points = [...places.values()];
    const [left, top] = [Math.min(...points.map(({ x }) => x)), Math.min(...points.map(({ y }) => y))];
    return { places, left, top, width: Math.max(...points.map(({ x }) => x)) - left + COLUMN, height: Math.max(...points.map(({ y }) => y)) - top + ROW };
  });
  const area = boxes.reduce((sum, { width, height }) => sum + width * height, 0);
  const limit = Math.max(Math.sqrt(area * 1.6), ...boxes.map(({ width }) => width));
  const at = { x: 0, y: 0, height: 0 };
  for (const { places, left, top, width, height } of boxes) {
    if (at.x > 0 && at.x + width > limit) Object.assign(at, { x: 0, y: at.y + at.height, height: 0 });
    places.forEach(({ x, y }, name) => result.set(name, { x: x - left + at.x, y: y - top + at.y }));
    at.x += width;
    at.height = Math.max(at.height, height);
  }
  return result;
}

function pair(a: Body | undefined, b: Body | undefined): [Body, Body][] {
  return a && b ? [[a, b]] : [];
}

/** 0, 1, -1, 2, -2, ... */
function alternate(row: number): number {
  return (row % 2 === 0 ? 1 : -1) * Math.floor(row / 2);
}

/** The longest way from a service that nobody calls; callers stand left of what they call. Circles are cut where they close. */
function columnsOf(names: string[], links: readonly Call[]): Map<string, number> {
  const callees = new Map<string, string[]>();
  links.forEach(({ caller, callee }) => callees.set(caller, [...(callees.get(caller) ?? []), callee].sort()));
  const columns = new Map(names.map((name) => [name, 0]));
  const path = new Set<string>();
  let steps = 0;
  const visit = (name: string, column: number) => {
    steps += 1;
    if (path.has(name) || steps > 20_000 || !columns.has(name) || (column > 0 && (columns.get(name) as number) >= column)) return;
    columns.set(name, Math.max(column, columns.get(name) as number));
    path.add(name);
    callees.get(name)?.forEach((callee) => visit(callee, column + 1));
    path.delete(name);
  };
  const called = new Set(links.map(({ callee }) => callee));
  [...names.filter((name) => !called.has(name)), ...names.filter((name) => called.has(name))].forEach((name) => {
    if (!called.has(name) || columns.get(name) === 0) visit(name, 0);
  });
  return columns;
}

function beside(name: string, links: readonly Call[], known: ReadonlyMap<string, Point>): Point | null {
  if (known.size === 0) return null;
  const near = links.flatMap(({ caller, callee }) => {
    const place = caller === name ? known.get(callee) : callee === name ? known.get(caller) : undefined;
    return place ? [{ x: place.x + (caller === name ? -SPRING : SPRING), y: place.y }] : [];
  });
  const all = near.length > 0 ? near : [{ x: 0, y: Math.max(...[...known.values()].map(({ y }) => y)) + ROW }];
  const sum = all.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 });
  return { x: sum.x / all.length + jitter(name), y: sum.y / all.length + jitter(`${name} `) };
}

/** A small number that belongs to a name. */
function jitter(name: string): number {
  let hash = 2_166_136_261;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 16_777_619);
  return ((hash >>> 0) % 400) / 10 - 20;
}

function relax(bodies: Body[], links: [Body, Body][]): void {
  const rounds = Math.min(ROUNDS, Math.floor(MOST_WORK / (bodies.length * bodies.length + 1)));
  // A few services stand in columns; many would make the columns long and thin.
  const order = Math.min(1, FEW / bodies.length);
  for (let round = 0; round < rounds; round += 1) {
    const reach = 24 * (1 - round / rounds) + 0.5;
    bodies.forEach((body) => {
      body.dx = (body.column * COLUMN - body.x) * 0.12 * order * order;
      body.dy = -body.y * 0.015 * order;
    });
    repel(bodies);
    attract(links);
    bodies.forEach((body) => move(body, reach));
  }
  for (let round = 0; round < rounds / 4 && separate(bodies); round += 1);
}

function move(body: Body, reach: number): void {
  if (body.isFixed) return;
  const length = Math.hypot(body.dx, body.dy) || 1;
  const step = Math.min(length, reach) / length;
  body.x += body.dx * step;
  body.y += body.dy * step;
}

function repel(bodies: Body[]): void {
  for (let i = 0; i < bodies.length; i += 1) {
    for (let j = i + 1; j < bodies.length; j += 1) {
      const [a, b] = [bodies[i] as Body, bodies[j] as Body];
      const x = a.x - b.x || 0.1;
      // Names stand below their nodes and are wide: sideways there must be more room.
      const y = (a.y - b.y) * 1.5 || 0.1;
      const square = Math.max(x * x + y * y, 100);
      if (square > 640_000) continue;
      const force = 42_000 / square;
      const length = Math.sqrt(square);
      push(a, b, (x / length) * force, (y / length) * force);
    }
  }
}

/** Moves apart what is too close; false if there was nothing. */
function separate(bodies: Body[]): boolean {
  let isClose = false;
  for (let i = 0; i < bodies.length; i += 1) {
    for (let j = i + 1; j < bodies.length; j += 1) {
      const [a, b] = [bodies[i] as Body, bodies[j] as Body];
      const [x, y] = [(a.x - b.x) / LEAST_X, (a.y - b.y) / LEAST_Y];
      const distance = Math.hypot(x, y) || 0.01;
      if (distance >= 1 || (a.isFixed && b.isFixed)) continue;
      isClose = true;
      const share = (1 - distance) / distance / (a.isFixed || b.isFixed ? 1 : 2);
      if (!a.isFixed) Object.assign(a, { x: a.x + x * share * LEAST_X, y: a.y + (y * share + 0.01) * LEAST_Y });
      if (!b.isFixed) Object.assign(b, { x: b.x - x * share * LEAST_X, y: b.y - (y * share + 0.01) * LEAST_Y });
    }
  }
  return isClose;
}

function attract(links: [Body, Body][]): void {
  for (const [a, b] of links) {
    const [x, y] = [b.x - a.x, b.y - a.y];
    const length = Math.hypot(x, y) || 1;
    const force = (length - SPRING) * 0.06;
    push(a, b, (x / length) * force, (y / length) * force);
  }
}

function push(a: Body, b: Body, x: number, y: number): void {
  a.dx += x;
  a.dy += y;
  b.dx -= x;
  b.dy -= y;
}
