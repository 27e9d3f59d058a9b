// Live logs over a WebSocket: at most one connection, opened again when it is lost, and closed while nobody looks.

import { credentials, type Parameters, url } from "./client";
import type { LiveMessage, LogRecord } from "./types";

/**
 * off -> connecting -> open -> waiting -> connecting ...; paused while the tab is hidden for long, and from there to connecting.
 * Only `stop` leads back to off.
 */
export type LiveState =
  | { is: "off" }
  | { is: "connecting" }
  | { is: "open" }
  /** The connection was lost, or none came about; tried again at `until`, in milliseconds since 1970. */
  | { is: "waiting"; until: number }
  | { is: "paused" }
  /** Nothing that waiting would mend. */
  | { is: "failed"; reason: string };

export interface LiveHandlers {
  onState: (state: LiveState) => void;
  onEntries: (entries: LogRecord[]) => void;
  /** The server left out so many entries. */
  onMissed: (count: number) => void;
  /** Entries are gone, and nobody knows how many. */
  onGap: () => void;
  /** The connection is back after so many milliseconds; what came meanwhile follows. */
  onResumed: (away: number) => void;
}

const PROTOCOL = "argus.logs.v1";
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
/** A tab that is hidden for shorter keeps its connection. */
const PATIENCE_HIDDEN = 30_000;

/** A server or a network that goes away in silence closes nothing: after so long without a message the connection is made anew. */
const LONGEST_SILENCE = 30_000;
const LONGEST_OPENING = 10_000;

let current: LiveLogs | null = null;

export class LiveLogs {
  private socket: WebSocket | null = null;
  private timer: number | undefined;
  private hiding: number | undefined;
  private watch: number | undefined;
  /** A silent connection is being replaced; as long as that may succeed it counts as open. */
  private isRenewing = false;
  private failures = 0;
  /** When the connection was lost; undefined while there is one, and before the first. */
  private lostAt: number | undefined;
  private state: LiveState = { is: "off" };
  private readonly unsubscribe: () => void;

  /** Follows the logs that `parameters` ask for, beginning behind the entry `after`. Whoever followed before is stopped. */
  constructor(private readonly parameters: Parameters, private after: string | null, private readonly handlers: LiveHandlers) {
    current?.stop();
    current = this;
    document.addEventListener("visibilitychange", this.onVisibility);
    window.addEventListener("online", this.retry);
    this.unsubscribe = credentials.subscribe(() => credentials.isWanted || this.retry());
    this.connect();
  }

  /** Ends it for good. */
  stop(): void {
    if (current === this) current = null;
    document.removeEventListener("visibilitychange", this.onVisibility);
    window.removeEventListener("online", this.retry);
    this.unsubscribe();
    window.clearTimeout(this.hiding);
    this.drop();
    this.enter({ is: "off" });
  }

  /** Tries at once instead of waiting on. */
  readonly retry = (): void => {
    if (this.state.is === "waiting" || this.state.is === "failed") this.connect();
  };

  private readonly onVisibility = (): void => {
    window.clearTimeout(this.hiding);
    if (document.visibilityState === "hidden") this.hiding = window.setTimeout(this.pause, PATIENCE_HIDDEN);
    else if (this.state.is === "paused" || this.state.is === "waiting") this.connect();
  };

  private readonly pause = (): void => {
    this.noteLoss();
    this.isRenewing = false;
    this.drop();
    this.enter({ is: "paused" });
  };

  private connect(): void {
    this.drop();
    if (!this.isRenewing) this.enter({ is: "connecting" });
    try {
      this.socket = this.open();
      this.heed(LONGEST_OPENING);
    } catch {
      this.enter({ is: "failed", reason: "The token holds characters that a WebSocket cannot carry." });
    }
  }

  private open(): WebSocket {
    const address = new URL(url("/ws", { ...this.parameters, after: this.after }), location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const token = credentials.token;
    const socket = new WebSocket(address, token ? [PROTOCOL, `argus.bearer.${token}`] : [PROTOCOL]);
    socket.onopen = () => {
      this.heed(LONGEST_SILENCE);
      if (!this.isRenewing) this.enter({ is: "open" });
      this.isRenewing = false;
    };
    socket.onmessage = ({ data }) => this.receive(JSON.parse(data as string) as LiveMessage);
    socket.onclose = () => this.lose();
    return socket;
  }

  /** Does something about a connection that does not open, or of which nothing is heard. */
  private heed(patience: number): void {
    window.clearTimeout(this.watch);
    this.watch = window.setTimeout(() => {
      if (this.socket?.readyState !== WebSocket.OPEN) return this.lose();
      this.isRenewing = true;
      this.connect();
    }, patience);
  }

  private receive(message: LiveMessage): void {
    this.heed(LONGEST_SILENCE);
    const isBack = this.lostAt !== undefined;
    if (this.lostAt !== undefined) this.handlers.onResumed(Date.now() - this.lostAt);
    if (message.gap || (isBack && this.after === null)) this.handlers.onGap();
    this.failures = 0;
    this.lostAt = undefined;
    this.after = message.last;
    if (message.missed) this.handlers.onMissed(message.missed);
    if (message.entries.length > 0) this.handlers.onEntries(message.entries);
  }

  private lose(): void {
    this.noteLoss();
    this.isRenewing = false;
    this.drop();
    // Clients that lost the same server do not come back at the same moment.
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.failures) * (0.5 + Math.random() / 2);
    this.failures += 1;
    this.enter({ is: "waiting", until: Date.now() + delay });
    this.timer = window.setTimeout(() => this.connect(), delay);
  }

  /** What never was open was not lost. */
  private noteLoss(): void {
    if (this.state.is === "open") this.lostAt ??= Date.now();
  }

  /** Lets go of the connection and of everything that is planned; nothing of it is heard any more. */
  private drop(): void {
    window.clearTimeout(this.timer);
    window.clearTimeout(this.watch);
    const { socket } = this;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private enter(state: LiveState): void {
    this.state = state;
    this.handlers.onState(state);
  }
}
