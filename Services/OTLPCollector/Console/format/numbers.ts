// Numbers, durations and sizes as people read them. The exact value goes into a title beside.

const COUNT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** All digits, grouped. */
export function exact(value: number): string {
  return COUNT.format(value);
}

/** 1,234 stays; from 10,000 on it is 12.3K. */
export function count(value: number): string {
  return Math.abs(value) < 10_000 ? COUNT.format(value) : COMPACT.format(value);
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 0.01) return value.toLocaleString(undefined, { maximumSignificantDigits: 2 });
  return value.toLocaleString(undefined, { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2 });
}

/** A rate a second. */
export function rate(value: number): string {
  return `${value >= 10_000 ? COMPACT.format(value) : digits(value)}/s`;
}

/** 0 to 1 as a percentage; what is not nothing never reads 0 %. */
export function percent(value: number): string {
  const hundredths = value * 100;
  if (hundredths > 0 && hundredths < 0.01) return "<0.01 %";
  if (hundredths < 100 && hundredths > 99.99) return ">99.99 %";
  return `${hundredths.toLocaleString(undefined, { maximumFractionDigits: hundredths < 1 ? 2 : 1 })} %`;
}

/** A duration from microseconds: `0 s`, `840 ns`, `12.5 µs`, `3.2 ms`, `1.5 s`, `2 min 5 s`, `3 h 4 min`, `2 d 3 h`. */
export function duration(microseconds: number): string {
  const size = Math.abs(microseconds);
  if (size === 0) return "0 s";
  if (size < 1) return `${digits(microseconds * 1_000)} ns`;
  if (size < 1_000) return `${digits(microseconds)} µs`;
  if (size < 1_000_000) return `${digits(microseconds / 1_000)} ms`;
  if (size < 60_000_000) return `${digits(microseconds / 1_000_000)} s`;
  const seconds = Math.round(microseconds / 1_000_000);
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), "min", seconds % 60, "s");
  if (seconds < 86_400) return pair(Math.floor(seconds / 3_600), "h", Math.floor((seconds % 3_600) / 60), "min");
  return pair(Math.floor(seconds / 86_400), "d", Math.floor((seconds % 86_400) / 3_600), "h");
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** A size: `512 B`, `1.5 MiB`. */
export function bytes(value: number): string {
  let size = value;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (Math.abs(size) < 1_024) return `${digits(size)} ${unit}`;
    size /= 1_024;
  }
  return `${digits(size)} TiB`;
}
