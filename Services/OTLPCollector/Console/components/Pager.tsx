// Moves through the pages of a list by cursor. Each page is an entry of the history, so that back is the page before.

import type { MouseEvent } from "react";
import { useQuery } from "../state/router";

export function Pager({ next, label }: { next: string | null; label: string }) {
  const [query, change] = useQuery();
  const isFirst = !query.has("cursor");
  if (isFirst && next === null) return null;
  const turn = (cursor: string | null) => (event: MouseEvent<HTMLElement>) => {
    change({ cursor });
    event.currentTarget.closest("section")?.scrollIntoView({ block: "start" });
  };
  return (
    <nav className="row pager" aria-label={`Pages of ${label}`}>
      <button type="button" className="button" disabled={isFirst} onClick={turn(null)}>First page</button>
      <button type="button" className="button" disabled={next === null} onClick={turn(next)}>Next page</button>
    </nav>
  );
}
