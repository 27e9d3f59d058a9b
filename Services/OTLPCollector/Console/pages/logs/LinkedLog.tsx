// The entry that the URL names, above the list.

import { argus } from "../../api/argus";
import { Card } from "../../components/Page";
import { Empty, Loaded } from "../../components/States";
import { usePolled } from "../../state/polling";
import { LogDetails } from "./LogDetails";
import { LogLineContent } from "./LogRow";

export function LinkedLog({ id, onClose }: { id: string; onClose: () => void }) {
  const polled = usePolled(`log ${id}`, (signal) => argus.log(id, signal), { every: 0 });
  const close = <button type="button" className="button" onClick={onClose}>Close</button>;
  const isGone = polled.error?.status === 404 || polled.error?.status === 400;
  return (
    <Card title="Linked entry" extra={close} flush>
      {isGone ? (
        <Empty title="This entry is not stored">It is older than what is kept, or it was purged.</Empty>
      ) : (
        !polled.isPrevious && (
          <Loaded polled={polled} what="The entry">
            {(log) => (
              <>
                <div className="log-line static"><LogLineContent log={log} /></div>
                <LogDetails key={log.id} log={log} />
              </>
            )}
          </Loaded>
        )
      )}
    </Card>
  );
}
