// Attributes of telemetry: names and values of any shape and length.

import { useState } from "react";
import type { Attributes as Values, Json } from "../api/types";
import { valueText } from "../format/text";
import { Facts, Foreign } from "./Value";

const SHORT = 400;
// Beyond this a value is only copied, never laid out.
const LONGEST_SHOWN = 20_000;

export function Attributes({ values, none = "None" }: { values: Values; none?: string }) {
  const names = Object.keys(values).sort();
  if (names.length === 0) return <p className="muted small">{none}</p>;
  return <Facts facts={names.map((name) => ({ name, value: <LongValue value={values[name] ?? null} /> }))} />;
}

/** A value from outside; a long one is cut until somebody wants all of it. */
export function LongValue({ value, short = SHORT }: { value: Json; short?: number }) {
  const [isWhole, setWhole] = useState(false);
  const text = valueText(value);
  if (text.length <= short) return <Foreign block text={text} />;
  const size = text.length.toLocaleString();
  return (
    <div className="long-value">
      <Foreign block text={isWhole ? text.slice(0, LONGEST_SHOWN) : `${text.slice(0, short)}…`} />
      <button type="button" className="button small" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
        {isWhole ? "Show less" : text.length > LONGEST_SHOWN ? `Show the first ${LONGEST_SHOWN.toLocaleString()} of ${size} characters` : `Show all ${size} characters`}
      </button>
    </div>
  );
}
