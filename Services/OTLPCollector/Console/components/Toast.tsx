// Short messages about what was just done.

import { useSyncExternalStore } from "react";

interface Toast {
  id: number;
  tone: "good" | "bad" | "info";
  text: string;
}

const LIFETIME = 6_000;
const MOST = 4;
let toasts: readonly Toast[] = [];
let lastID = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]): void {
  toasts = next;
  listeners.forEach((listener) => listener());
}

function dismiss(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

/** Shows a message for a while; failures stay until they are dismissed. */
export function notify(tone: Toast["tone"], text: string): void {
  lastID += 1;
  const id = lastID;
  change([...toasts.slice(1 - MOST), { id, tone, text }]);
  if (tone !== "bad") window.setTimeout(() => dismiss(id), LIFETIME);
}

/** Does something and says how it went. True if it went well. */
export async function attempt(work: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await work();
    notify("good", done);
    return true;
  } catch (error) {
    notify("bad", error instanceof Error ? error.message : String(error));
    return false;
  }
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={`toast ${toast.tone}`}>
          <span>{toast.text}</span>
          <button type="button" className="button plain" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>✕</button>
        </div>
      ))}
    </div>
  );
}
