// Round numbers for the waterfall's time axis.

/** At most about `most` places from 0 to `length`, at round distances. */
export function ticks(length: number, most: number): number[] {
  const rough = length / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const result: number[] = [];
  for (let index = 0; index * step <= length; index += 1) result.push(index * step);
  return result;
}
