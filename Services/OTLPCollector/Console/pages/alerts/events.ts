// The wire format of server-sent events (WHATWG HTML, 9.2), read from an answer that arrives in pieces.

export interface ServerEvent {
  name: string;
  data: string;
}

/** Cuts text into events; keeps what is incomplete until the rest of it comes. */
export class EventReader {
  private rest = "";
  /** The last identifier that came: where to resume. */
  lastID: string | null;

  constructor(lastID: string | null) {
    this.lastID = lastID;
  }

  read(text: string): ServerEvent[] {
    const blocks = (this.rest + text).split(/\r?\n\r?\n/);
    this.rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => this.event(block) ?? []);
  }

  private event(block: string): ServerEvent | null {
    let name = "message";
    const data: string[] = [];
    for (const line of block.split(/\r?\n/)) {
      const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === "event") name = value;
      else if (field === "data") data.push(value);
      else if (field === "id") this.lastID = value;
    }
    return data.length > 0 ? { name, data: data.join("\n") } : null;
  }
}
