// Starts, stops and restarts a process, once that has been confirmed.

import { useState } from "react";
import { argus } from "../../api/argus";
import { ApiError } from "../../api/client";
import type { Process } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { useNamed } from "../../components/Named";
import { notify } from "../../components/Toast";
import { nameOf } from "./model";

const COMMANDS = {
  start: { title: "Start", done: "started", effect: "It is started as its configuration says." },
  stop: { title: "Stop", done: "stopped", effect: "It stays stopped until somebody starts it. Argus counts this as no crash." },
  restart: { title: "Restart", done: "restarted", effect: "It is stopped and started again. What it has in hand may fail meanwhile." },
} as const;

type Command = keyof typeof COMMANDS;

export function ProcessCommands({ process, isWatched, onChanged }: { process: Process; isWatched: boolean; onChanged: () => void }) {
  const { withName, question } = useNamed();
  const [asked, setAsked] = useState<{ command: Command; name: string } | null>(null);
  const run = async () => {
    if (!asked) return;
    const { title, done } = COMMANDS[asked.command];
    try {
      const { status } = await argus.commandProcess(process.namespace, process.name, asked.command, asked.name);
      if (status === "done") notify("good", `${nameOf(process)} was ${done}`);
      else notify("info", `${title} of ${nameOf(process)} takes longer; its history tells how it ends`);
    } catch (error) {
      throw new Error(explained(error));
    }
    setAsked(null);
    onChanged();
  };
  const offered: Command[] = process.is_running || process.status === "Restarting" ? ["restart", "stop"] : ["start"];
  return (
    <>
      {offered.map((command) => (
        <button
          key={command} type="button" className={command === "stop" ? "button danger" : "button"} disabled={!isWatched}
          title={isWatched ? undefined : "No process-adapter watches it"} onClick={() => withName((name) => setAsked({ command, name }))}
        >
          {COMMANDS[command].title}
        </button>
      ))}
      {question}
      {asked && (
        <Dialog
          title={`${COMMANDS[asked.command].title} ${nameOf(process)}?`} confirm={COMMANDS[asked.command].title} isDangerous={asked.command !== "start"}
          onConfirm={run} onCancel={() => setAsked(null)}
        >
          <p>{COMMANDS[asked.command].effect}</p>
          <p className="muted">In the name of {asked.name}.</p>
        </Dialog>
      )}
    </>
  );
}

/** The API says itself why process-compose refused, or that no adapter answered. */
function explained(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  return error.status === 403 ? "Your token may not do this: it needs the scope admin." : error.message;
}
