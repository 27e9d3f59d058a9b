// Changes of alerts as they happen. The stream is read with fetch, because EventSource cannot carry a token.

import { useEffect, useRef, useState } from "react";
import { openStream } from "../../api/client";
import type { AlertChange } from "../../api/types";
import { useCredentialsWanted, useIsVisible } from "../../state/polling";
import { EventReader } from "./events";

/** Whether changes arrive by themselves, or the list has to be asked for. */
export type StreamState = "connecting" | "live" | "polling";

export interface StreamHandlers {
  /** Some changes, in their order. */
  onChanges: (changes: AlertChange[]) => void;
  /** Changes were missed: what is known has to be read again. */
  onGap: () => void;
}

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** The server says something every 15 s. */
const LONGEST_SILENCE = 40_000;
/** Changes are handed over together, so that a storm does not draw the page a thousand times a second. */
const BATCH_PAUSE = 150;
const LARGEST_BATCH = 5_000;

/** Follows all alerts, or those of one manager. Pauses while the tab is hidden and resumes where it was. */
export function useAlertStream(manager: string | null, handlers: StreamHandlers): StreamState {
  const [state, setState] = useState<StreamState>("connecting");
  const isVisible = useIsVisible();
  const isBarred = useCredentialsWanted();
  const current = useRef(handlers);
  current.current = handlers;
  const lastID = useRef<string | null>(null);

  useEffect(() => {
    lastID.current = null;
  }, [manager]);

  useEffect(() => {
    if (!isVisible || isBarred) return undefined;
    const abort = new AbortController();
    const batch = new Batch((changes) => current.current.onChanges(changes), () => current.current.onGap());
    const onEvent = (name: string, data: string) => {
      if (name === "alert") batch.add(JSON.parse(data) as AlertChange);
      else if (name === "reset") current.current.onGap();
    };
    const follow = async () => {
      let failures = 0;
      while (!abort.signal.aborted) {
        try {
          await readStream(manager, lastID, abort.signal, onEvent, () => {
            failures = 0;
            setState("live");
            // Without an identifier to resume from, nobody knows what was missed.
            if (lastID.current === null) current.current.onGap();
          });
        } catch {
          failures += 1;
        }
        if (abort.signal.aborted) return;
        setState(failures > 0 ? "polling" : "connecting");
        await pause(backoff(failures), abort.signal);
      }
    };
    void follow();
    return () => {
      abort.abort();
      batch.cancel();
    };
  }, [manager, isVisible, isBarred]);
  return state;
}

/** Grows from try to try, with some chance in it so that many consoles do not return at once. */
function backoff(failures: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, failures - 1)) * (0.75 + Math.random() / 2);
}

async function readStream(
  manager: string | null,
  lastID: { current: string | null },
  signal: AbortSignal,
  onEvent: (name: string, data: string) => void,
  onOpen: () => void,
): Promise<void> {
  const silence = new AbortController();
  const end = () => silence.abort();
  signal.addEventListener("abort", end);
  let watch = window.setTimeout(end, LONGEST_SILENCE);
  try {
    const headers: Record<string, string> = lastID.current === null ? {} : { "Last-Event-ID": lastID.current };
    const stream = await openStream("/v1/alerts/stream", { parameters: { event_manager_id: manager }, headers, signal: silence.signal });
    onOpen();
    const reader = stream.getReader();
    const decoder = new TextDecoder();
    const events = new EventReader(lastID.current);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      window.clearTimeout(watch);
      watch = window.setTimeout(end, LONGEST_SILENCE);
      for (const { name, data } of events.read(decoder.decode(value, { stream: true }))) onEvent(name, data);
      lastID.current = events.lastID;
    }
  } finally {
    window.clearTimeout(watch);
    signal.removeEventListener("abort", end);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      window.clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = window.setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

class Batch {
  private changes: AlertChange[] = [];
  private timer: number | undefined;

  constructor(private readonly deliver: (changes: AlertChange[]) => void, private readonly giveUp: () => void) {}

  add(change: AlertChange): void {
    this.changes.push(change);
    this.timer ??= window.setTimeout(() => this.flush(), BATCH_PAUSE);
  }

  /** What has not been handed over is handed over now: its identifiers count as known. */
  cancel(): void {
    window.clearTimeout(this.timer);
    this.flush();
  }

  private flush(): void {
    this.timer = undefined;
    const changes = this.changes;
    this.changes = [];
    if (changes.length > LARGEST_BATCH) this.giveUp();
    else if (changes.length > 0) this.deliver(changes);
  }
}
