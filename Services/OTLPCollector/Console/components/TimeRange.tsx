// Chooses a view's time range.

import { type FormEvent, useState } from "react";
import { time } from "../format/times";
import { ends, RANGES, type TimeRange, useRange } from "../state/range";
import { Dialog } from "./Dialog";

export function TimeRangePicker({ fallback }: { fallback?: string }) {
  const { range, setRelative, setAbsolute } = useRange(fallback);
  const [isAsking, setAsking] = useState(false);
  return (
    <div className="button-group" role="group" aria-label="Time range">
      {RANGES.map((length) => (
        <button key={length} type="button" className="button" aria-pressed={range.relative === length} onClick={() => setRelative(length)}>
          {length}
        </button>
      ))}
      <button type="button" className="button" aria-pressed={!RANGES.some((length) => length === range.relative)} onClick={() => setAsking(true)}>
        <CustomLabel range={range} />
      </button>
      {isAsking && <CustomRange range={range} onClose={() => setAsking(false)} onChoose={setAbsolute} />}
    </div>
  );
}

/** Each end is isolated: digits of a script that runs from right to left would make them change places. */
function CustomLabel({ range }: { range: TimeRange }) {
  if (range.relative !== null) return <>{RANGES.some((length) => length === range.relative) ? "Custom" : range.relative}</>;
  const [from, to] = ends(range);
  return <><bdi>{time(from)}</bdi> – <bdi>{time(to)}</bdi></>;
}

/** As an input of type datetime-local holds it. */
function local(milliseconds: number): string {
  return new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function CustomRange({ range, onClose, onChoose }: { range: TimeRange; onClose: () => void; onChoose: (from: number, to: number) => void }) {
  const [[from, to]] = useState(() => ends(range));
  const [start, setStart] = useState(local(from));
  const [end, setEnd] = useState(local(to));
  // What was not touched stays to the millisecond, and in its hour where that comes twice, at the end of summer time.
  const moment = (text: string, before: number) => (text === local(before) ? before : Date.parse(text));
  const choose = () => {
    const chosen: [number, number] = [moment(start, from), moment(end, to)];
    if (!(chosen[0] < chosen[1])) throw new Error("The end must be later than the start.");
    onChoose(...chosen);
    onClose();
  };
  const change = (set: (value: string) => void) => (event: FormEvent<HTMLInputElement>) => set(event.currentTarget.value);
  return (
    <Dialog title="Custom time range" confirm="Show" onConfirm={choose} onCancel={onClose}>
      <label className="field">
        <span>From (local time)</span>
        <input className="input" type="datetime-local" step={1} value={start} onChange={change(setStart)} required />
      </label>
      <label className="field">
        <span>To (local time)</span>
        <input className="input" type="datetime-local" step={1} value={end} onChange={change(setEnd)} required />
      </label>
    </Dialog>
  );
}
