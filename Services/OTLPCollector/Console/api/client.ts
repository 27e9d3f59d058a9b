// HTTP to Argus' APIs: same origin, JSON, one token kept for the session.

import type { Json } from "./types";

const TOKEN_KEY = "argus.token";

/** A request that was refused or never answered. `status` is 0 where no answer came. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly field?: string,
    /** All fields that are wrong, where the API lists them. */
    readonly errors: { field?: string; message: string }[] = [],
    /** Whatever else the API told, such as what stands in the way. */
    readonly more: Readonly<Record<string, Json | undefined>> = {},
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** The service behind it does not answer at present. */
  get isAway(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

type Listener = () => void;
const listeners = new Set<Listener>();
let tokenIsWanted = false;

/** Whether an API asked for a token that the console does not have. */
export const credentials = {
  get isWanted(): boolean {
    return tokenIsWanted;
  },
  get token(): string | null {
    return sessionStorage.getItem(TOKEN_KEY);
  },
  provide(token: string): void {
    sessionStorage.setItem(TOKEN_KEY, token);
    setWanted(false);
  },
  forget(): void {
    sessionStorage.removeItem(TOKEN_KEY);
  },
  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

function setWanted(wanted: boolean): void {
  tokenIsWanted = wanted;
  listeners.forEach((listener) => listener());
}

export type Parameters = Record<string, string | number | boolean | null | undefined | readonly string[]>;

/** A path with its query; parameters that are null, undefined or empty are left out. */
export function url(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (Array.isArray(value)) value.forEach((item: string) => query.append(name, item));
    else if (value !== null && value !== undefined && value !== "") query.append(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  parameters?: Parameters;
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** Sends a request and reads the JSON of its answer. Throws ApiError; an abort throws what fetch throws. */
export async function call<T>(path: string, options: Call = {}): Promise<T> {
  return (await callTagged<T>(path, options)).value;
}

export interface Tagged<T> {
  value: T;
  /** The entity tag of this state of it, for If-Match. */
  tag: string | null;
}

/** As `call`, with the answer's entity tag. */
export async function callTagged<T>(path: string, { method = "GET", parameters, body, signal, headers }: Call = {}): Promise<Tagged<T>> {
  const response = await send(url(path, parameters), method, body, signal, headers);
  const text = await response.text();
  if (!response.ok) throw refusal(response, text);
  return { value: (text ? JSON.parse(text) : undefined) as T, tag: response.headers.get("ETag") };
}

/** Opens an answer that goes on, such as a stream of events. Throws ApiError if it is refused. */
export async function openStream(path: string, { parameters, signal, headers }: Call = {}): Promise<ReadableStream<Uint8Array>> {
  const response = await send(url(path, parameters), "GET", undefined, signal, { Accept: "text/event-stream", ...headers });
  if (!response.ok || !response.body) throw refusal(response, await response.text());
  return response.body;
}

export function authorization(): Record<string, string> {
  const token = credentials.token;
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function send(
  target: string,
  method: string,
  body: unknown,
  signal?: AbortSignal,
  headers?: Record<string, string>,
): Promise<Response> {
  const init: RequestInit = { method, headers: { Accept: "application/json", ...authorization(), ...headers } };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  }
  try {
    return await fetch(target, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("Argus does not answer.", 0, "unreachable");
  }
}

interface Refusal {
  code: string;
  message: string;
  field?: string;
  errors?: { field?: string; message: string }[];
}

function refusal(response: Response, text: string): ApiError {
  if (response.status === 401) setWanted(true);
  try {
    const { error } = JSON.parse(text) as { error: Refusal };
    return new ApiError(error.message, response.status, error.code, error.field, error.errors, error as unknown as Record<string, Json>);
  } catch {
    const message = response.status === 502 || response.status === 503 ? "The service behind this does not answer." : `The answer was ${response.status}.`;
    return new ApiError(message, response.status, "unexpected");
  }
}
