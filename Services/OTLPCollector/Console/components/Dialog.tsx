// Questions that must be answered before anything else.

import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

export interface DialogProps {
  title: string;
  children?: ReactNode;
  confirm: string;
  isDangerous?: boolean;
  isReady?: boolean;
  /** Resolves when it is done; what it throws is shown, and the dialog stays. */
  onConfirm: () => Promise<void> | void;
  onCancel: () => void;
}

export function Dialog({ title, children, confirm, isDangerous = false, isReady = true, onConfirm, onCancel }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const isAtWork = useRef(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  // The button that was pressed lost the focus while it was busy: on to what is wrong.
  useEffect(() => {
    if (problem === null || isBusy) return;
    const wrong = element.current?.querySelector<HTMLElement>("[aria-invalid='true']") ?? element.current?.querySelector<HTMLElement>("[type='submit']");
    wrong?.focus();
  }, [problem, isBusy]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isAtWork.current || !isReady) return;
    isAtWork.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await onConfirm();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      isAtWork.current = false;
      setBusy(false);
    }
  };

  return (
    <dialog
      ref={element}
      className="dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      <form onSubmit={submit}>
        <h2 id={heading}>{title}</h2>
        {children}
        {problem && <p className="notice bad" role="alert">{problem}</p>}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onCancel}>Cancel</button>
          <button type="submit" className={isDangerous ? "button danger" : "button primary"} disabled={isBusy || !isReady}>
            {isBusy ? "Working…" : confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** A dialog whose button only works once the given word has been typed. */
export function TypedDialog({ word, ...props }: DialogProps & { word: string }) {
  const [typed, setTyped] = useState("");
  return (
    <Dialog {...props} isDangerous isReady={typed === word}>
      {props.children}
      <label className="field">
        <span>Type {word} to go on</span>
        <input className="input" value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
      </label>
    </Dialog>
  );
}
