// The shell: navigation beside the page that the URL names.

import { Suspense, useEffect, useRef } from "react";
import { argus } from "./api/argus";
import { Boundary } from "./components/Boundary";
import { Link } from "./components/Link";
import { Page } from "./components/Page";
import { Empty, Loading } from "./components/States";
import { Toasts } from "./components/Toast";
import { TokenPrompt } from "./components/TokenPrompt";
import { PAGES, type PageEntry } from "./pages";
import { usePolled } from "./state/polling";
import { usePath } from "./state/router";

export function App() {
  const [first = ""] = usePath();
  const page = PAGES.find(({ path }) => path === first);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(first);
  useEffect(() => {
    if (shown.current === first) return;
    shown.current = first;
    main.current?.focus();
    window.scrollTo(0, 0);
  }, [first]);
  return (
    <>
      <a className="skip-link" href="#main">Skip to content</a>
      <div className="shell">
        <Navigation current={page} />
        <main id="main" className="main" ref={main} tabIndex={-1}>
          <Boundary key={first}>
            <Suspense fallback={<Loading />}>{page ? <page.component /> : <NoPage />}</Suspense>
          </Boundary>
        </main>
      </div>
      <Toasts />
      <TokenPrompt />
    </>
  );
}

function Navigation({ current }: { current: PageEntry | undefined }) {
  const alerts = usePolled("nav.alerts", (signal) => argus.alerts({ status: "active", type: "parent", limit: 1 }, signal), { every: 15_000 });
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [current]);
  return (
    <nav className="nav" aria-label="Pages">
      <Link className="nav-brand" href="/">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M2 16C6 9 11 6 16 6s10 3 14 10c-4 7-9 10-14 10S6 23 2 16Z" fill="var(--accent)" />
          <circle cx="16" cy="16" r="6.5" fill="var(--surface)" />
          <circle cx="16" cy="16" r="3.5" fill="var(--text)" />
        </svg>
        Argus
      </Link>
      <ul ref={list}>
        {PAGES.map((page) => (
          <li key={page.path}>
            <Link className="nav-link" href={`/${page.path}`} aria-current={page === current ? "page" : undefined}>
              {page.title}
              {page.path === "alerts" && alerts.data !== undefined && alerts.data.total > 0 && (
                <span className="nav-count" title={`${alerts.data.total} active parent alerts`}>{alerts.data.total}</span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function NoPage() {
  return (
    <Page title="There is no such page">
      <Empty title="Nothing is here">
        <Link href="/">To the overview</Link>
      </Empty>
    </Page>
  );
}
