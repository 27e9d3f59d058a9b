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
  /** The last attempt failed, or it is long ago. */
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

/** Asks `load` now and every so often; `key` names the question. Pauses while the tab is hidden or a token is wanted. */
export function usePolled<T>(key: string, load: (signal: AbortSignal) => Promise<T>, { every = 15_000, enabled = true }: PollOptions = {}): Polled<T> {
  const isVisible = useIsVisible();
  const isBarred = useCredentialsWanted();
  const [answer, setAnswer] = useState<Answer<T> | undefined>(() => answers.get(key) as Answer<T> | undefined);
  const [failure, setFailure] = useState<{ key: string; error: ApiError } | undefined>();
  const [round, setRound] = useState(0);
  const loader = useRef(load);
  loader.current = load;

  useEffect(() => {
    if (!enabled || !isVisible || isBarred) return undefined;
    const abort = new AbortController();
    let timer: number | undefined;
    const ask = async () => {
      try {
        const data = await loader.current(abort.signal);
        if (abort.signal.aborted) return;
        const newest = { key, data, at: Date.now() };
        remember(newest);
        setAnswer(newest);
        setFailure(undefined);
      } catch (error) {
        if (abort.signal.aborted) return;
        setFailure({ key, error: error instanceof ApiError ? error : new ApiError(String(error), 0, "unexpected") });
      }
      if (every > 0) timer = window.setTimeout(ask, every);
    };
    void ask();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [key, every, enabled, isVisible, isBarred, round]);

  const known = answer?.key === key ? answer : ((answers.get(key) as Answer<T> | undefined) ?? answer);
  const error = failure?.key === key ? failure.error : undefined;
  return {
    data: known?.data,
    error,
    isLoading: known === undefined && error === undefined,
    isPrevious: known !== undefined && known.key !== key,
    updatedAt: known?.at,
    isStale: known !== undefined && (error !== undefined || (every > 0 && Date.now() - known.at > 3 * every + 5_000)),
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
