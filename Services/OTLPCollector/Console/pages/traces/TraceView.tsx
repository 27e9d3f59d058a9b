// One trace: its facts, its waterfall, and the span that was chosen.

import { useCallback, useMemo, useState } from "react";
import { argus } from "../../api/argus";
import type { TraceAnswer } from "../../api/types";
import { Card, Page } from "../../components/Page";
import { Empty, Loaded } from "../../components/States";
import { oneLine } from "../../format/text";
import { usePolled } from "../../state/polling";
import { useQuery } from "../../state/router";
import { around, readView, type View, viewText } from "./axis";
import { criticalPath } from "./criticalPath";
import { makeMarks, useSurroundings } from "./marks";
import { SpanDrawer } from "./SpanDrawer";
import { Breadcrumb, Summary } from "./Summary";
import { Toolbar } from "./Toolbar";
import { buildTree, type SpanNode, visibleRows } from "./tree";
import { Waterfall } from "./Waterfall";

// A trace that is younger may still grow.
const YOUNG = 120_000;
// A larger one is not asked for again and again.
const SMALL = 2_000;

export function TraceView({ id }: { id: string }) {
  const [isGrowing, setGrowing] = useState(true);
  const load = async (signal: AbortSignal) => {
    const trace = await argus.trace(id, signal);
    setGrowing(Date.now() - Date.parse(trace.end) < YOUNG && trace.spans.length < SMALL);
    return trace;
  };
  const polled = usePolled(`trace ${id}`, load, { every: isGrowing ? 10_000 : 0 });
  if (polled.error?.status === 404 || polled.error?.status === 400) return <NoTrace id={id} />;
  if (!polled.data) return <Page title="Trace" controls={<Breadcrumb />}><Card><Loaded polled={polled} what="The trace" lines={10}>{() => null}</Loaded></Card></Page>;
  return <Loaded polled={polled} what="The trace">{(trace) => <TraceContent trace={trace} />}</Loaded>;
}

function NoTrace({ id }: { id: string }) {
  return (
    <Page title="Trace" controls={<Breadcrumb />}>
      <Card>
        <Empty title="This trace is not stored">
          <span>It is older than what is kept, it was purged, or its spans have not arrived yet.</span>
          <code className="break">{oneLine(id, 100)}</code>
        </Empty>
      </Card>
    </Page>
  );
}

function TraceContent({ trace }: { trace: TraceAnswer }) {
  const [query, change] = useQuery();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [words, setWords] = useState("");
  const tree = useMemo(() => buildTree(trace), [trace]);
  const path = useMemo(() => criticalPath(tree), [tree]);
  const isPathOnly = query.has("critical");
  const rows = useMemo(() => visibleRows(tree, folded, isPathOnly ? (node) => path.related.has(node) : undefined), [tree, folded, isPathOnly, path]);
  const matches = useMemo(() => new Set(words.trim() === "" ? [] : tree.nodes.filter((node) => matchesWords(node, words))), [tree, words]);
  const surroundings = useSurroundings(trace);
  const marks = useMemo(
    () => makeMarks(trace, tree.base, tree.length, surroundings.processes.data ?? [], surroundings.alerts.data ?? []),
    [trace, tree, surroundings.processes.data, surroundings.alerts.data],
  );
  const zoom = query.get("zoom");
  const view = useMemo(() => readView(zoom, tree.length), [zoom, tree.length]);
  const look = useCallback((next: View) => change({ zoom: viewText(next, tree.length) }, { replace: true }), [change, tree.length]);
  const selected = tree.byID.get(query.get("span") ?? "");
  const [target, setTarget] = useState<{ key: string } | null>(selected ? { key: selected.key } : null);

  const fold = useCallback((node: SpanNode, toFolded?: boolean) => {
    setFolded((before) => {
      const next = new Set(before);
      if (toFolded ?? !before.has(node.key)) next.add(node.key);
      else next.delete(node.key);
      return next;
    });
  }, []);
  const isOpen = selected !== undefined;
  const open = useCallback((node: SpanNode) => change({ span: node.key }, { replace: isOpen }), [change, isOpen]);
  const reveal = (node: SpanNode) => {
    setFolded((before) => {
      const next = new Set(before);
      for (let parent = node.parent; parent; parent = parent.parent) next.delete(parent.key);
      return next;
    });
    if (isPathOnly && !path.related.has(node)) change({ critical: null }, { replace: true });
    setTarget({ key: node.key });
  };

  return (
    <Page title={oneLine(`${trace.root_service}: ${trace.root_operation}`, 160)} controls={<Breadcrumb />}>
      <Summary trace={trace} tree={tree} path={path} surroundings={surroundings} />
      <Card flush>
        <Toolbar
          tree={tree} rows={rows.length} matches={matches} words={words} isPathOnly={isPathOnly} isFolded={folded.size > 0} isZoomed={zoom !== null}
          onWords={setWords} onReveal={reveal}
          onWhole={() => look({ from: 0, to: tree.length })}
          onPathOnly={() => change({ critical: isPathOnly ? null : "1" }, { replace: true })}
          onFoldAll={() => setFolded(folded.size > 0 ? new Set() : new Set(tree.nodes.filter((node) => node.children.length > 0).map((node) => node.key)))}
        />
        <Waterfall
          tree={tree} rows={rows} path={path} marks={marks} folded={folded} matches={matches} selected={selected?.key ?? null} target={target}
          view={view} onView={look} onFold={fold} onOpen={open}
        />
      </Card>
      {selected && (
        <SpanDrawer
          node={selected} tree={tree} stretches={path.stretches.get(selected)} logs={trace.logs} onClose={() => change({ span: null })}
          onZoom={() => look(around(selected.start, selected.end, tree.length))}
          onSelect={(node) => { open(node); reveal(node); }}
        />
      )}
    </Page>
  );
}

function matchesWords({ span }: SpanNode, words: string): boolean {
  const wanted = words.trim().toLowerCase();
  return span.name.toLowerCase().includes(wanted) || span.service.toLowerCase().includes(wanted) || span.span_id === wanted;
}
