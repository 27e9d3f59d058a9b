// Moves through the pages of a list by cursor. Each page is an entry of the history, so that back is the page before.

import { useQuery } from "../state/router";

export function Pager({ next, label }: { next: string | null; label: string }) {
  const [query, change] = useQuery();
  const isFirst = !query.has("cursor");
  if (isFirst && next === null) return null;
  return (
    <nav className="row pager" aria-label={`Pages of ${label}`}>
      <button type="button" className="button" disabled={isFirst} onClick={() => change({ cursor: null })}>First page</button>
      <button type="button" className="button" disabled={next === null} onClick={() => change({ cursor: next })}>Next page</button>
    </nav>
  );
}
