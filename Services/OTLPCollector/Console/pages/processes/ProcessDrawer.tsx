// One process: its state, what happened to it, what it logged, and what alerts say about it.

import { argus } from "../../api/argus";
import type { Process, ProcessesAnswer } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Drawer } from "../../components/Drawer";
import { Link } from "../../components/Link";
import { LogLines } from "../../components/LogLines";
import { RelatedAlerts } from "../../components/RelatedAlerts";
import { Sparkline } from "../../components/Sparkline";
import { Empty, Loaded } from "../../components/States";
import { Ago, Bytes, Count, type Fact, Facts, Foreign } from "../../components/Value";
import { quoted } from "../../state/filter";
import { usePolled } from "../../state/polling";
import { href } from "../../state/router";
import { Cpu, StatusBadge, Uptime } from "./ProcessCard";
import { ProcessCommands } from "./ProcessCommands";
import { ProcessHistory } from "./ProcessHistory";
import { health, troubles } from "./model";

const LOGS_RANGE = "1h";
const SOME_LOGS = 30;

interface ProcessDrawerProps {
  name: string;
  process: Process | undefined;
  isWatched: ProcessesAnswer["watched"];
  onChanged: () => void;
  onClose: () => void;
}

export function ProcessDrawer({ name, process, isWatched, onChanged, onClose }: ProcessDrawerProps) {
  const short = name.slice(name.indexOf("/") + 1);
  return (
    <Drawer title={<Foreign text={name} />} onClose={onClose}>
      {process ? <State process={process} isWatched={isWatched} onChanged={onChanged} /> : <Empty title="No such process is known at present" />}
      <section aria-label="Alerts">
        <h3>Alerts</h3>
        <RelatedAlerts source={name} name={short} className="process" />
      </section>
      <ProcessHistory name={name} />
      <Logs service={short} />
    </Drawer>
  );
}

function State({ process, isWatched, onChanged }: { process: Process; isWatched: boolean; onChanged: () => void }) {
  const state = health(process);
  const { hours, label } = troubles(process);
  return (
    <>
      <div className="row">
        <StatusBadge process={process} />
        {state && <Badge tone={state.tone}>{state.text}</Badge>}
        <span className="process-spacer" />
        <ProcessCommands process={process} isWatched={isWatched} onChanged={onChanged} />
      </div>
      <div>
        <Sparkline values={hours} label={label} width={560} height={36} />
        <p className="muted small">{label}</p>
      </div>
      <Facts facts={facts(process)} />
    </>
  );
}

function facts(process: Process): Fact[] {
  return [
    { name: "Uptime", value: <Uptime process={process} /> },
    { name: "Restarts", value: <Count value={process.restarts} /> },
    { name: "CPU", value: <Cpu process={process} /> },
    { name: "Memory", value: <Bytes value={process.is_running ? process.mem : null} /> },
    { name: "Health check", value: process.has_ready_probe ? <Foreign text={process.is_ready} /> : <span className="muted">none</span> },
    { name: "Process id", value: process.is_running ? <span className="number">{process.pid}</span> : <span className="muted">–</span> },
    { name: "Exit code", value: process.is_running ? <span className="muted">–</span> : <span className="number">{process.exit_code}</span> },
    { name: "Watched by", value: <Foreign text={process.instance} /> },
    { name: "Seen", value: <Ago value={process.updated_at} /> },
  ];
}

function Logs({ service }: { service: string }) {
  const logs = usePolled(`logs of process ${service}`, (signal) => argus.logs({ service, range: LOGS_RANGE, limit: SOME_LOGS }, signal), { every: 10_000 });
  return (
    <section aria-label="Logs">
      <div className="row">
        <h3>Logs of the last hour</h3>
        <span className="process-spacer" />
        <Link className="button small" href={href(["logs"], { q: `service:${quoted(service)}`, range: LOGS_RANGE })}>All of them</Link>
        <Link className="button small" href={href(["traces"], { q: `service:${quoted(service)}`, range: LOGS_RANGE })}>Traces</Link>
      </div>
      <Loaded polled={logs} what="Logs" lines={3}>
        {(data) =>
          data.logs.length === 0 ? (
            <p className="muted">Nothing in the last hour. An adapter started with <code>--logs</code> sends what processes write.</p>
          ) : (
            <LogLines logs={data.logs} />
          )
        }
      </Loaded>
    </section>
  );
}
