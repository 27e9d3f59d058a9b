// A trace as a file that any tool for OpenTelemetry reads.

import { argus } from "../../api/argus";

/** Saves a trace as OTLP's JSON: ids in hexadecimal, 64-bit integers as text, kinds and states as numbers. */
export async function downloadTrace(id: string): Promise<void> {
  const { result } = await argus.traceAsOTLP(id);
  const file = new Blob([JSON.stringify(result, null, 2)], { type: "application/json" });
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = `trace-${id}.json`;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
