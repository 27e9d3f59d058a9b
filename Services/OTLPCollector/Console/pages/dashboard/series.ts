// The dashboard's answers as what its charts draw.

import type { HeatmapAnswer, Quantiles, TrafficAnswer } from "../../api/types";

/** One step of the range. Rates count the seconds of it that are over and within the range. */
export interface TrafficPoint {
  from: number;
  to: number;
  spans: number;
  errors: number;
  /** Spans a second. */
  rate: number;
  /** Errors a spans; null without spans. */
  errorRate: number | null;
}

export interface QuantilePoint extends Partial<Quantiles> {
  from: number;
  to: number;
}

export interface Cell {
  from: number;
  to: number;
  /** Latencies in microseconds. */
  low: number;
  high: number;
  spans: number;
}

/** The steps of an answer, without the one that has only begun: what it counts so far would read as a fall. */
export function trafficPoints(answer: TrafficAnswer, now: number): TrafficPoint[] {
  const points: TrafficPoint[] = [];
  for (const { time, spans, errors } of answer.buckets) {
    const span = covered(time, answer, now);
    if (!span) continue;
    const seconds = (span.to - span.from) / 1_000;
    points.push({ ...span, spans, errors, rate: spans / seconds, errorRate: spans > 0 ? errors / spans : null });
  }
  return points;
}

export function quantilePoints(answer: HeatmapAnswer, now: number): QuantilePoint[] {
  return answer.times.flatMap((time, index) => {
    const span = covered(time, answer, now);
    return span ? [{ ...span, ...answer.quantiles[index] }] : [];
  });
}

export function cells(answer: HeatmapAnswer): Cell[] {
  const [first, last] = [Date.parse(answer.from), Date.parse(answer.to)];
  return answer.cells.flatMap(([timeIndex, bucketIndex, spans]) => {
    const time = answer.times[timeIndex];
    const bucket = answer.latency_buckets_us[bucketIndex];
    if (time === undefined || !bucket) return [];
    const start = Date.parse(time);
    return [{ from: Math.max(start, first), to: Math.min(start + answer.step_seconds * 1_000, last), low: bucket.from, high: bucket.to, spans }];
  });
}

/** What of a step lies within the range and is over; null where that is too little to tell a rate. */
function covered(time: string, answer: { from: string; to: string; step_seconds: number }, now: number): { from: number; to: number } | null {
  const step = answer.step_seconds * 1_000;
  const start = Date.parse(time);
  const from = Math.max(start, Date.parse(answer.from));
  const to = Math.min(start + step, Date.parse(answer.to), now);
  return to - from >= Math.min(step, Math.max(10_000, step / 4)) ? { from, to } : null;
}

/** The whole of an answer in four numbers. */
export function totals(points: { spans: number; errors: number; avg_latency_ms: number }[]): { spans: number; errors: number; averageUs: number | null } {
  const spans = points.reduce((sum, point) => sum + point.spans, 0);
  const errors = points.reduce((sum, point) => sum + point.errors, 0);
  const busy = points.reduce((sum, point) => sum + point.spans * point.avg_latency_ms, 0);
  return { spans, errors, averageUs: spans > 0 ? (busy / spans) * 1_000 : null };
}
