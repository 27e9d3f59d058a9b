// What a language model makes of a log, where that is switched on.

import { argus } from "../../api/argus";
import { Loading } from "../../components/States";
import { Ago, Foreign } from "../../components/Value";
import { usePolled } from "../../state/polling";

/** Whether there is a model to ask; false until that is known. */
export function useHasInsight(): boolean {
  return usePolled("health", argus.health, { every: 60_000 }).data?.insight ?? false;
}

export function Insight({ id }: { id: string }) {
  const { data, error, refresh } = usePolled(`log.insight ${id}`, (signal) => argus.logInsight(id, signal), { every: 0 });
  if (error) {
    return (
      <div className="notice info" role="status">
        <span>{error.message}</span>
        <button type="button" className="button" onClick={refresh}>Try again</button>
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
