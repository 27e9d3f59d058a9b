// Bridges, which make alerts of what happens to processes and runs: those of a manager, and one click for the usual ones.

import { useState } from "react";
import { argus } from "../../../api/argus";
import type { Bridge, EventManager } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { Dialog } from "../../../components/Dialog";
import { Loaded } from "../../../components/States";
import { attempt, notify } from "../../../components/Toast";
import { Foreign } from "../../../components/Value";
import { usePolled } from "../../../state/polling";

const OFFERS = [
  { source: "process", title: "Alert on any crash", done: "Crashes and failing health of any process alert this manager now" },
  { source: "workflow", title: "Alert on failed runs", done: "Failed and lost runs of any workflow alert this manager now" },
] as const;

export function Bridges({ manager }: { manager: EventManager }) {
  const bridges = usePolled("bridges", argus.bridges, { every: 30_000 });
  const [busy, setBusy] = useState<string | null>(null);
  const [deleted, setDeleted] = useState<Bridge | null>(null);
  const act = async (name: string, work: () => Promise<unknown>, done: string) => {
    setBusy(name);
    await attempt(work, done);
    setBusy(null);
    bridges.refresh();
  };
  const toggle = ({ id, enabled }: Bridge) => void act(id, () => argus.changeBridge(id, { enabled: !enabled }), enabled ? "Bridge switched off" : "Bridge switched on");
  const remove = async () => {
    if (!deleted) return;
    await argus.deleteBridge(deleted.id);
    notify("good", "Bridge deleted");
    setDeleted(null);
    bridges.refresh();
  };
  return (
    <section aria-label="Bridges">
      <h3>Bridges</h3>
      <p className="muted small">They alert this manager of what happens to processes and workflow runs, and resolve when it is over.</p>
      <Loaded polled={bridges} what="Bridges" lines={2}>
        {(data) => {
          const own = data.bridges.filter((bridge) => bridge.event_manager_id === manager.id);
          const offers = OFFERS.filter(({ source }) => !own.some((bridge) => bridge.source === source && isOfEverything(bridge)));
          return (
            <>
              <ul className="alerts-bridges">
                {own.map((bridge) => (
                  <BridgeRow key={bridge.id} bridge={bridge} isBusy={busy === bridge.id} onDelete={() => setDeleted(bridge)} onToggle={() => toggle(bridge)} />
                ))}
              </ul>
              <div className="row">
                {offers.map(({ source, title, done }) => (
                  <button
                    key={source} type="button" className="button" disabled={busy !== null}
                    onClick={() => void act(source, () => argus.createBridge({ source, event_manager_id: manager.id }), done)}
                  >
                    {title}
                  </button>
                ))}
              </div>
            </>
          );
        }}
      </Loaded>
      {deleted && (
        <Dialog title="Delete this bridge?" confirm="Delete" isDangerous onConfirm={remove} onCancel={() => setDeleted(null)}>
          <p className="break"><Foreign text={deleted.name} />: {sentence(deleted)}</p>
          <p className="muted">Alerts that it made stay; nothing resolves them by itself any more.</p>
        </Dialog>
      )}
    </section>
  );
}

function BridgeRow({ bridge, isBusy, onToggle, onDelete }: { bridge: Bridge; isBusy: boolean; onToggle: () => void; onDelete: () => void }) {
  return (
    <li>
      <div className="alerts-bridge-text">
        <span className="row">
          <strong className="break"><Foreign text={bridge.name} /></strong>
          {bridge.enabled ? <Badge tone="good">on</Badge> : <Badge tone="idle">off</Badge>}
        </span>
        <span className="muted small break">{sentence(bridge)}</span>
      </div>
      <button type="button" className="button" disabled={isBusy} onClick={onToggle} aria-label={`Switch ${bridge.name} ${bridge.enabled ? "off" : "on"}`}>
        {bridge.enabled ? "Switch off" : "Switch on"}
      </button>
      <button type="button" className="button danger" onClick={onDelete} aria-label={`Delete ${bridge.name}`}>Delete</button>
    </li>
  );
}

function patterns({ source, match }: Bridge): [string, string] {
  return source === "process" ? [match.namespace ?? "*", match.process ?? "*"] : [match.client ?? "*", match.workflow ?? "*"];
}

function isOfEverything(bridge: Bridge): boolean {
  return patterns(bridge).every((pattern) => pattern === "*");
}

/** "crashed, unhealthy of any process; resolves on healthy, running" */
function sentence(bridge: Bridge): string {
  const { source, match, resolve_on: ends } = bridge;
  const noun = source === "process" ? "process" : "workflow";
  const subject = isOfEverything(bridge) ? `any ${noun}` : `${noun} ${patterns(bridge).join("/")}`;
  const statuses = match.status && match.status.length > 0 ? ` (${match.status.join(", ")})` : "";
  return `${match.types.join(", ")}${statuses} of ${subject}; ${ends.length > 0 ? `resolves on ${ends.join(", ")}` : "resolved by hand"}`;
}
