// Acknowledges and resolves an alert in somebody's name.

import { useState } from "react";
import { argus } from "../../api/argus";
import type { Alert } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { useNamed } from "../../components/Named";
import { attempt, notify } from "../../components/Toast";
import { oneLine } from "../../format/text";

/** The event goes through the bus; without the stream, its effect is looked for after this long. */
const EFFECT_PAUSE = 700;

export function AlertActions({ alert, onDone }: { alert: Alert; onDone: () => void }) {
  const { withName, question } = useNamed();
  const [resolver, setResolver] = useState<string | null>(null);
  if (alert.status === "resolved") return null;

  const lookLater = () => window.setTimeout(onDone, EFFECT_PAUSE);
  const acknowledge = async (name: string) => {
    if (await attempt(() => argus.acknowledgeAlert(alert.dedupKey, alert.event_manager_id, name), `Acknowledged as ${name}`)) lookLater();
  };
  const resolve = async () => {
    await argus.resolveAlert(alert.dedupKey, alert.event_manager_id, resolver ?? "");
    setResolver(null);
    notify("good", waits(alert) ? "Resolve requested: it waits for its children" : "Resolved");
    lookLater();
  };
  return (
    <>
      {alert.acknowledged_at === null && (
        <button type="button" className="button" onClick={() => withName((name) => void acknowledge(name))}>Acknowledge</button>
      )}
      <button type="button" className="button primary" disabled={alert.resolve_requested && waits(alert)} onClick={() => withName(setResolver)}>
        {alert.resolve_requested && waits(alert) ? "Resolve requested" : "Resolve"}
      </button>
      {question}
      {resolver !== null && (
        <Dialog title="Resolve this alert?" confirm={waits(alert) ? "Request resolve" : "Resolve"} onConfirm={resolve} onCancel={() => setResolver(null)}>
          <p className="break">{oneLine(alert.summary, 200)}</p>
          {waits(alert) && (
            <p className="notice info">
              It has {alert.active_child_count} active {alert.active_child_count === 1 ? "child" : "children"} and waits for
              {alert.active_child_count === 1 ? " it" : " them"}: it resolves by itself with the last of them.
            </p>
          )}
          <p className="muted">In the name of {resolver}. A new trigger opens or reactivates it.</p>
        </Dialog>
      )}
    </>
  );
}

function waits(alert: Alert): boolean {
  return alert.active_child_count > 0;
}
