// Links between the views of one page.

import { Link } from "./Link";

export interface Tab {
  title: string;
  href: string;
  isCurrent: boolean;
}

export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.href} className="tab" href={tab.href} aria-current={tab.isCurrent ? "page" : undefined}>{tab.title}</Link>
      ))}
    </nav>
  );
}
