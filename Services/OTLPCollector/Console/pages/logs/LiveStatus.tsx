// How the live connection is.

import type { LiveState } from "../../api/live";
import { Badge } from "../../components/Badge";
import { count } from "../../format/numbers";
import { useNow } from "../../state/polling";
import { MOST_ROWS } from "./rows";

export function LiveStatus({ state, missed, onRetry }: { state: LiveState; missed: number; onRetry: () => void }) {
  return (
    <div className="row small" role="status">
      <Status state={state} />
      {(state.is === "waiting" || state.is === "failed") && <button type="button" className="button plain" onClick={onRetry}>Try now</button>}
      <span className="muted">The newest {count(MOST_ROWS)} are kept{missed > 0 && `; ${count(missed)} were missed`}.</span>
    </div>
  );
}

function Status({ state }: { state: LiveState }) {
  switch (state.is) {
    case "open": return <Badge tone="good">live</Badge>;
    case "connecting": return <Badge tone="info">connecting</Badge>;
    case "waiting": return <Waiting until={state.until} />;
    case "paused": return <Badge tone="idle">paused while hidden</Badge>;
    case "failed": return <Badge tone="bad">{state.reason}</Badge>;
    case "off": return <Badge tone="idle">off</Badge>;
  }
}

function Waiting({ until }: { until: number }) {
  const now = useNow(500);
  return <Badge tone="warn">connection lost<span aria-hidden="true">, again in {Math.max(0, Math.ceil((until - now) / 1_000))} s</span></Badge>;
}
