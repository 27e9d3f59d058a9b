// One row of a list of logs: a line, and all of the entry below it when it is open.

import { memo, useLayoutEffect, useRef } from "react";
import type { LogRecord } from "../../api/types";
import { LogSeverityBadge } from "../../components/Badge";
import { preciseTime, utc } from "../../format/times";
import { oneLine, valueText } from "../../format/text";
import { LogDetails } from "./LogDetails";
import type { Row } from "./rows";

const LONGEST = 500;

export interface LogRowProps {
  row: Row;
  isExpanded: boolean;
  onToggle: (key: string) => void;
  onHeight: (key: string, height: number) => void;
}

export const LogRow = memo(function LogRow({ row, isExpanded, onToggle, onHeight }: LogRowProps) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!isExpanded || !element.current) return undefined;
    const observer = new ResizeObserver(([entry]) => entry && onHeight(row.key, Math.ceil(entry.borderBoxSize[0]?.blockSize ?? 0)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [isExpanded, onHeight, row.key]);
  if (!("log" in row)) return <div role="listitem" className="log-note"><span aria-hidden="true">!</span> {row.note}</div>;
  const { log } = row;
  return (
    <div role="listitem" ref={element} data-key={row.key} className={isExpanded ? "log-row open" : "log-row"}>
      <button type="button" className={`log-line ${log.severity}`} tabIndex={-1} aria-expanded={isExpanded} onClick={() => onToggle(row.key)}>
        <LogLineContent log={log} />
      </button>
      {isExpanded && <LogDetails log={log} />}
    </div>
  );
});

export function LogLineContent({ log }: { log: LogRecord }) {
  const moment = Date.parse(log.time);
  return (
    <>
      <time className="number log-time" dateTime={log.time} title={utc(moment)}>{preciseTime(moment)}</time>
      <span className="log-severity"><LogSeverityBadge severity={log.severity} /></span>
      <bdi className="log-service ellipsis">{oneLine(log.service, 120)}</bdi>
      <bdi className="log-body ellipsis">{summary(log)}</bdi>
    </>
  );
}

/** What an entry says, in one line. */
export function summary(log: LogRecord): string {
  const body = log.body === null || log.body === "" ? "" : oneLine(valueText(log.body), LONGEST).trim();
  const event = log.event_name ? oneLine(log.event_name, 120) : "";
  return [event, body].filter(Boolean).join(": ") || "(empty)";
}
