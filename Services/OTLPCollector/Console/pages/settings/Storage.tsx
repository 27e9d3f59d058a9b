// What is stored, since when, and for how long.

import { argus } from "../../api/argus";
import { Card } from "../../components/Page";
import { Loaded } from "../../components/States";
import { Bytes, Count, Duration, Facts, Time } from "../../components/Value";
import { usePolled } from "../../state/polling";

const HOUR_US = 3_600_000_000;

export function Storage() {
  const stats = usePolled("stats", argus.stats, { every: 30_000 });
  return (
    <Card title="Retention">
      <Loaded polled={stats} what="What is stored" lines={3}>
        {({ stored, retention }) => (
          <Facts
            facts={[
              { name: "Stored", value: <><Count value={stored.spans} /> spans in <Count value={stored.traces} /> traces, <Count value={stored.logs} /> logs</> },
              { name: "Size", value: <><Bytes value={stored.bytes} />{retention.bytes === null ? "" : <> of at most <Bytes value={retention.bytes} /></>}</> },
              { name: "Kept for", value: <><Duration us={retention.hours * HOUR_US} /> <span className="muted">(RETENTION_HOURS, RETENTION_BYTES)</span></> },
              { name: "From", value: <Time value={stored.oldest} /> },
              { name: "To", value: <Time value={stored.newest} /> },
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}
