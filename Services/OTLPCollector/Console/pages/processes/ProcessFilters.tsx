// Narrows the grid by text and by how processes are.

import { useEffect, useState } from "react";
import type { Process } from "../../api/types";
import { processTone, type Tone } from "../../components/Badge";
import { useQuery } from "../../state/router";
import { GROUPS, type ProcessFilter } from "./model";

export function ProcessFilters({ filter, processes }: { filter: ProcessFilter; processes: readonly Process[] }) {
  const [, change] = useQuery();
  const [text, setText] = useState(filter.text);
  useEffect(() => setText(filter.text), [filter.text]);
  const count = (tone: string) => processes.filter((process) => processTone(process) === tone).length;
  const shown = (Object.entries(GROUPS) as [Tone, string][]).filter(([tone]) => count(tone) > 0 || filter.tone === tone);
  return (
    <div className="row processes-filters" role="search" aria-label="Filters of processes">
      <div className="button-group" role="group" aria-label="State">
        <button type="button" className="button" aria-pressed={filter.tone === null} onClick={() => change({ status: null })}>All {processes.length}</button>
        {shown.map(([tone, title]) => (
          <button key={tone} type="button" className="button" aria-pressed={filter.tone === tone} onClick={() => change({ status: filter.tone === tone ? null : tone })}>
            {title} {count(tone)}
          </button>
        ))}
      </div>
      <input
        className="input processes-text" type="search" aria-label="Name or status" placeholder="Name or status" autoComplete="off" spellCheck={false} value={text}
        onChange={(event) => {
          setText(event.target.value);
          change({ q: event.target.value }, { replace: true });
        }}
      />
    </div>
  );
}
