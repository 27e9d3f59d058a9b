// What an error rate means, the same on every page.

import type { Tone } from "../components/Badge";

export const WARN_RATE = 0.01;
export const BAD_RATE = 0.05;

/** From 5 % errors on it is bad, from 1 % on a warning. */
export function errorTone(rate: number): Tone {
  if (rate >= BAD_RATE) return "bad";
  return rate >= WARN_RATE ? "warn" : "good";
}
