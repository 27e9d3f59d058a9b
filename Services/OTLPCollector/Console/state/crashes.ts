// How often every process crashed in a range.

import { useMemo } from "react";
import { argus } from "../api/argus";
import { usePolled } from "./polling";
import type { TimeRange } from "./range";

const MOST_EVENTS = 500;

export interface Named {
  namespace: string;
  name: string;
}

/** Counts crashes by process; where they cannot be asked for, there were none. */
export function useCrashes(range: TimeRange, every: number): (process: Named) => number {
  const load = (signal: AbortSignal) => argus.processEvents({ ...range.parameters, type: "crashed", limit: MOST_EVENTS }, signal);
  const { data, isPrevious } = usePolled(`crashes ${range.key}`, load, { every });
  return useMemo(() => {
    const counts = new Map<string, number>();
    for (const { namespace, process } of isPrevious ? [] : data?.events ?? []) {
      const key = JSON.stringify([namespace, process]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return ({ namespace, name }) => counts.get(JSON.stringify([namespace, name])) ?? 0;
  }, [data, isPrevious]);
}
