// The list of alerts: read a page at a time, kept up to date by the stream.

import { useCallback, useEffect, useRef, useState } from "react";
import { argus } from "../../api/argus";
import type { AlertChange, AlertsAnswer } from "../../api/types";
import { type Polled, usePolled } from "../../state/polling";
import { type AlertsFilter, EMPTY, type Listing, PAGE_SIZE, parameters, settled, withChanges, withPage } from "./listing";
import { type StreamState, useAlertStream } from "./useAlertStream";

const EVERY_LIVE = 60_000;
const EVERY_POLLING = 10_000;
/** Totals are read again this long after a change. */
const RECOUNT_PAUSE = 2_000;

export interface LiveListing {
  page: Polled<AlertsAnswer>;
  listing: Listing;
  stream: StreamState;
  /** Shows what is held back. */
  settle: () => void;
}

/** `onChanges` hears of every change, whether it is in the list or not. */
export function useListing(filter: AlertsFilter, cursor: string | null, isReading: boolean, onChanges: (changes: AlertChange[]) => void): LiveListing {
  const asked = { ...parameters(filter), limit: PAGE_SIZE, cursor };
  const key = `alerts ${JSON.stringify(asked)}`;
  const stream = useAlertStream(filter.manager, {
    onChanges: (changes) => {
      onChanges(changes);
      recount();
      setShown((before) => {
        if (before.key !== key) return before;
        const changed = withChanges(before.listing, changes, filter);
        return { key, listing: reading.current || cursor !== null ? changed : settled(changed, filter.sort) };
      });
    },
    onGap: () => recount(),
  });
  const page = usePolled(key, (signal) => argus.alerts(asked, signal), { every: stream === "live" ? EVERY_LIVE : EVERY_POLLING });
  const [shown, setShown] = useState<{ key: string; listing: Listing }>({ key, listing: EMPTY });
  const recount = useRecount(page.refresh);
  const reading = useRef(isReading);
  reading.current = isReading;

  const answer = page.isPrevious ? undefined : page.data;
  useEffect(() => {
    if (!answer) return;
    setShown((before) => ({
      key,
      listing: before.key === key ? withPage(before.listing, answer.alerts, reading.current, filter.sort) : withPage(EMPTY, answer.alerts, false, filter.sort),
    }));
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [answer, key]);

  const settle = useCallback(() => setShown((before) => ({ ...before, listing: settled(before.listing, filter.sort) })), [filter.sort]);
  useEffect(() => {
    if (!isReading && cursor === null) settle();
  }, [isReading, cursor, settle]);
  return { page, listing: shown.listing, stream, settle };
}

function useRecount(refresh: () => void): () => void {
  const timer = useRef<number | undefined>();
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return useCallback(() => {
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      refresh();
    }, RECOUNT_PAUSE);
  }, [refresh]);
}
