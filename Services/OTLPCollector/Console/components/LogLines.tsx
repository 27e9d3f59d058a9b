// A few log records as lines, for pages that show them beside something else.

import type { LogRecord } from "../api/types";
import { oneLine, valueText } from "../format/text";
import { Time } from "./Value";
import { LogSeverityBadge } from "./Badge";

export function LogLines({ logs, withService = false }: { logs: readonly LogRecord[]; withService?: boolean }) {
  return (
    <ol className="log-lines">
      {logs.map((log) => (
        <li key={log.id}>
          <Time value={log.time} precise />
          <LogSeverityBadge severity={log.severity} />
          <span className="log-lines-body mono break">
            {withService && <bdi className="muted">{oneLine(log.service, 80)} </bdi>}
            <bdi>{oneLine(valueText(log.body))}</bdi>
          </span>
        </li>
      ))}
    </ol>
  );
}
