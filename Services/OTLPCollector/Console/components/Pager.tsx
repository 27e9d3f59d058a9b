// Moves through the pages of a list by cursor. Each page is an entry of the history, so that back is the page before. A button that leads nowhere
// keeps the focus, which is why none is disabled as HTML has it.

import type { MouseEvent } from "react";
import { useQuery } from "../state/router";

export function Pager({ next, label }: { next: string | null; label: string }) {
  const [query, change] = useQuery();
  const isFirst = !query.has("cursor");
  if (isFirst && next === null) return null;
  const turn = (cursor: string | null, isPossible: boolean) => (event: MouseEvent<HTMLElement>) => {
    if (!isPossible) return;
    change({ cursor });
    event.currentTarget.closest("section")?.scrollIntoView({ block: "start" });
  };
  return (
    <nav className="row pager" aria-label={`Pages of ${label}`}>
      <button type="button" className="button" aria-disabled={isFirst} onClick={turn(null, !isFirst)}>First page</button>
      <button type="button" className="button" aria-disabled={next === null} onClick={turn(next, next !== null)}>Next page</button>
    </nav>
  );
}
