// The spans of a trace as a tree, whatever is wrong with them: parents that are missing, several roots, circles, clocks that differ.

import type { Span, TraceAnswer } from "../../api/types";

export interface SpanNode {
  span: Span;
  /** The span's id; where several have the same, with a number behind it. */
  key: string;
  /** Its place in the order of the tree, parents first. */
  index: number;
  depth: number;
  parent: SpanNode | null;
  /** By start. */
  children: SpanNode[];
  /** Nanoseconds since the first span's start. */
  start: number;
  end: number;
  /** The index after its last descendant. */
  after: number;
  /** Its place among its siblings, from 1, and how many they are. */
  position: number;
  siblings: number;
  /** It names a parent that is not among the spans. */
  isOrphan: boolean;
  /** Its ancestors lead back to it. */
  isInCircle: boolean;
  /** Nanoseconds by which it starts before its parent: clocks differ. */
  early: number;
}

export interface ServiceShare {
  name: string;
  spans: number;
  errors: number;
  /** 1 to 8: which colour it has. */
  color: number;
}

export interface Tree {
  /** All spans, parents first. */
  nodes: SpanNode[];
  roots: SpanNode[];
  /** By key, and so the first by its id. */
  byID: Map<string, SpanNode>;
  /** In the order in which they appear. */
  services: Map<string, ServiceShare>;
  /** Unix nanoseconds of the first start. */
  base: bigint;
  /** Nanoseconds from the first start to the last end; at least 1. */
  length: number;
  maxDepth: number;
}

const COLORS = 8;

export function buildTree(trace: Pick<TraceAnswer, "spans">): Tree {
  const base = trace.spans.reduce((least, span) => (BigInt(span.start_ns) < least ? BigInt(span.start_ns) : least), BigInt(trace.spans[0]?.start_ns ?? 0));
  const all = trace.spans.map((span) => makeNode(span, base));
  all.sort((left, right) => left.start - right.start || right.end - left.end);
  const byID = new Map<string, SpanNode>();
  for (const node of all) name(node, byID);
  const roots = all.filter((node) => !attach(node, byID));
  const nodes: SpanNode[] = [];
  placeAll(roots, nodes);
  // What no root leads to goes round in circles: each is opened at its earliest span.
  for (const node of all) {
    if (node.index >= 0) continue;
    if (node.parent) node.parent.children = node.parent.children.filter((child) => child !== node);
    node.parent = null;
    node.isInCircle = true;
    roots.push(node);
    place(node, nodes);
  }
  finish(roots, nodes);
  return {
    nodes, roots, byID, services: shares(nodes), base,
    length: Math.max(1, all.reduce((latest, node) => Math.max(latest, node.end), 0)),
    maxDepth: nodes.reduce((deepest, node) => Math.max(deepest, node.depth), 0),
  };
}

function makeNode(span: Span, base: bigint): SpanNode {
  const start = Number(BigInt(span.start_ns) - base);
  return {
    span, key: span.span_id, index: -1, depth: 0, parent: null, children: [], start, end: Math.max(start, Number(BigInt(span.end_ns) - base)), after: 0,
    position: 1, siblings: 1, isOrphan: false, isInCircle: false, early: 0,
  };
}

function name(node: SpanNode, byID: Map<string, SpanNode>): void {
  for (let number = 2; byID.has(node.key); number += 1) node.key = `${node.span.span_id}~${number}`;
  byID.set(node.key, node);
}

/** Puts a span under its parent. False if it has none here. */
function attach(node: SpanNode, byID: ReadonlyMap<string, SpanNode>): boolean {
  if (node.span.parent_span_id === null) return false;
  const parent = byID.get(node.span.parent_span_id);
  node.isOrphan = parent === undefined;
  node.isInCircle = parent === node;
  if (!parent || parent === node) return false;
  node.parent = parent;
  parent.children.push(node);
  return true;
}

function placeAll(roots: readonly SpanNode[], nodes: SpanNode[]): void {
  for (const root of roots) place(root, nodes);
}

/** Numbers a span and its descendants. Chains may be as long as the trace, so that nothing here calls itself. */
function place(root: SpanNode, nodes: SpanNode[]): void {
  const waiting = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.index >= 0) continue;
    node.index = nodes.length;
    node.depth = node.parent ? node.parent.depth + 1 : 0;
    node.early = node.parent ? Math.max(0, node.parent.start - node.start) : 0;
    nodes.push(node);
    for (let child = node.children.length - 1; child >= 0; child -= 1) waiting.push(node.children[child] as SpanNode);
  }
}

function finish(roots: readonly SpanNode[], nodes: readonly SpanNode[]): void {
  const number = (siblings: readonly SpanNode[]) =>
    siblings.forEach((node, index) => {
      node.position = index + 1;
      node.siblings = siblings.length;
    });
  number(roots);
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const node = nodes[index] as SpanNode;
    node.after = Math.max(node.after, index + 1);
    if (node.parent) node.parent.after = Math.max(node.parent.after, node.after);
    number(node.children);
  }
}

function shares(nodes: readonly SpanNode[]): Map<string, ServiceShare> {
  const services = new Map<string, ServiceShare>();
  for (const { span } of nodes) {
    const share = services.get(span.service) ?? { name: span.service, spans: 0, errors: 0, color: (services.size % COLORS) + 1 };
    share.spans += 1;
    if (span.status.code === "error") share.errors += 1;
    services.set(span.service, share);
  }
  return services;
}

/** The rows that can be seen: those of `folded` hide what is below them; only those that `keep` accepts, if it is given. */
export function visibleRows(tree: Tree, folded: ReadonlySet<string>, keep?: (node: SpanNode) => boolean): SpanNode[] {
  const rows: SpanNode[] = [];
  for (let index = 0; index < tree.nodes.length; ) {
    const node = tree.nodes[index] as SpanNode;
    if (!keep || keep(node)) rows.push(node);
    index = folded.has(node.key) ? node.after : index + 1;
  }
  return rows;
}

/** Nanoseconds that a span spent on its own, while none of its children ran. */
export function selfTime(node: SpanNode): number {
  let covered = 0;
  let reached = node.start;
  for (const child of node.children) {
    const from = Math.max(reached, child.start);
    const to = Math.min(node.end, child.end);
    if (to > from) {
      covered += to - from;
      reached = to;
    }
  }
  return node.end - node.start - covered;
}
