// Where the console is: the path and the query of its URL, and nothing else.

import { useCallback, useMemo, useSyncExternalStore } from "react";

const CHANGED = "argus:location";

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

export interface NavigateOptions {
  /** Takes the place of the present entry of the history instead of adding one. */
  replace?: boolean;
}

export function navigate(target: string, { replace = false }: NavigateOptions = {}): void {
  if (target === location.pathname + location.search) return;
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  window.dispatchEvent(new Event(CHANGED));
}

/** The path, whose parts are decoded, without empty ones: `/traces/abc` is `["traces", "abc"]`. */
export function usePath(): string[] {
  const path = useSyncExternalStore(subscribe, () => location.pathname);
  return useMemo(() => path.split("/").filter(Boolean).map(decode), [path]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type QueryPatch = Record<string, string | null | undefined>;

/** The query and a function that changes some of it; null takes a parameter away. */
export function useQuery(): [URLSearchParams, (patch: QueryPatch, options?: NavigateOptions) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const query = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback((patch: QueryPatch, options?: NavigateOptions) => navigate(location.pathname + patched(location.search, patch), options), []);
  return [query, change];
}

function patched(search: string, patch: QueryPatch): string {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** A link's address. Parts are encoded; of the query, what is empty is left out. */
export function href(parts: string[], query: QueryPatch = {}): string {
  return "/" + parts.map(encodeURIComponent).join("/") + patched("", query);
}
