// The time axis: which part of the trace is looked at, and where in it a moment is.

/** Nanoseconds since the trace's start; `to` is always later than `from`. */
export interface View {
  from: number;
  to: number;
}

/** Where a moment is in a view: 0 is its beginning, 1 its end. */
export function position(at: number, view: View): number {
  return (at - view.from) / (view.to - view.from);
}

/** A part of a view as CSS lengths; null for what is outside of it. */
export function extent(from: number, to: number, view: View): { left: string; width: string } | null {
  if (to < view.from || from > view.to) return null;
  const left = Math.max(0, position(from, view));
  return { left: `${left * 100}%`, width: `${(Math.min(1, position(to, view)) - left) * 100}%` };
}

/** A view with something in its middle and a little room around it, within `length`. */
export function around(from: number, to: number, length: number): View {
  const room = Math.max((to - from) * 0.05, length / 10_000, 50);
  return { from: Math.max(0, from - room), to: Math.min(Math.max(length, 1), to + room) };
}

/** A view from the URL's `zoom`, such as `1500-2500`; all of the trace where there is none. */
export function readView(text: string | null, length: number): View {
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(text ?? "");
  const from = Number(match?.[1]);
  const to = Math.min(Number(match?.[2]), length);
  return match && from < to ? { from, to } : { from: 0, to: length };
}

export function viewText(view: View, length: number): string | null {
  return view.from <= 0 && view.to >= length ? null : `${Math.floor(view.from)}-${Math.ceil(view.to)}`;
}

/** Some places of a view at round distances, at most about `most`. */
export function ticks(view: View, most: number): number[] {
  const rough = (view.to - view.from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const result: number[] = [];
  for (let index = Math.ceil(view.from / step); index * step <= view.to; index += 1) result.push(index * step);
  return result;
}
