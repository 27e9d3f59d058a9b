// Batches that the database did not take: why, and what can be done with them.

import { useState } from "react";
import { argus } from "../../api/argus";
import type { DeadLetterFile } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Dialog } from "../../components/Dialog";
import { Card } from "../../components/Page";
import { Loaded } from "../../components/States";
import { type Column, Table } from "../../components/Table";
import { attempt, notify } from "../../components/Toast";
import { Bytes, Count, Foreign, Time } from "../../components/Value";
import { usePolled } from "../../state/polling";

export function DeadLetters() {
  const letters = usePolled("dead-letters", argus.deadLetters, { every: 15_000 });
  const [doomed, setDoomed] = useState<DeadLetterFile | null>(null);
  const replay = async (file: DeadLetterFile) => {
    await attempt(() => argus.replayDeadLetter(file.id), "Stored");
    letters.refresh();
  };
  const remove = async (file: DeadLetterFile) => {
    await argus.deleteDeadLetter(file.id);
    notify("good", "Deleted");
    setDoomed(null);
    letters.refresh();
  };
  return (
    <Card title="Dead letters" extra={letters.data && <span className="muted">{letters.data.total} files</span>}>
      <Loaded polled={letters} what="Dead letters" lines={2}>
        {({ files, total, database_away }) => (
          <>
            {database_away && <p className="notice bad" role="status">The database does not answer: batches wait here, and nothing is lost.</p>}
            {files.length === 0 ? (
              <p className="muted">Nothing waits: the database has taken everything.</p>
            ) : (
              <Table label="Dead letters" columns={columns(replay, setDoomed)} rows={files} rowKey={(file) => file.id} />
            )}
            {total > files.length && <p className="muted small">The first {files.length} of {total} files.</p>}
          </>
        )}
      </Loaded>
      {doomed && (
        <Dialog title="Delete these dead letters?" confirm="Delete for good" isDangerous onConfirm={() => remove(doomed)} onCancel={() => setDoomed(null)}>
          <p>
            {doomed.items ?? "An unknown number of"} {doomed.kind ?? "items"} in <span className="mono break">{doomed.id}</span> will be lost.
          </p>
        </Dialog>
      )}
    </Card>
  );
}

function columns(replay: (file: DeadLetterFile) => void, remove: (file: DeadLetterFile) => void): Column<DeadLetterFile>[] {
  return [
    { key: "created", title: "Written", width: "fit", render: (file) => <Time value={file.created} /> },
    { key: "state", title: "State", width: "fit", render: (file) => <Badge tone={file.state === "pending" ? "warn" : "bad"}>{file.state}</Badge> },
    { key: "kind", title: "Signal", width: "fit", render: (file) => file.kind ?? "unknown" },
    { key: "items", title: "Items", align: "end", render: (file) => <Count value={file.items} /> },
    { key: "bytes", title: "Size", align: "end", isSecondary: true, render: (file) => <Bytes value={file.bytes} /> },
    { key: "reason", title: "Reason", width: "wide", render: (file) => <Foreign text={file.reason ?? ""} /> },
    {
      key: "actions", title: "Actions", width: "fit",
      render: (file) => (
        <span className="row">
          <button type="button" className="button small" onClick={() => replay(file)}>Replay</button>
          <button type="button" className="button small danger" onClick={() => remove(file)}>Delete</button>
        </span>
      ),
    },
  ];
}
