// Asks for a token when an API wants one.

import { useState } from "react";
import { credentials } from "../api/client";
import { useCredentialsWanted } from "../state/polling";
import { Dialog } from "./Dialog";

export function TokenPrompt() {
  const isWanted = useCredentialsWanted();
  const [token, setToken] = useState("");
  const [isPutOff, setPutOff] = useState(false);
  if (!isWanted || isPutOff) return null;
  const isWrong = credentials.token !== null;
  return (
    <Dialog title="Argus needs a token" confirm="Continue" isReady={token !== ""} onConfirm={() => credentials.provide(token.trim())} onCancel={() => setPutOff(true)}>
      {isWrong && <p className="field-error">The token was not accepted.</p>}
      <label className="field">
        <span>Access token, kept until this tab is closed</span>
        <input className="input" type="password" autoComplete="off" autoFocus value={token} onChange={(event) => setToken(event.target.value)} />
      </label>
    </Dialog>
  );
}
