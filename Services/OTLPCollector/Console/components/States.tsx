// What a view shows instead of data: it loads, there is nothing, it failed, it is old.

import type { ReactNode } from "react";
import type { Polled } from "../state/polling";
import { CopyButton } from "./CopyButton";
import { Time } from "./Value";

export function Loading({ lines = 4 }: { lines?: number }) {
  return (
    <div className="card-body" role="status">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="skeleton" aria-hidden="true" style={{ marginBottom: 10, width: `${92 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

/** Nothing to show; `command` would send something. */
export function Empty({ title, children, command }: { title: string; children?: ReactNode; command?: string }) {
  return (
    <div className="state">
      <strong>{title}</strong>
      {children}
      {command && (
        <>
          <pre className="mono">{command}</pre>
          <CopyButton text={command} />
        </>
      )}
    </div>
  );
}

export function Failure({ what, polled }: { what: string; polled: Pick<Polled<unknown>, "error" | "refresh"> }) {
  return (
    <div className="state" role="alert">
      <strong>{polled.error?.isAway ? `${what}: the service does not answer` : `${what} could not be read`}</strong>
      <span>{polled.error?.message}</span>
      <button type="button" className="button" onClick={polled.refresh}>Try again</button>
    </div>
  );
}

/** Shows data by `children`, or what stands in its way. Data that has become old stays, and says so. */
export function Loaded<T>({ polled, what, lines, children }: { polled: Polled<T>; what: string; lines?: number; children: (data: T) => ReactNode }) {
  if (polled.data === undefined) return polled.error ? <Failure what={what} polled={polled} /> : <Loading {...(lines !== undefined && { lines })} />;
  return (
    <>
      <Stale polled={polled} what={what} />
      {children(polled.data)}
    </>
  );
}

/** One line if what is shown is not what is. */
export function Stale({ polled, what }: { polled: Polled<unknown>; what: string }) {
  if (!polled.isStale || polled.data === undefined) return null;
  return (
    <div className="notice warn" role="status">
      <span>
        {what} as of <Time value={polled.updatedAt} />: {polled.error?.message ?? "no answer since then."}
      </span>
      <button type="button" className="button plain" onClick={polled.refresh}>Try again</button>
    </div>
  );
}
