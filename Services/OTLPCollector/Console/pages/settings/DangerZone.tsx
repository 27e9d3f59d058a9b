// What cannot be undone, behind a typed word.

import { useState } from "react";
import { argus } from "../../api/argus";
import { TypedDialog } from "../../components/Dialog";
import { Card } from "../../components/Page";
import { notify } from "../../components/Toast";

type Action = "purge" | "vacuum";

export function DangerZone() {
  const [asked, setAsked] = useState<Action | null>(null);
  const purge = async () => {
    const { deleted } = await argus.purge();
    const counts = Object.entries(deleted).map(([what, count]) => `${count.toLocaleString()} ${what}`);
    notify("good", `Purged ${counts.join(", ")}`);
    setAsked(null);
  };
  const vacuum = async () => {
    await argus.vacuum();
    notify("good", "The database was compacted");
    setAsked(null);
  };
  return (
    <Card title="Danger Zone">
      <ul className="settings-dangers">
        <li>
          <span>
            <strong>Purge</strong> <span className="muted">deletes all traces, logs and runs. Alerts stay.</span>
          </span>
          <button type="button" className="button danger" onClick={() => setAsked("purge")}>Purge…</button>
        </li>
        <li>
          <span>
            <strong>Vacuum</strong> <span className="muted">gives deleted space back to the disk. Storing waits for it.</span>
          </span>
          <button type="button" className="button danger" onClick={() => setAsked("vacuum")}>Vacuum…</button>
        </li>
      </ul>
      {asked === "purge" && (
        <TypedDialog title="Purge all telemetry?" word="purge" confirm="Purge everything" onConfirm={purge} onCancel={() => setAsked(null)}>
          <p>Every trace, log and run that is stored will be deleted. This cannot be undone.</p>
        </TypedDialog>
      )}
      {asked === "vacuum" && (
        <TypedDialog title="Vacuum the database?" word="vacuum" confirm="Vacuum" onConfirm={vacuum} onCancel={() => setAsked(null)}>
          <p>The database is written anew. Meanwhile telemetry waits on the bus; nothing is lost.</p>
        </TypedDialog>
      )}
    </Card>
  );
}
