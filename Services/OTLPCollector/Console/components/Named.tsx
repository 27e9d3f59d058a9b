// Asks who somebody is before the first thing that is done in their name.

import { type ReactNode, useState } from "react";
import { identity, setIdentity } from "../state/identity";
import { Dialog } from "./Dialog";

const LONGEST = 60;

/** A function that runs something with the person's name, and the question that has to be shown for it. */
export function useNamed(): { withName: (work: (name: string) => void) => void; question: ReactNode } {
  const [work, setWork] = useState<((name: string) => void) | null>(null);
  return {
    withName: (next) => {
      const name = identity();
      if (name) next(name);
      else setWork(() => next);
    },
    question: work && (
      <WhoAreYou
        onName={(name) => {
          setIdentity(name);
          setWork(null);
          work(name);
        }}
        onCancel={() => setWork(null)}
      />
    ),
  };
}

function WhoAreYou({ onName, onCancel }: { onName: (name: string) => void; onCancel: () => void }) {
  const [name, setName] = useState("");
  const trimmed = name.trim();
  return (
    <Dialog title="Who are you?" confirm="Continue" isReady={trimmed !== ""} onConfirm={() => onName(trimmed)} onCancel={onCancel}>
      <p className="muted">Your name stands beside what you do, for those who look after you. It is kept until this tab is closed.</p>
      <label className="field">
        <span>Your name</span>
        <input className="input" autoFocus autoComplete="nickname" maxLength={LONGEST} value={name} onChange={(event) => setName(event.target.value)} />
      </label>
    </Dialog>
  );
}
