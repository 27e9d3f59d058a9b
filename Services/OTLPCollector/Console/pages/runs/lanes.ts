// Where the attempts of a run's plugins lie on its time axis.

import type { RunAnswer, RunStep } from "../../api/types";

export interface Axis {
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  /** Milliseconds from the start. */
  ticks: number[];
}

export interface Bar {
  step: RunStep;
  /** The node has been tried before. */
  isRetry: boolean;
  /** Both in percent of the axis; null where nobody said when it began. */
  place: { left: number; width: number } | null;
}

const MOST_TICKS = 5;
const NICE = [1, 2, 5, 10];
/** From a minute on people count otherwise: seconds. */
const NICE_LONG = [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400];

export function axisOf(run: RunAnswer, now: number): Axis {
  const told = [run.last_event_at, run.started_at, run.ended_at, ...run.steps.flatMap((step) => [step.started_at, step.ended_at])];
  const times = told.flatMap((time) => (time === null ? [] : [Date.parse(time)]));
  // Not by spread: a run may have more steps than a call may have arguments.
  const start = times.reduce((least, time) => Math.min(least, time));
  const last = times.reduce((most, time) => Math.max(most, time));
  const end = Math.max(start + 1, run.status === "running" ? Math.max(now, last) : last);
  return { start, end, ticks: ticks(end - start) };
}

function ticks(length: number): number[] {
  const step = stepOf(length / MOST_TICKS);
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}

function stepOf(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  if (rough <= 10_000) return (NICE.find((factor) => factor * power >= rough) ?? 10) * power;
  const seconds = NICE_LONG.find((value) => value * 1_000 >= rough) ?? Math.ceil(rough / 86_400_000) * 86_400;
  return seconds * 1_000;
}

/** The attempts in the order of their beginning, those of one node together. */
export function barsOf(run: RunAnswer, axis: Axis): Bar[] {
  const nodes = new Map<string, RunStep[]>();
  for (const step of run.steps) nodes.set(step.node_id, [...(nodes.get(step.node_id) ?? []), step]);
  const groups = [...nodes.values()].map((steps) => steps.sort((left, right) => left.attempt - right.attempt));
  groups.sort((left, right) => beginning(left) - beginning(right));
  return groups.flatMap((steps) => steps.map((step, index) => ({ step, isRetry: index > 0, place: placeOf(step, axis, run.status === "running") })));
}

function beginning(steps: RunStep[]): number {
  return Math.min(...steps.map((step) => Date.parse(step.started_at ?? step.ended_at ?? "") || Infinity));
}

function placeOf(step: RunStep, axis: Axis, isRunning: boolean): Bar["place"] {
  const from = step.started_at ?? step.ended_at;
  if (from === null) return null;
  const start = Date.parse(from);
  // What never ended is drawn up to now, or, in a run that is over, as a mark where it began.
  const end = step.ended_at !== null ? Date.parse(step.ended_at) : isRunning ? axis.end : start;
  const length = axis.end - axis.start;
  return { left: ((start - axis.start) / length) * 100, width: (Math.max(0, end - start) / length) * 100 };
}
