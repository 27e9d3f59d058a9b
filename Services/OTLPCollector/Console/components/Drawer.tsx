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
