// Data that is asked for again and again while somebody looks.

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { ApiError, credentials } from "../api/client";

export interface Polled<T> {
  /** The newest answer; kept while a newer one is asked for, and when that fails. */
  data: T | undefined;
  error: ApiError | undefined;
  /** Nothing was answered yet. */
  isLoading: boolean;
  /** The data belongs to a question before the present one. */
  isPrevious: boolean;
  /** When the data was answered, by this clock. */
  updatedAt: number | undefined;
  /** The last attempt failed, or has no answer for long. */
  isStale: boolean;
  refresh: () => void;
}

export interface PollOptions {
  /** Milliseconds from an answer to the next question; 0 asks only once. */
  every?: number;
  enabled?: boolean;
}

interface Answer<T> {
  key: string;
  data: T;
  at: number;
}

// What was answered last, so that going back shows it at once.
const CAPACITY = 40;
const answers = new Map<string, Answer<unknown>>();

function remember<T>(answer: Answer<T>): void {
  answers.delete(answer.key);
  answers.set(answer.key, answer);
  const [oldest] = answers.keys();
  if (answers.size > CAPACITY && oldest !== undefined) answers.delete(oldest);
}

const subscribeToVisibility = (listener: () => void) => {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
};

export function useIsVisible(): boolean {
  return useSyncExternalStore(subscribeToVisibility, () => document.visibilityState === "visible");
}

export function useCredentialsWanted(): boolean {
  return useSyncExternalStore(credentials.subscribe, () => credentials.isWanted);
}

/** Milliseconds until a question that is not answered makes what is known old, and until nobody waits for its answer any more. */
const LATE = 10_000;
const TOO_LATE = 40_000;
/** As LATE, where what is known is old already: from before the tab was hidden, or from an earlier visit to the page. */
const LATE_IF_OLD = 1_000;

/** An answer, or an error if none comes in time. `onLate` is called after `late` milliseconds of waiting. */
async function inTime<T>(load: (signal: AbortSignal) => Promise<T>, signal: AbortSignal, late: number, onLate: () => void): Promise<T> {
  const attempt = new AbortController();
  const end = () => attempt.abort();
  signal.addEventListener("abort", end);
  const timers = [window.setTimeout(onLate, late), window.setTimeout(end, TOO_LATE)];
  try {
    return await load(attempt.signal);
  } catch (error) {
    throw attempt.signal.aborted && !signal.aborted ? new ApiError(`There was no answer within ${TOO_LATE / 1_000} s.`, 0, "timeout") : error;
  } finally {
    timers.forEach((timer) => window.clearTimeout(timer));
    signal.removeEventListener("abort", end);
  }
}

/** Asks `load` now and every so often; `key` names the question. Pauses while the tab is hidden or a token is wanted. */
export function usePolled<T>(key: string, load: (signal: AbortSignal) => Promise<T>, { every = 15_000, enabled = true }: PollOptions = {}): Polled<T> {
  const isVisible = useIsVisible();
  const isBarred = useCredentialsWanted();
  const [answer, setAnswer] = useState<Answer<T> | undefined>(() => answers.get(key) as Answer<T> | undefined);
  const [failure, setFailure] = useState<{ key: string; error: ApiError } | undefined>();
  const [lateKey, setLateKey] = useState<string | undefined>();
  const [round, setRound] = useState(0);
  const loader = useRef(load);
  loader.current = load;
  const pause = useRef(every);
  pause.current = every;
  const plan = useRef<() => void>();

  useEffect(() => {
    if (!enabled || !isVisible || isBarred) return undefined;
    const abort = new AbortController();
    let timer: number | undefined;
    let isAsking = false;
    const askLater = () => {
      window.clearTimeout(timer);
      if (!isAsking && pause.current > 0) timer = window.setTimeout(ask, pause.current);
    };
    const ask = async () => {
      isAsking = true;
      const before = answers.get(key);
      const isOld = before !== undefined && Date.now() - before.at > pause.current + LATE;
      try {
        const data = await inTime(loader.current, abort.signal, isOld ? LATE_IF_OLD : LATE, () => setLateKey(key));
        if (abort.signal.aborted) return;
        const newest = { key, data, at: Date.now() };
        remember(newest);
        setAnswer(newest);
        setFailure(undefined);
      } catch (error) {
        if (abort.signal.aborted) return;
        setFailure({ key, error: error instanceof ApiError ? error : new ApiError(String(error), 0, "unexpected") });
      }
      setLateKey(undefined);
      isAsking = false;
      askLater();
    };
    plan.current = askLater;
    void ask();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
      plan.current = undefined;
    };
  }, [key, enabled, isVisible, isBarred, round]);

  // Another interval is no reason to ask at once.
  useEffect(() => plan.current?.(), [every]);

  const known = answer?.key === key ? answer : ((answers.get(key) as Answer<T> | undefined) ?? answer);
  const error = failure?.key === key ? failure.error : undefined;
  return {
    data: known?.data,
    error,
    isLoading: known === undefined && error === undefined,
    isPrevious: known !== undefined && known.key !== key,
    updatedAt: known?.at,
    isStale: known !== undefined && (error !== undefined || lateKey === key),
    refresh: useCallback(() => setRound((value) => value + 1), []),
  };
}

const seconds = new Set<() => void>();
let secondsTimer: number | undefined;

/** Calls `listener` every second while the tab is seen. One timer serves all, however many times a page shows. */
export function subscribeToSeconds(listener: () => void): () => void {
  seconds.add(listener);
  secondsTimer ??= window.setInterval(() => document.visibilityState === "visible" && seconds.forEach((each) => each()), 1_000);
  return () => {
    seconds.delete(listener);
    if (seconds.size > 0) return;
    window.clearInterval(secondsTimer);
    secondsTimer = undefined;
  };
}

/** A clock that ticks while the tab is seen. */
export function useNow(every = 1_000): number {
  const [now, setNow] = useState(Date.now());
  const isVisible = useIsVisible();
  useEffect(() => {
    if (!isVisible) return undefined;
    setNow(Date.now());
    const timer = window.setInterval(() => setNow(Date.now()), every);
    return () => window.clearInterval(timer);
  }, [every, isVisible]);
  return now;
}
