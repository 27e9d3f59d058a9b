// A panel at the side with the details of what was chosen. Escape closes it, and the focus goes back to where it was.

import { type ReactNode, useEffect, useId, useRef } from "react";

export function Drawer({ title, onClose, actions, children }: { title: ReactNode; onClose: () => void; actions?: ReactNode; children: ReactNode }) {
  const panel = useRef<HTMLElement>(null);
  const heading = useId();
  const close = useRef(onClose);
  close.current = onClose;

  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) close.current();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => keepFocus(panel.current), []);

  return (
    <aside ref={panel} className="drawer" role="dialog" aria-labelledby={heading} tabIndex={-1}>
      <div className="drawer-header">
        <h2 id={heading}>{title}</h2>
        {actions}
        <button type="button" className="button" onClick={onClose} aria-label="Close">✕</button>
      </div>
      <div className="drawer-body">{children}</div>
    </aside>
  );
}

/** What has the focus may go away, as "Stop" does once it has stopped something: the focus then stays in the panel. */
function keepFocus(panel: HTMLElement | null): (() => void) | undefined {
  if (!panel) return undefined;
  let last: Element | null = null;
  const onFocus = (event: FocusEvent) => {
    last = event.target instanceof Element && panel.contains(event.target) ? event.target : null;
  };
  const observer = new MutationObserver(() => {
    if (!last || document.activeElement !== document.body || (last.isConnected && !last.matches(":disabled"))) return;
    panel.focus({ preventScroll: true });
  });
  document.addEventListener("focusin", onFocus);
  observer.observe(panel, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  return () => {
    document.removeEventListener("focusin", onFocus);
    observer.disconnect();
  };
}
