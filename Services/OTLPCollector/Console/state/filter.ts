// The filter's language: `service:payment status:error duration>200ms key=value words`.

export interface Filter {
  service: string | null;
  operation: string | null;
  status: "error" | "ok" | null;
  severity: string | null;
  minDuration: string | null;
  maxDuration: string | null;
  /** `key=value` each. */
  attributes: string[];
  words: string;
  /** What could not be understood, in words. */
  problems: string[];
}

const DURATION = /^\d+(\.\d+)?(ns|us|µs|ms|s|m|h)$/;
export const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
const STATUSES = ["error", "ok"] as const;
export const KEYS = ["service:", "operation:", "status:", "severity:", "duration>", "duration<"] as const;

/** The words of a filter; quotes hold words together: `operation:"GET /items"`. */
export function tokens(text: string): string[] {
  return (text.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []).map((token) => token);
}

/** The word that is being typed: all behind the last space that no quotes hold. */
export function lastWord(text: string): string {
  const last = tokens(text).pop();
  return last !== undefined && text.endsWith(last) ? last : "";
}

function unquoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)"?/g, (_, inner: string) => inner.replace(/\\(.)/g, "$1"));
}

/** A value as a token may hold it. */
export function quoted(value: string): string {
  return /[\s"]/.test(value) || value === "" ? `"${value.replace(/(["\\])/g, "\\$1")}"` : value;
}

export function parseFilter(text: string): Filter {
  const filter: Filter = {
    service: null, operation: null, status: null, severity: null, minDuration: null, maxDuration: null, attributes: [], words: "", problems: [],
  };
  const words: string[] = [];
  for (const token of tokens(text)) read(token, filter, words);
  filter.words = words.join(" ");
  return filter;
}

function read(token: string, filter: Filter, words: string[]): void {
  const named = /^(service|operation|status|severity):(.*)$/s.exec(token);
  const bound = /^duration([<>])=?(.*)$/.exec(token);
  if (named) readNamed(named[1] as string, unquoted(named[2] as string), filter);
  else if (bound) readDuration(bound[1] as string, bound[2] as string, filter);
  else if (/^[^\s"=<>]+=.+/s.test(token)) filter.attributes.push(unquoted(token));
  else words.push(unquoted(token));
}

function readNamed(name: string, value: string, filter: Filter): void {
  if (value === "") {
    filter.problems.push(`${name}: needs a value`);
  } else if (name === "status") {
    if ((STATUSES as readonly string[]).includes(value)) filter.status = value as Filter["status"];
    else filter.problems.push("status: is error or ok");
  } else if (name === "severity") {
    if ((SEVERITIES as readonly string[]).includes(value)) filter.severity = value;
    else filter.problems.push(`severity: is one of ${SEVERITIES.join(", ")}`);
  } else if (name === "service") {
    filter.service = value;
  } else {
    filter.operation = value;
  }
}

function readDuration(sign: string, value: string, filter: Filter): void {
  if (!DURATION.test(value)) filter.problems.push(`duration${sign} needs a duration such as 200ms`);
  else if (sign === ">") filter.minDuration = value;
  else filter.maxDuration = value;
}

/** The text with `key` set to `value`, or without it where that is null. */
export function withTerm(text: string, key: (typeof KEYS)[number], value: string | null): string {
  const rest = tokens(text).filter((token) => !token.startsWith(key));
  return [...(value === null ? [] : [key + quoted(value)]), ...rest].join(" ");
}
