// A state in one word, told by colour, sign and text.

import type { ReactNode } from "react";
import type { AlertSeverity, AlertStatus, RunStatus, Severity } from "../api/types";

export type Tone = "bad" | "warn" | "good" | "info" | "idle";

const SIGNS: Record<Tone, string> = { bad: "✕", warn: "!", good: "✓", info: "i", idle: "–" };

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`badge ${tone}`}>
      <span aria-hidden="true">{SIGNS[tone]}</span>
      {children}
    </span>
  );
}

const ALERT_TONES: Record<AlertSeverity, Tone> = { high: "bad", medium: "warn", low: "info" };

export function SeverityBadge({ severity }: { severity: AlertSeverity }) {
  return <Badge tone={ALERT_TONES[severity]}>{severity}</Badge>;
}

export function AlertStatusBadge({ status, acknowledged }: { status: AlertStatus; acknowledged: boolean }) {
  if (status === "resolved") return <Badge tone="good">resolved</Badge>;
  return acknowledged ? <Badge tone="info">acknowledged</Badge> : <Badge tone="bad">active</Badge>;
}

export const LOG_TONES: Record<Severity, Tone> = {
  unspecified: "idle", trace: "idle", debug: "idle", info: "info", warn: "warn", error: "bad", fatal: "bad",
};

export function LogSeverityBadge({ severity }: { severity: Severity }) {
  return <Badge tone={LOG_TONES[severity] ?? "idle"}>{severity === "unspecified" ? "none" : severity}</Badge>;
}

const RUN_TONES: Record<RunStatus, Tone> = { running: "info", succeeded: "good", failed: "bad", cancelled: "idle", lost: "warn" };

export function RunStatusBadge({ status }: { status: string }) {
  return <Badge tone={RUN_TONES[status as RunStatus] ?? "idle"}>{status}</Badge>;
}

interface ProcessLook {
  status: string;
  is_ready: string;
  has_ready_probe: boolean;
  exit_code: number;
  last_event?: { type: string } | null;
}

/**
 * What a process-compose status means: what runs is good, what failed is bad, what finished is idle. A stop that was asked for, and an exit code
 * that the configuration calls a success, end in the event "stopped", whatever the code.
 */
export function processTone(process: ProcessLook): Tone {
  switch (process.status) {
    case "Error": return "bad";
    case "Restarting": return "warn";
    case "Terminating": case "Pending": case "Launching": return "info";
    case "Completed": return process.exit_code === 0 || process.last_event?.type === "stopped" ? "idle" : "bad";
    case "Running": case "Launched": case "Foreground": case "Watching":
      return process.has_ready_probe && process.is_ready === "Not Ready" ? "warn" : "good";
    default: return "idle";
  }
}
