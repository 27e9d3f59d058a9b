// Supervised processes: what they are now, what happened to them in the last day, and what can be done about them.

import { useMemo } from "react";
import { argus } from "../../api/argus";
import type { Process, ProcessesAnswer } from "../../api/types";
import { Page } from "../../components/Page";
import { Empty, Loaded } from "../../components/States";
import { Time } from "../../components/Value";
import { type Polled, usePolled } from "../../state/polling";
import { useQuery } from "../../state/router";
import { ProcessCard } from "./ProcessCard";
import { ProcessDrawer } from "./ProcessDrawer";
import { ProcessFilters } from "./ProcessFilters";
import { byNamespace, nameOf, passes, readFilter } from "./model";
import "./processes.css";

const EVERY = 5_000;
const WATCH_COMMAND = "process-adapter --compose-url http://127.0.0.1:28081";

export default function Processes() {
  const processes = usePolled("processes", argus.processes, { every: EVERY });
  return (
    <Page title="Processes">
      <Loaded polled={processes} what="Processes" lines={8}>
        {(data) => <Content data={data} polled={processes} />}
      </Loaded>
    </Page>
  );
}

function Content({ data, polled }: { data: ProcessesAnswer; polled: Polled<ProcessesAnswer> }) {
  const [query, change] = useQuery();
  const filter = useMemo(() => readFilter(query), [query]);
  const shown = data.processes.filter((process) => passes(filter, process));
  const chosen = query.get("process");
  const process = data.processes.find((item) => nameOf(item) === chosen);
  return (
    <>
      <Watch data={data} />
      {data.processes.length > 0 && <ProcessFilters filter={filter} processes={data.processes} />}
      {data.processes.length > 0 && shown.length === 0 && <Empty title="No process passes these filters" />}
      {byNamespace(shown).map(([namespace, members]) => (
        <section key={namespace} aria-label={`Namespace ${namespace}`} className="processes-namespace">
          <h2><bdi>{namespace}</bdi> <span className="muted">{members.length}</span></h2>
          <div className="processes-grid">
            {members.map((item: Process) => <ProcessCard key={nameOf(item)} process={item} isChosen={nameOf(item) === chosen} />)}
          </div>
        </section>
      ))}
      {chosen !== null && (
        <ProcessDrawer key={chosen} name={chosen} process={process} isWatched={data.watched} onChanged={polled.refresh} onClose={() => change({ process: null })} />
      )}
    </>
  );
}

/** Says so when nobody looks: what is shown is then as old as the last look. */
function Watch({ data }: { data: ProcessesAnswer }) {
  if (data.watched && !data.stale_since) return null;
  if (!data.watched && data.processes.length === 0) {
    return (
      <section className="card">
        <Empty title="No process is watched" command={WATCH_COMMAND}>
          <span>A process-adapter beside your process-compose tells Argus of its processes:</span>
        </Empty>
      </section>
    );
  }
  return (
    <div className="notice warn" role="status">
      <span>
        {data.watched ? "The bus does not answer" : "No process-adapter watches at present"}
        {data.stale_since && <>: this is how things were at <Time value={data.stale_since} /></>}.
        {!data.watched && <> Processes cannot be started or stopped from here until one does: <code className="break">{WATCH_COMMAND}</code></>}
      </span>
    </div>
  );
}
