// The critical path: what would have to be faster for the trace to be faster.

import type { SpanNode, Tree } from "./tree";

/** A stretch of a span that nothing else would have shortened, in nanoseconds since the trace's start. */
export interface Stretch {
  from: number;
  to: number;
}

export interface CriticalPath {
  /** The span whose end it explains; null for a trace without spans. */
  root: SpanNode | null;
  /** Stretches by span, in their order; together they cover the root exactly, without overlap. */
  stretches: Map<SpanNode, Stretch[]>;
  /** The spans on it and their ancestors. */
  related: Set<SpanNode>;
}

/** The share of a consumer's time that may come after its answer. */
const AFTER_ANSWER = 0.02;

/** What is still to be explained: the time of `node` from `from` to `to`, of which it counts only as running until `end`. */
interface Task {
  node: SpanNode;
  from: number;
  to: number;
  end: number;
}

/**
 * Goes back from the root's end: before its own last work, a span waited for the child that ended last; before that one began, for the one that
 * had ended last by then; and so on, within each of those children too. Children that were still running when the next on the path began did
 * not hold it up. A child counts while its parent runs; what a message set off counts for the nearest ancestor that lasted longer.
 */
export function criticalPath(tree: Tree): CriticalPath {
  const root = mainRoot(tree);
  const stretches = new Map<SpanNode, Stretch[]>();
  if (!root) return { root, stretches, related: new Set() };
  const candidates = candidatesBySpan(tree);
  const emit = (node: SpanNode, from: number, to: number) => {
    const known = stretches.get(node);
    if (known) known.push({ from, to });
    else stretches.set(node, [{ from, to }]);
  };
  const tasks: Task[] = [{ node: root, from: root.start, to: root.end, end: root.end }];
  for (let task = tasks.pop(); task; task = tasks.pop()) explain(task, candidates.get(task.node) ?? [], emit, tasks);
  for (const list of stretches.values()) list.sort((left, right) => left.from - right.from);
  if (root.start === root.end) emit(root, root.start, root.end);
  return { root, stretches, related: withAncestors(stretches.keys()) };
}

/** The span that the trace is about: the first without a parent, else the longest of those whose parent is missing. */
function mainRoot(tree: Tree): SpanNode | null {
  const real = tree.roots.find((root) => root.span.parent_span_id === null);
  return real ?? tree.roots.reduce<SpanNode | null>((longest, root) => (longest && longest.end - longest.start >= root.end - root.start ? longest : root), null);
}

function explain({ node, from, to, end }: Task, candidates: readonly SpanNode[], emit: (node: SpanNode, from: number, to: number) => void, tasks: Task[]): void {
  let reached = to;
  const follow = (next: SpanNode, nextTo: number, nextEnd: number) => {
    const nextFrom = Math.max(next.start, from);
    if (nextTo > reached || nextFrom >= nextTo) return false;
    if (nextTo < reached) emit(node, nextTo, reached);
    tasks.push({ node: next, from: nextFrom, to: nextTo, end: nextEnd });
    reached = nextFrom;
    return true;
  };
  for (const candidate of candidates) {
    if (reached <= from) break;
    const candidateEnd = Math.min(candidate.end, end);
    if (!follow(candidate, candidateEnd, candidateEnd)) continue;
    // What a message set off was itself set off by spans between, which may have ended since.
    for (let between = candidate.parent; between && between !== node; between = between.parent) {
      follow(between, Math.min(between.end, reached), between.end);
    }
  }
  if (reached > from) emit(node, from, reached);
}

/** The spans that each span may have waited for, the last to end first. */
function candidatesBySpan(tree: Tree): Map<SpanNode, SpanNode[]> {
  const result = new Map<SpanNode, SpanNode[]>();
  for (const node of tree.nodes) {
    const waiting = whoWaits(node);
    if (!waiting) continue;
    const known = result.get(waiting);
    if (known) known.push(node);
    else result.set(waiting, [node]);
  }
  for (const nodes of result.values()) nodes.sort((left, right) => right.end - left.end || left.start - right.start);
  return result;
}

function whoWaits(node: SpanNode): SpanNode | null {
  const isByMessage = node.span.kind === "consumer" || node.parent?.span.kind === "producer";
  if (!isByMessage) return node.parent;
  // Who answers a message ends its span a little after the one that waited for the answer.
  const answered = node.end - (node.end - node.start) * AFTER_ANSWER;
  let ancestor = node.parent;
  while (ancestor && ancestor.end < answered) ancestor = ancestor.parent;
  return ancestor;
}

/** The same stretches with those joined that less than `gap` keeps apart. */
export function joined(stretches: readonly Stretch[], gap: number): Stretch[] {
  const result: Stretch[] = [];
  for (const { from, to } of stretches) {
    const last = result[result.length - 1];
    if (last && from - last.to < gap) last.to = to;
    else result.push({ from, to });
  }
  return result;
}

function withAncestors(nodes: Iterable<SpanNode>): Set<SpanNode> {
  const result = new Set<SpanNode>();
  for (const node of nodes) {
    for (let one: SpanNode | null = node; one && !result.has(one); one = one.parent) result.add(one);
  }
  return result;
}
