// Live logs as rows.

import { useEffect, useRef, useState } from "react";
import { LiveLogs, type LiveState } from "../../api/live";
import type { Parameters } from "../../api/client";
import type { LogRecord } from "../../api/types";
import { count, duration } from "../../format/numbers";
import { entryRows, kept, newestID, type Row } from "./rows";

/** What comes faster is shown together. */
const REDRAW = 200;

export interface LiveRows {
  rows: Row[];
  state: LiveState;
  /** Entries that the server left out so far. */
  missed: number;
  retry: () => void;
}

/** Follows while `isOn`, beginning behind `seed`, which is what the list shows already. */
export function useLiveRows(isOn: boolean, parameters: Parameters, seed: readonly LogRecord[]): LiveRows {
  const [rows, setRows] = useState<Row[]>([]);
  const [state, setState] = useState<LiveState>({ is: "off" });
  const [missed, setMissed] = useState(0);
  const live = useRef<LiveLogs | null>(null);
  const key = JSON.stringify(parameters);
  const seeded = useRef(seed);
  seeded.current = seed;

  useEffect(() => {
    if (!isOn) return undefined;
    let buffer = kept(entryRows(seeded.current));
    let notes = 0;
    let timer: number | undefined;
    const add = (added: Row[]) => {
      buffer = kept([...buffer, ...added]);
      timer ??= window.setTimeout(() => {
        timer = undefined;
        setRows(buffer);
      }, REDRAW);
    };
    const note = (text: string) => {
      notes += 1;
      add([{ key: `note ${notes}`, note: text }]);
    };
    setRows(buffer);
    setMissed(0);
    const connection = new LiveLogs(JSON.parse(key) as Parameters, newestID(seeded.current), {
      onState: setState,
      onEntries: (entries) => add(entryRows(entries)),
      onMissed: (number) => {
        setMissed((sum) => sum + number);
        note(`${count(number)} ${number === 1 ? "entry was" : "entries were"} missed here: they came faster than this page takes them.`);
      },
      onGap: () => note("Entries are missing here: they are not kept any more, so that nobody knows how many."),
      onResumed: (away) => note(`There was no connection for ${duration(away * 1_000)}; what came meanwhile follows, as far as it is kept.`),
    });
    live.current = connection;
    return () => {
      window.clearTimeout(timer);
      connection.stop();
      live.current = null;
    };
  }, [isOn, key]);

  return { rows, state, missed, retry: () => live.current?.retry() };
}
