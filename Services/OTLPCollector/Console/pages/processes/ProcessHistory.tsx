// What happened to a process in the last day, newest first.

import { useState } from "react";
import { argus } from "../../api/argus";
import type { ProcessEvent, ProcessEventType } from "../../api/types";
import { Badge, type Tone } from "../../components/Badge";
import { Loaded } from "../../components/States";
import { Time } from "../../components/Value";
import { oneLine } from "../../format/text";
import { usePolled } from "../../state/polling";

const PAGE = 20;
const MOST = 1_000;

const TONES: Record<ProcessEventType, Tone> = {
  started: "good", healthy: "good", crashed: "bad", unhealthy: "warn", restarted: "warn", stopped: "idle", status_changed: "info",
};

export function ProcessHistory({ name }: { name: string }) {
  const [limit, setLimit] = useState(PAGE);
  const events = usePolled(`events of ${name} ${limit}`, (signal) => argus.processEvents({ process: name, limit }, signal), { every: 5_000 });
  return (
    <section aria-label="History">
      <h3>History of the last 24 hours</h3>
      <Loaded polled={events} what="The history" lines={3}>
        {(data) => (
          <>
            {data.events.length === 0 && <p className="muted">Nothing happened to it.</p>}
            <ol className="process-history">
              {data.events.map((event) => (
                <li key={event.sequence}>
                  <Time value={event.timestamp} precise />
                  <Badge tone={TONES[event.type] ?? "idle"}>{event.type.replace(/_/g, " ")}</Badge>
                  <span className="break"><bdi>{oneLine(told(event))}</bdi></span>
                </li>
              ))}
            </ol>
            {data.next_cursor && limit < MOST && (
              <button type="button" className="button" onClick={() => setLimit(Math.min(MOST, limit * 5))}>Show earlier ones</button>
            )}
            {data.next_cursor && limit === MOST && <p className="muted">These are the newest {MOST.toLocaleString()}.</p>}
          </>
        )}
      </Loaded>
    </section>
  );
}

/** What the event adds to its type. */
function told(event: ProcessEvent): string {
  if (event.type === "crashed") return `exit code ${event.exit_code ?? event.state.exit_code}`;
  if (event.type === "restarted") return `restart ${event.restarts ?? event.state.restarts}`;
  if (event.old_status && event.new_status) return `${event.old_status} → ${event.new_status}`;
  return event.state.pid > 0 ? `process ${event.state.pid}` : event.state.status;
}
