// The list of alerts with its filters, and the alert that was chosen beside it.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { argus } from "../../api/argus";
import type { AlertChange } from "../../api/types";
import { Link } from "../../components/Link";
import { Pager } from "../../components/Pager";
import { Empty, Loaded } from "../../components/States";
import { usePolled } from "../../state/polling";
import { href, useQuery } from "../../state/router";
import { AlertDrawer } from "./AlertDrawer";
import { AlertFilters } from "./AlertFilters";
import { AlertTable } from "./AlertTable";
import { triggerCommand } from "./managers/commands";
import { type AlertsFilter, readFilter } from "./listing";
import { type LiveListing, useListing } from "./useListing";
import { useReading } from "./useReading";

export function AlertsView() {
  const [query, change] = useQuery();
  const filter = useMemo(() => readFilter(query), [query]);
  const cursor = query.get("cursor");
  const chosen = query.get("alert");
  const manager = query.get("manager");
  const managers = usePolled("managers", argus.managers, { every: 60_000 });
  const reading = useReading();
  const { versions, hear } = useVersions();
  const live = useListing(filter, cursor, reading.isReading || chosen !== null, hear);
  const { page, listing } = live;

  return (
    <>
      <AlertFilters filter={filter} managers={managers.data?.event_managers ?? []} classes={[...new Set(listing.rows.map((alert) => alert.class))].sort()} />
      <section className="card" aria-label="List of alerts">
        <ListHeader live={live} filter={filter} isFirst={cursor === null} onShow={() => (cursor === null ? live.settle() : change({ cursor: null }))} />
        <div {...reading.handlers}>
          <Loaded polled={page} what="Alerts" lines={8}>
            {() =>
              listing.rows.length === 0 && page.data?.alerts.length === 0 ? (
                <NoAlerts filter={filter} manager={managers.data?.event_managers[0]?.id} />
              ) : (
                <AlertTable listing={listing} versions={versions} chosen={chosen === null ? null : { key: chosen, manager }} />
              )
            }
          </Loaded>
        </div>
        <Pager next={page.data?.next_cursor ?? null} label="alerts" />
      </section>
      {chosen !== null && (
        <AlertDrawer
          key={`${manager}/${chosen}`} dedupKey={chosen} manager={manager} versions={versions} managers={managers.data?.event_managers ?? []}
          onClose={() => change({ alert: null, manager: null })}
        />
      )}
    </>
  );
}

const VERSIONS_PAUSE = 400;
const MOST_VERSIONS = 5_000;

/** How often each alert has changed since the page was opened, so that what is shown of it is read again. Told a few times a second at most. */
function useVersions(): { versions: ReadonlyMap<string, number>; hear: (changes: AlertChange[]) => void } {
  const [versions, setVersions] = useState<ReadonlyMap<string, number>>(new Map());
  const changed = useRef(new Set<string>());
  const timer = useRef<number | undefined>();
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  const hear = useCallback((changes: AlertChange[]) => {
    for (const { alert } of changes) {
      changed.current.add(alert.id);
      if (alert.parent_id !== null) changed.current.add(alert.parent_id);
    }
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      const ids = [...changed.current];
      changed.current.clear();
      setVersions((before) => new Map([...before, ...ids.map((id): [string, number] => [id, (before.get(id) ?? 0) + 1])].slice(-MOST_VERSIONS)));
    }, VERSIONS_PAUSE);
  }, []);
  return { versions, hear };
}

const STREAM_TEXTS = {
  connecting: "Connecting…",
  live: "Live",
  polling: "Not live: asked for every 10 s",
} as const;

function ListHeader({ live, filter, isFirst, onShow }: { live: LiveListing; filter: AlertsFilter; isFirst: boolean; onShow: () => void }) {
  const { page, listing, stream } = live;
  const total = page.data?.total;
  const noun = `${filter.status ?? ""} ${filter.isFlat ? "" : "parent "}alert${total === 1 ? "" : "s"}`.trim();
  return (
    <div className="alerts-header">
      <h2>{total === undefined ? "Alerts" : `${total.toLocaleString()}${page.data?.total_exact ? "" : "+"} ${noun}`}</h2>
      <span className={`alerts-stream ${stream}`} role="status">
        <span className="alerts-dot" aria-hidden="true" />
        {STREAM_TEXTS[stream]}
      </span>
      <span className="alerts-new" role="status">
        {listing.waiting.length > 0 && (
          <button type="button" className="button primary" onClick={onShow}>
            {listing.waiting.length.toLocaleString()} new{isFirst ? "" : " on the first page"}
          </button>
        )}
      </span>
    </div>
  );
}

function NoAlerts({ filter, manager }: { filter: AlertsFilter; manager: string | undefined }) {
  const isNarrow = filter.severities.length > 0 || filter.class !== null || filter.text !== null;
  if (isNarrow) {
    return (
      <Empty title="No alert passes these filters">
        <Link className="button" href={href(["alerts"])}>All active alerts</Link>
      </Empty>
    );
  }
  const command = triggerCommand(location.origin, filter.manager ?? manager ?? "<manager>", null);
  return (
    <Empty title={filter.status === "active" ? "Nothing is wrong" : "There are no such alerts"} command={command}>
      <span>{filter.status === "active" ? "No alert is active." : ""} This would trigger one:</span>
    </Empty>
  );
}
