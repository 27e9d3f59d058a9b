// Every transition of an alert, newest first.

import { useState } from "react";
import { argus } from "../../api/argus";
import type { Alert, Json, Transition } from "../../api/types";
import { Loaded } from "../../components/States";
import { Foreign, Time } from "../../components/Value";
import { valueText } from "../../format/text";
import { usePolled } from "../../state/polling";

const MOST_PAGES = 10;
const SOME = 20;

interface Timeline {
  transitions: Transition[];
  total: number;
}

/** The API tells the oldest first, a page at a time. */
async function wholeTimeline(alert: Alert, signal: AbortSignal): Promise<Timeline> {
  const transitions: Transition[] = [];
  let cursor: string | undefined;
  let total = 0;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await argus.alertTimeline(alert.dedupKey, alert.event_manager_id, signal, cursor);
    transitions.push(...answer.transitions);
    total = answer.total;
    if (answer.next_cursor === null) break;
    cursor = answer.next_cursor;
  }
  return { transitions: transitions.reverse(), total };
}

export function AlertTimeline({ alert, version }: { alert: Alert; version: number }) {
  const timeline = usePolled(`timeline ${alert.id} ${version}`, (signal) => wholeTimeline(alert, signal), { every: 30_000 });
  const [isWhole, setWhole] = useState(false);
  return (
    <section aria-label="Timeline">
      <h3>Timeline</h3>
      <Loaded polled={timeline} what="The timeline" lines={4}>
        {({ transitions, total }) => (
          <>
            <ol className="alerts-timeline">
              {(isWhole ? transitions : transitions.slice(0, SOME)).map((transition) => (
                <li key={transition.version} className={transition.type}>
                  <span className="alerts-transition">{label(transition.type)}</span>
                  <Time value={transition.at} precise />
                  {transition.note && <span className="alerts-note break"><Foreign text={transition.note} /></span>}
                  <Cause of={transition.caused_by} />
                </li>
              ))}
            </ol>
            {!isWhole && transitions.length > SOME && (
              <button type="button" className="button" onClick={() => setWhole(true)}>Show all {transitions.length.toLocaleString()}</button>
            )}
            {total > transitions.length && <p className="muted">The newest of {total.toLocaleString()} are beyond what is shown here.</p>}
          </>
        )}
      </Loaded>
    </section>
  );
}

function Cause({ of: cause }: { of: Json }) {
  if (cause === null) return null;
  return <span className="alerts-note muted break">caused by <Foreign text={valueText(cause)} /></span>;
}

/** `resolve_requested` reads "Resolve requested". */
function label(type: string): string {
  const words = type.replace(/_/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
