// Who sits here: the name that goes with what is done, asked for once and kept for the session.

import { useSyncExternalStore } from "react";

const NAME_KEY = "argus.name";
const listeners = new Set<() => void>();

/** The person's name; empty until it is known. */
export function identity(): string {
  return sessionStorage.getItem(NAME_KEY) ?? "";
}

export function setIdentity(name: string): void {
  sessionStorage.setItem(NAME_KEY, name);
  listeners.forEach((listener) => listener());
}

export function useIdentity(): string {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, identity);
}
