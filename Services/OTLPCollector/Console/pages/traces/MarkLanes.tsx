// The marks over the time axis, each in a lane of its own where they would cover each other.

import { useRef, useState } from "react";
import { Link } from "../../components/Link";
import { oneLine } from "../../format/text";
import { position, type View } from "./axis";
import type { Mark } from "./marks";
import { useWidth } from "./useWidth";

const SIGNS: Record<Mark["kind"], string> = { crashed: "✕", restarted: "↻", alert: "!" };
const CHARACTER = 6.4;
const PADDING = 34;
const LONGEST = 340;
const FEW_LANES = 3;
const MOST_MARKS = 60;
// On less than this, marks stand below each other, each over the whole width.
const NARROW = 340;

interface Placed {
  mark: Mark;
  lane: number;
  left: number;
  width: number;
}

export function MarkLanes({ marks, view }: { marks: readonly Mark[]; view: View }) {
  const element = useRef<HTMLDivElement>(null);
  const width = useWidth(element);
  const [isWhole, setWhole] = useState(false);
  const placed = layOut(marks.slice(0, MOST_MARKS), view, width);
  const shown = isWhole ? placed : placed.filter(({ lane }) => lane < FEW_LANES);
  const lanes = shown.reduce((most, { lane }) => Math.max(most, lane + 1), 0);
  const hidden = marks.length - shown.length;
  return (
    <div className="marks-column">
      <div ref={element} className="marks" style={{ height: lanes * 26 }} role="list" aria-label="What else happened">
        {shown.map(({ mark, lane, left, width: chip }) => (
          <div key={mark.key} role="listitem" className="mark-place" style={{ left, top: lane * 26, width: chip }}>
            <Link className={`mark ${mark.kind}`} href={mark.href} title={`${oneLine(mark.name)}: ${mark.when}`}>
              <span aria-hidden="true" className="mark-sign">{SIGNS[mark.kind]}</span>
              <span className="ellipsis">
                <span className="visually-hidden">{mark.kind === "alert" ? "Alert " : "Process "}</span>
                <bdi>{oneLine(mark.name, 120)}</bdi>
              </span>
              <span className="mark-when">{mark.when}</span>
            </Link>
          </div>
        ))}
      </div>
      {isWhole && marks.length > MOST_MARKS && <span className="muted small">{hidden.toLocaleString()} further alerts are not drawn. </span>}
      {(hidden > 0 || isWhole) && (
        <button type="button" className="button plain small" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show fewer" : `${hidden} more`}
        </button>
      )}
    </div>
  );
}

/** Each mark beside its place, or at the end of the view that is nearest to it, in the first lane with room. */
function layOut(marks: readonly Mark[], view: View, width: number): Placed[] {
  if (width < NARROW) return marks.map((mark, lane) => ({ mark, lane, left: 0, width }));
  const taken: [number, number][][] = [];
  return marks.map((mark) => {
    const wanted = Math.min(width, LONGEST, PADDING + (oneLine(mark.name, 120).length + mark.when.length + 1) * CHARACTER);
    const x = position(mark.from, view) * width;
    const left = Math.max(0, Math.min(x, width - wanted));
    let lane = taken.findIndex((ranges) => ranges.every(([from, to]) => left + wanted < from || left > to));
    if (lane < 0) lane = taken.push([]) - 1;
    (taken[lane] as [number, number][]).push([left, left + wanted + 6]);
    return { mark, lane, left, width: wanted };
  });
}
