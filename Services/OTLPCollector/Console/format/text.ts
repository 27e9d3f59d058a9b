// Text from telemetry: shown as it is, but neither able to hide nor to reorder what is beside it.

import type { Json } from "../api/types";

// Controls, and the marks that change the direction of what follows.
// eslint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** The text with what cannot be seen written as its code point, and its end cut off after `limit` characters. */
export function visible(text: string, limit = 20_000): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}… (${(text.length - limit).toLocaleString()} more characters)` : text;
  return cut.replace(INVISIBLE, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** One line of it, for lists. */
export function oneLine(text: string, limit = 500): string {
  const line = visible(text.slice(0, limit)).replace(/\s+/g, " ");
  return text.length > limit ? `${line}…` : line;
}

/** A value of an attribute or a body as text. */
export function valueText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
