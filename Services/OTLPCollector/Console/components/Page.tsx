// A page's frame: its name, its controls and its content.

import { type ReactNode, useEffect } from "react";

export function Page({ title, controls, children }: { title: string; controls?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Argus`;
  }, [title]);
  return (
    <div className="page">
      <header className="page-header">
        <h1>{title}</h1>
        {controls}
      </header>
      {children}
    </div>
  );
}

export function Card({ title, extra, children, flush = false }: { title?: ReactNode; extra?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className="card" {...(typeof title === "string" && { "aria-label": title })}>
      {title && (
        <div className="card-header">
          <h2>{title}</h2>
          {extra}
        </div>
      )}
      {flush ? children : <div className="card-body">{children}</div>}
    </section>
  );
}
