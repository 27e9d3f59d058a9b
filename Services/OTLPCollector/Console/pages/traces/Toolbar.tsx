// What can be done with the waterfall as a whole.

import { type KeyboardEvent, useState } from "react";
import type { SpanNode, Tree } from "./tree";

export interface ToolbarProps {
  tree: Tree;
  rows: number;
  matches: ReadonlySet<SpanNode>;
  words: string;
  isPathOnly: boolean;
  isFolded: boolean;
  isZoomed: boolean;
  onWords: (words: string) => void;
  onReveal: (node: SpanNode) => void;
  onPathOnly: () => void;
  onWhole: () => void;
  onFoldAll: () => void;
}

export function Toolbar(props: ToolbarProps) {
  const { tree, matches, words } = props;
  const [lastError, setLastError] = useState(-1);
  const [lastMatch, setLastMatch] = useState(-1);
  const next = (after: number, isWanted: (node: SpanNode) => boolean) =>
    tree.nodes.find((node) => node.index > after && isWanted(node)) ?? tree.nodes.find(isWanted);
  const nextError = () => {
    const node = next(lastError, ({ span }) => span.status.code === "error");
    if (!node) return;
    setLastError(node.index);
    props.onReveal(node);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    const node = next(lastMatch, (one) => matches.has(one));
    if (!node) return;
    setLastMatch(node.index);
    props.onReveal(node);
  };
  const errors = [...tree.services.values()].reduce((sum, service) => sum + service.errors, 0);
  return (
    <div className="trace-toolbar">
      <input
        className="input trace-find" type="search" aria-label="Find spans by service or operation; Enter goes to the next" placeholder="Find spans, Enter for the next"
        value={words} onKeyDown={onKeyDown}
        onChange={(event) => {
          setLastMatch(-1);
          props.onWords(event.target.value);
        }}
      />
      <span className="muted small" role="status">
        {words.trim() !== "" ? `${matches.size.toLocaleString()} found` : props.rows < tree.nodes.length ? `${props.rows.toLocaleString()} of ${tree.nodes.length.toLocaleString()} spans shown` : ""}
      </span>
      <span className="trace-tools">
        {props.isZoomed && <button type="button" className="button" onClick={props.onWhole}>Whole time</button>}
        {errors > 0 && <button type="button" className="button" onClick={nextError}>Next error</button>}
        <button type="button" className="button" aria-pressed={props.isPathOnly} onClick={props.onPathOnly}><span aria-hidden="true">◆</span> Critical path only</button>
        <button type="button" className="button" onClick={props.onFoldAll}>{props.isFolded ? "Unfold all" : "Fold all"}</button>
      </span>
    </div>
  );
}
