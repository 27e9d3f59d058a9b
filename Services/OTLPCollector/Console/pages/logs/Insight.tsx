// What a language model makes of a log, where that is switched on.

import { useSyncExternalStore } from "react";
import { argus } from "../../api/argus";
import { ApiError } from "../../api/client";
import { Loading } from "../../components/States";
import { Ago, Foreign } from "../../components/Value";
import { usePolled } from "../../state/polling";

// Known only once somebody asked: a question that is not meant would cost one where insight is on.
let isOff = false;
const listeners = new Set<() => void>();

export function useInsightIsOff(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isOff,
  );
}

async function explain(id: string, signal: AbortSignal) {
  try {
    return await argus.logInsight(id, signal);
  } catch (error) {
    if (error instanceof ApiError && error.code === "insight_disabled") {
      isOff = true;
      listeners.forEach((listener) => listener());
    }
    throw error;
  }
}

export function Insight({ id }: { id: string }) {
  const { data, error, refresh } = usePolled(`log.insight ${id}`, (signal) => explain(id, signal), { every: 0 });
  if (error) {
    return (
      <div className="notice info" role="status">
        <span>{error.message}</span>
        {error.code !== "insight_disabled" && <button type="button" className="button" onClick={refresh}>Try again</button>}
      </div>
    );
  }
  if (!data) return <Loading lines={3} />;
  return (
    <section className="log-insight" aria-label="Explanation">
      <Foreign block text={data.insight} />
      <p className="muted small">By <Foreign text={data.model} />, <Ago value={data.created_at} />. A language model can be wrong.</p>
    </section>
  );
}
