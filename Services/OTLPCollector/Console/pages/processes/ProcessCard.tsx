// One process of the grid.

import type { ReactNode } from "react";
import type { Process } from "../../api/types";
import { Badge, processTone } from "../../components/Badge";
import { Link } from "../../components/Link";
import { Sparkline } from "../../components/Sparkline";
import { Bytes, Count, Duration } from "../../components/Value";
import { oneLine } from "../../format/text";
import { href, useQuery } from "../../state/router";
import { health, nameOf, troubles } from "./model";

export function ProcessCard({ process, isChosen }: { process: Process; isChosen: boolean }) {
  const [query] = useQuery();
  const state = health(process);
  const { hours, label } = troubles(process);
  return (
    <Link
      className={`card process-card ${processTone(process)}`} href={href(["processes"], { ...Object.fromEntries(query), process: nameOf(process) })}
      aria-current={isChosen ? "true" : undefined}
    >
      <span className="process-card-head">
        <strong className="ellipsis" title={oneLine(process.name)}><bdi>{oneLine(process.name)}</bdi></strong>
        <StatusBadge process={process} />
        {state && <Badge tone={state.tone}>{state.text}</Badge>}
      </span>
      <span className="process-card-figures">
        <Figure name="Uptime"><Uptime process={process} /></Figure>
        <Figure name="Restarts"><Count value={process.restarts} /></Figure>
        <Figure name="CPU"><Cpu process={process} /></Figure>
        <Figure name="Memory"><Bytes value={process.is_running ? process.mem : null} /></Figure>
      </span>
      <Sparkline values={hours} label={label} width={240} height={18} />
    </Link>
  );
}

/** The status in process-compose's own word; a failed end says its exit code. */
export function StatusBadge({ process }: { process: Process }) {
  const tone = processTone(process);
  return <Badge tone={tone}>{oneLine(process.status, 40)}{tone === "bad" && !process.is_running && ` (${process.exit_code})`}</Badge>;
}

export function Uptime({ process }: { process: Process }) {
  return <Duration us={process.is_running && process.uptime_ms !== null ? process.uptime_ms * 1_000 : null} />;
}

export function Cpu({ process }: { process: Process }) {
  if (!process.is_running) return <span className="muted">–</span>;
  return <span className="number" title={`${process.cpu} %`}>{process.cpu.toLocaleString(undefined, { maximumFractionDigits: 1 })} %</span>;
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className="process-figure">
      <span className="muted small">{name}</span>
      {children}
    </span>
  );
}
