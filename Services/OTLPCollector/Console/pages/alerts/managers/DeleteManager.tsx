// Deletes a manager, after saying what that would end.

import { useState } from "react";
import { argus } from "../../../api/argus";
import { ApiError } from "../../../api/client";
import type { EventManager } from "../../../api/types";
import { Dialog } from "../../../components/Dialog";
import { notify } from "../../../components/Toast";

export function DeleteManager({ manager, onDeleted, onClose }: { manager: EventManager; onDeleted: () => void; onClose: () => void }) {
  const [active, setActive] = useState<number | null>(null);
  const [bridges, setBridges] = useState<string[]>([]);
  const remove = async () => {
    try {
      // What only the manager uses goes with it, once that has been said.
      for (const bridge of bridges) await withoutBridge(bridge);
      await argus.deleteManager(manager.id, active !== null);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      if (error.code === "active_alerts") return setActive(Number(error.more.active_alerts));
      if (error.code === "manager_in_use") return setBridges(Array.isArray(error.more.bridges) ? error.more.bridges.map(String) : []);
      throw error;
    }
    notify("good", "Manager deleted");
    onDeleted();
  };
  const isForced = active !== null || bridges.length > 0;
  return (
    <Dialog title={`Delete ${manager.name}?`} confirm={isForced ? "Delete all the same" : "Delete"} isDangerous onConfirm={remove} onCancel={onClose}>
      <p>Events for it are refused from then on, and its routing key stops working.</p>
      {active !== null && (
        <p className="notice warn" role="alert">It has {active.toLocaleString()} active {active === 1 ? "alert" : "alerts"}, which would be resolved.</p>
      )}
      {bridges.length > 0 && (
        <p className="notice warn" role="alert">{bridges.length === 1 ? "A bridge feeds" : `${bridges.length} bridges feed`} it, and would be deleted with it.</p>
      )}
    </Dialog>
  );
}

/** Deletes a bridge, or finds that it is gone. */
async function withoutBridge(id: string): Promise<void> {
  try {
    await argus.deleteBridge(id);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
}
