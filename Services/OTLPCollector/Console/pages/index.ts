// The pages of the console: where they are and what loads them.

import { type ComponentType, lazy } from "react";

export interface PageEntry {
  /** The first part of its path; empty for the first page. */
  path: string;
  title: string;
  component: ComponentType;
}

const entry = (path: string, title: string, load: () => Promise<{ default: ComponentType }>): PageEntry => ({ path, title, component: lazy(load) });

export const PAGES: PageEntry[] = [
  entry("", "Overview", () => import("./overview/Overview")),
  entry("dashboard", "Dashboard", () => import("./dashboard/Dashboard")),
  entry("map", "Service map", () => import("./map/ServiceMap")),
  entry("traces", "Traces", () => import("./traces/Traces")),
  entry("logs", "Logs", () => import("./logs/Logs")),
  entry("alerts", "Alerts", () => import("./alerts/Alerts")),
  entry("processes", "Processes", () => import("./processes/Processes")),
  entry("runs", "Runs", () => import("./runs/Runs")),
  entry("settings", "Settings", () => import("./settings/Settings")),
];
