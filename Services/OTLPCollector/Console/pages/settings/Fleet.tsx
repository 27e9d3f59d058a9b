// Every instance of every service: whether it is ready, what is wrong with it, and its live numbers.

import { useEffect, useRef, useState } from "react";
import { argus } from "../../api/argus";
import type { FleetAnswer, ServiceStatus } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Card } from "../../components/Page";
import { Empty, Loaded } from "../../components/States";
import { Ago, Bytes, Count, Duration, Foreign, Rate } from "../../components/Value";
import { usePolled } from "../../state/polling";
import { type Measure, measures } from "./measures";

const EVERY = 10_000;

export function Fleet() {
  const fleet = usePolled("fleet", argus.fleet, { every: EVERY });
  const before = usePrevious(fleet.data);
  return (
    <Card title="Services">
      <Loaded polled={fleet} what="The state of the services">
        {({ services }) =>
          services.length === 0 ? (
            <Empty title="No service has told of itself yet" command="deploy/run" />
          ) : (
            <ul className="grid settings-services">
              {services.map((status) => (
                <li key={`${status.service}.${status.instance}`}>
                  <Instance status={status} before={before.get(key(status))} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function key(status: ServiceStatus): string {
  return `${status.service}.${status.instance}`;
}

/** The last status of each instance whose time differs from that of its newest. */
function usePrevious(answer: FleetAnswer | undefined): Map<string, ServiceStatus> {
  const newest = useRef(new Map<string, ServiceStatus>());
  const [previous, setPrevious] = useState(new Map<string, ServiceStatus>());
  useEffect(() => {
    if (!answer) return;
    const older = newest.current;
    newest.current = new Map(answer.services.map((status) => [key(status), status]));
    setPrevious((known) => {
      const next = new Map<string, ServiceStatus>();
      for (const status of answer.services) {
        const last = older.get(key(status));
        const kept = last && last.timestamp !== status.timestamp ? last : known.get(key(status));
        if (kept) next.set(key(status), kept);
      }
      return next;
    });
  }, [answer]);
  return previous;
}

function Instance({ status, before }: { status: ServiceStatus; before: ServiceStatus | undefined }) {
  const failing = Object.entries(status.checks).filter(([, check]) => !check.ok);
  return (
    <article className="settings-service" aria-label={`${status.service} ${status.instance}`}>
      <header className="row">
        <h3>{status.service}</h3>
        <Badge tone={status.ready ? "good" : "bad"}>{status.ready ? "ready" : "not ready"}</Badge>
      </header>
      <p className="muted small break">
        {status.version}, instance <span className="mono">{status.instance}</span>, started <Ago value={status.started_at} />
      </p>
      {failing.length > 0 && (
        <ul className="settings-checks">
          {failing.map(([name, check]) => (
            <li key={name}>
              <strong>{name}</strong>: <Foreign text={check.detail ?? "fails"} />
            </li>
          ))}
        </ul>
      )}
      <dl className="settings-measures">
        {measures(status, before).map((measure) => (
          <div key={measure.label} className={measure.isWorrying ? "worrying" : undefined}>
            <dt>{measure.label}</dt>
            <dd>
              {measure.isWorrying && <span aria-label="high: ">! </span>}
              <MeasureValue measure={measure} />
            </dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

function MeasureValue({ measure: { value, unit } }: { measure: Measure }) {
  switch (unit) {
    case "count": return <Count value={value} />;
    case "rate": return <Rate value={value} />;
    case "bytes": return <Bytes value={value} />;
    case "seconds": return <Duration us={value === null ? null : value * 1_000_000} />;
  }
}
