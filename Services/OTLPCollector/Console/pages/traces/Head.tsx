// The head of the waterfall: its time axis, which zooms where one drags over it, and what else happened at that time.

import { type PointerEvent, type RefObject, useState } from "react";
import { duration } from "../../format/numbers";
import { position, type View } from "./axis";
import { MarkLanes } from "./MarkLanes";
import type { Mark } from "./marks";

// A shorter drag was a click.
const SHORTEST_DRAG = 6;
// A label with less room to its right stands on its left.
const WIDEST_LABEL = 52;

interface AxisProps {
  view: View;
  /** Where the axis has its ticks. */
  moments: readonly number[];
  /** The axis' width in pixels. */
  width: number;
  marks: readonly Mark[];
  scale: RefObject<HTMLDivElement>;
  onView: (view: View) => void;
}

export function Axis({ view, moments, width, marks, scale, onView }: AxisProps) {
  return (
    <div className="waterfall-head">
      {marks.length > 0 && (
        <div className="waterfall-columns marks-row">
          <span className="muted small">At that time</span>
          <MarkLanes marks={marks} view={view} />
          <span />
        </div>
      )}
      <div className="waterfall-columns axis">
        <span className="muted small ellipsis">Service and operation</span>
        <Scale view={view} moments={moments} width={width} scale={scale} onView={onView} />
        <span className="muted small span-duration">Duration</span>
      </div>
    </div>
  );
}

function Scale({ view, moments, width, scale, onView }: Omit<AxisProps, "marks">) {
  const [drag, setDrag] = useState<{ start: number; now: number } | null>(null);
  const at = (event: PointerEvent) => {
    const box = scale.current?.getBoundingClientRect();
    return box ? Math.min(box.width, Math.max(0, event.clientX - box.left)) : 0;
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ start: at(event), now: at(event) });
  };
  const onPointerUp = () => {
    if (drag && Math.abs(drag.now - drag.start) >= SHORTEST_DRAG) {
      const moment = (x: number) => view.from + (x / width) * (view.to - view.from);
      onView({ from: moment(Math.min(drag.start, drag.now)), to: moment(Math.max(drag.start, drag.now)) });
    }
    setDrag(null);
  };
  return (
    <div
      ref={scale} className="axis-ticks" aria-hidden="true" title="Drag to zoom" onPointerDown={onPointerDown} onPointerUp={onPointerUp} onPointerCancel={() => setDrag(null)}
      onPointerMove={(event) => drag && setDrag({ ...drag, now: at(event) })}
    >
      {moments.map((moment) => {
        const place = position(moment, view);
        return <span key={moment} className={(1 - place) * width < WIDEST_LABEL ? "axis-tick last" : "axis-tick"} style={{ left: `${place * 100}%` }}>{tickText(moment)}</span>;
      })}
      {drag && <span className="axis-drag" style={{ left: Math.min(drag.start, drag.now), width: Math.abs(drag.now - drag.start) }} />}
    </div>
  );
}

function tickText(nanoseconds: number): string {
  return nanoseconds === 0 ? "0" : duration(nanoseconds / 1_000);
}

/** Lines through all rows, where the axis has its ticks and where something happened. */
export function Lines({ view, moments, marks }: Pick<AxisProps, "view" | "moments" | "marks">) {
  const events = marks.flatMap((mark) => [mark.from, mark.to].map((at) => ({ mark, at }))).filter(({ at }) => at !== null && at >= view.from && at <= view.to);
  return (
    <div className="waterfall-columns waterfall-lines" aria-hidden="true">
      <span />
      <div>
        {moments.map((at) => <span key={at} className="line" style={{ left: `${position(at, view) * 100}%` }} />)}
        {events.map(({ mark, at }) => <span key={`${mark.key} ${at}`} className={`line mark-line ${mark.kind}`} style={{ left: `${position(at as number, view) * 100}%` }} />)}
      </div>
      <span />
    </div>
  );
}
