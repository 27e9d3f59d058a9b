// Puts a text on the clipboard.

import { notify } from "./Toast";

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      notify("good", "Copied");
    } catch {
      notify("bad", "The browser does not allow copying here.");
    }
  };
  return (
    <button type="button" className="button small" onClick={copy}>
      {label}
    </button>
  );
}
