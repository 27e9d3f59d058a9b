// Asks for a token when an API wants one.

import { useEffect, useState } from "react";
import { credentials } from "../api/client";
import { useCredentialsWanted } from "../state/polling";
import { Dialog } from "./Dialog";

export function TokenPrompt() {
  const isWanted = useCredentialsWanted();
  const [isPutOff, setPutOff] = useState(false);
  useEffect(() => {
    if (!isWanted) setPutOff(false);
  }, [isWanted]);
  if (!isWanted) return null;
  if (!isPutOff) return <Question onCancel={() => setPutOff(true)} />;
  return (
    <div className="notice warn token-wanted" role="status">
      <span>Argus answers nothing without a token.</span>
      <button type="button" className="button" onClick={() => setPutOff(false)}>Enter a token</button>
    </div>
  );
}

function Question({ onCancel }: { onCancel: () => void }) {
  const [token, setToken] = useState("");
  const isWrong = credentials.token !== null;
  return (
    <Dialog title="Argus needs a token" confirm="Continue" isReady={token !== ""} onConfirm={() => credentials.provide(token.trim())} onCancel={onCancel}>
      {isWrong && <p className="field-error">The token was not accepted.</p>}
      <label className="field">
        <span>Access token, kept until this tab is closed</span>
        <input className="input" type="password" autoComplete="off" autoFocus value={token} onChange={(event) => setToken(event.target.value)} />
      </label>
    </Dialog>
  );
}
