// What was logged in the minute before and after an entry.

import { useState } from "react";
import { argus } from "../../api/argus";
import type { LogRecord } from "../../api/types";
import { Link } from "../../components/Link";
import { Loaded } from "../../components/States";
import { usePolled } from "../../state/polling";
import { href } from "../../state/router";
import { LogLineContent } from "./LogRow";

const LIMIT = 30;

export function LogContext({ log }: { log: LogRecord }) {
  const [isAll, setAll] = useState(false);
  const polled = usePolled(`log.context ${log.id} ${isAll}`, (signal) => argus.logContext({ id: log.id, limit: LIMIT, all: isAll || undefined }, signal), { every: 0 });
  return (
    <section className="log-context" aria-label="A minute before and after">
      <div className="row">
        <h2>A minute before and after</h2>
        <label className="row small"><input type="checkbox" checked={isAll} onChange={(event) => setAll(event.target.checked)} /> of all services</label>
      </div>
      <Loaded polled={polled} what="The context" lines={3}>
        {({ before, after, truncated }) => (
          <>
            {truncated && <p className="muted small">The nearest {LIMIT} on each side; there are more.</p>}
            <ol className="log-neighbors">
              {before.map((neighbor) => <Neighbor key={neighbor.id} log={neighbor} />)}
              <li className="log-neighbor this" aria-current="true"><LogLineContent log={log} /></li>
              {after.map((neighbor) => <Neighbor key={neighbor.id} log={neighbor} />)}
            </ol>
          </>
        )}
      </Loaded>
    </section>
  );
}

function Neighbor({ log }: { log: LogRecord }) {
  return <li><Link className="log-neighbor" href={href(["logs"], { log: log.id })}><LogLineContent log={log} /></Link></li>;
}
