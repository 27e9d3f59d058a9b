// How long a run took, or has been running.

import type { Run } from "../../api/types";
import { Duration } from "../../components/Value";
import { useNow } from "../../state/polling";

export function RunDuration({ run }: { run: Run }) {
  if (run.status !== "running" || run.started_at === null) return <Duration us={run.duration_us} />;
  return <SoFar start={Date.parse(run.started_at)} />;
}

function SoFar({ start }: { start: number }) {
  const seconds = Math.max(0, Math.round((useNow() - start) / 1_000));
  return <span><Duration us={seconds * 1_000_000} /> <span className="muted">so far</span></span>;
}
