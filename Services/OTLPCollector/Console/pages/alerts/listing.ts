// What a list of alerts shows while alerts change: rows stay where they are until whoever reads them lets go.

import type { Alert, AlertChange } from "../../api/types";

export const PAGE_SIZE = 50;
export const SEVERITIES = ["high", "medium", "low"] as const;
export const SORTS = { "-created_at": "Newest first", "-updated_at": "Changed last", "-severity": "Most severe first" } as const;
export type Sort = keyof typeof SORTS;

/** What the URL narrows the list to. */
export interface AlertsFilter {
  status: "active" | "resolved" | null;
  severities: string[];
  manager: string | null;
  class: string | null;
  text: string | null;
  /** Children as rows of their own. */
  isFlat: boolean;
  sort: Sort;
}

export function readFilter(query: URLSearchParams): AlertsFilter {
  const status = query.get("status");
  const sort = query.get("sort");
  return {
    status: status === "all" ? null : status === "resolved" ? "resolved" : "active",
    severities: (query.get("severity") ?? "").split(",").filter((value) => (SEVERITIES as readonly string[]).includes(value)),
    manager: query.get("owner"),
    class: query.get("class"),
    text: query.get("q"),
    isFlat: query.get("children") === "rows",
    sort: sort !== null && sort in SORTS ? (sort as Sort) : "-created_at",
  };
}

/** The filter as the API takes it. */
export function parameters(filter: AlertsFilter): Record<string, string | null> {
  return {
    status: filter.status,
    severity: filter.severities.join(","),
    event_manager_id: filter.manager,
    class: filter.class,
    q: filter.text,
    type: filter.isFlat ? null : "parent",
    sort: filter.sort,
  };
}

/** Whether an alert belongs into the list, as the API judges it. */
export function matches(filter: AlertsFilter, alert: AlertChange["alert"]): boolean {
  return (
    (filter.status === null || alert.status === filter.status) &&
    (filter.severities.length === 0 || filter.severities.includes(alert.severity)) &&
    (filter.manager === null || alert.event_manager_id === filter.manager) &&
    (filter.class === null || alert.class === filter.class) &&
    (filter.text === null || alert.summary.toLowerCase().includes(filter.text.toLowerCase())) &&
    (filter.isFlat || alert.type === "parent")
  );
}

export interface Listing {
  rows: readonly Alert[];
  /** Alerts that belong into the list and are held back, newest first. */
  waiting: readonly Alert[];
  /** Rows that were put in by themselves, to be pointed out. */
  fresh: ReadonlySet<string>;
}

export const EMPTY: Listing = { rows: [], waiting: [], fresh: new Set() };

/** A page as it was read. While somebody reads, known rows change in place and unknown ones wait. */
export function withPage(listing: Listing, page: readonly Alert[], isReading: boolean, sort: Sort): Listing {
  if (!isReading || listing.rows.length === 0) {
    const shown = new Set(page.map(({ id }) => id));
    const fresh = new Set([...listing.fresh].filter((id) => shown.has(id)));
    return { rows: page.map((alert) => newer(listing.rows.find(({ id }) => id === alert.id), alert)), waiting: [], fresh };
  }
  return page.reduce((result, alert) => merged(result, alert, hasPlace(listing, alert, sort)), listing);
}

/** Changes as the stream told them. */
export function withChanges(listing: Listing, changes: readonly AlertChange[], filter: AlertsFilter): Listing {
  return changes.reduce((result, { alert }) => merged(result, alert, matches(filter, alert) && hasPlace(listing, alert, filter.sort)), listing);
}

/** What was held back takes its place. */
export function settled(listing: Listing, sort: Sort): Listing {
  if (listing.waiting.length === 0) return listing;
  const rows = [...listing.waiting, ...listing.rows].sort((left, right) => compare(sort, left, right)).slice(0, PAGE_SIZE);
  return { rows, waiting: [], fresh: new Set([...listing.fresh, ...listing.waiting.map(({ id }) => id)]) };
}

/** What sorts behind the last row of a full page belongs to the page after it. */
function hasPlace({ rows }: Listing, alert: AlertChange["alert"], sort: Sort): boolean {
  const last = rows[PAGE_SIZE - 1];
  return last === undefined || compare(sort, alert, last) < 0;
}

function merged(listing: Listing, alert: AlertChange["alert"], belongs: boolean): Listing {
  const put = (alerts: readonly Alert[]) => alerts.map((known) => (known.id === alert.id ? newer(known, alert) : known));
  if (listing.rows.some(({ id }) => id === alert.id)) return { ...listing, rows: put(listing.rows) };
  const isWaiting = listing.waiting.some(({ id }) => id === alert.id);
  if (isWaiting && belongs) return { ...listing, waiting: put(listing.waiting) };
  if (isWaiting) return { ...listing, waiting: listing.waiting.filter(({ id }) => id !== alert.id) };
  return belongs ? { ...listing, waiting: [{ details: null, links: null, ...alert }, ...listing.waiting] } : listing;
}

/** The later state of an alert; an answer may be older than what the stream told while it was under way. */
function newer(known: Alert | undefined, alert: AlertChange["alert"]): Alert {
  if (known && known.updated_at > alert.updated_at) return known;
  return { details: null, links: null, ...known, ...alert };
}

const WEIGHTS = { high: 2, medium: 1, low: 0 };

function compare(sort: Sort, left: AlertChange["alert"], right: AlertChange["alert"]): number {
  const weight = sort === "-severity" ? WEIGHTS[right.severity] - WEIGHTS[left.severity] : 0;
  const [first, second] = sort === "-updated_at" ? [left.updated_at, right.updated_at] : [left.created_at, right.created_at];
  return weight || (first < second ? 1 : first > second ? -1 : 0);
}
