// A run's plugins over time: a row for each attempt, with its error below it.

import { useMemo } from "react";
import type { RunAnswer } from "../../api/types";
import { RunStatusBadge } from "../../components/Badge";
import { Link } from "../../components/Link";
import { Duration, Foreign } from "../../components/Value";
import { duration } from "../../format/numbers";
import { visible } from "../../format/text";
import { useNow } from "../../state/polling";
import { href } from "../../state/router";
import { type Axis, axisOf, type Bar, barsOf } from "./lanes";

export function Gantt({ run }: { run: RunAnswer }) {
  const isRunning = run.status === "running";
  const now = useNow(isRunning ? 1_000 : 60_000);
  const axis = useMemo(() => axisOf(run, now), [run, now]);
  const bars = useMemo(() => barsOf(run, axis), [run, axis]);
  if (bars.length === 0) return <p className="muted card-body">No plugin has been reported{isRunning ? " yet" : ""}.</p>;
  return (
    <div className="table-scroll">
      <table className="table gantt" aria-label="Attempts of plugins">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col" className="fit">Status</th>
            <th scope="col" className="fit align-end secondary">Duration</th>
            <th scope="col" className="gantt-time"><span className="visually-hidden">Time</span><Ticks axis={axis} /></th>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => <Row key={`${bar.step.node_id} ${bar.step.attempt}`} bar={bar} axis={axis} trace={run.trace_id} />)}
        </tbody>
      </table>
      {run.truncated && <p className="muted card-body">The run has more steps than are shown.</p>}
    </div>
  );
}

/** A name that would stand beyond the end is left out. */
const LAST_NAMED = 0.93;

function Ticks({ axis }: { axis: Axis }) {
  const length = axis.end - axis.start;
  return (
    <span className="gantt-ticks" aria-hidden="true">
      {axis.ticks.map((tick) => (
        <span key={tick} className="gantt-tick" style={{ left: `${(tick / length) * 100}%` }}>
          {tick === 0 ? "0" : tick < length * LAST_NAMED ? duration(tick * 1_000) : ""}
        </span>
      ))}
    </span>
  );
}

function Row({ bar: { step, isRetry, place }, axis, trace }: { bar: Bar; axis: Axis; trace: string }) {
  const span = href(["traces", trace], { span: step.span_id });
  return (
    <>
      <tr className={step.error === null ? undefined : "gantt-failed"}>
        <td className={isRetry ? "gantt-node retry" : "gantt-node"}>
          <Link href={span} title="To its span"><Foreign text={step.node_id} /></Link>
          <span className="muted small">
            {" "}
            {step.plugin_type !== null && <Foreign text={step.plugin_type} />}
            {(isRetry || step.attempt > 1) && ` · attempt ${step.attempt}`}
            <span className="run-narrow"><Duration us={step.duration_us} /></span>
          </span>
        </td>
        <td className="fit"><RunStatusBadge status={step.status} /></td>
        <td className="fit align-end secondary"><Duration us={step.duration_us} /></td>
        <td className="gantt-time">
          <span className="gantt-lane" aria-hidden="true">
            {axis.ticks.map((tick) => <span key={tick} className="gantt-line" style={{ left: `${(tick / (axis.end - axis.start)) * 100}%` }} />)}
            {place && <span className={`gantt-bar ${step.status}`} style={{ left: `${place.left}%`, width: `${place.width}%` }} />}
          </span>
        </td>
      </tr>
      {step.error !== null && (
        <tr className="gantt-error">
          <td colSpan={4}><span className="break">{visible(step.error, 2_000)}</span></td>
        </tr>
      )}
    </>
  );
}
