// Times in the local zone; the same in UTC goes into a title beside.

// By its cycle, for "not of twelve hours" is 24:00 at midnight in some browsers.
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DATE = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const DATE_WITH_YEAR = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", year: "numeric" });
const MINUTES = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** `14:03:27`, with the day before it if that is not today, and its year if that is another. */
export function time(milliseconds: number): string {
  return dayPrefix(milliseconds) + TIME.format(milliseconds);
}

/** `14:03:27.123` */
export function preciseTime(milliseconds: number): string {
  return `${time(milliseconds)}.${String(Math.floor(milliseconds % 1_000)).padStart(3, "0")}`;
}

/** `14:03`, for axes. */
export function minutes(milliseconds: number): string {
  return MINUTES.format(milliseconds);
}

export function utc(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("T", " ").replace("Z", " UTC");
}

/** `12 s ago`, `in 5 min`. */
export function ago(milliseconds: number, now: number): string {
  const seconds = Math.round((now - milliseconds) / 1_000);
  if (Math.abs(seconds) < 2) return "now";
  const text = coarse(Math.abs(seconds));
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

function coarse(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

function dayPrefix(milliseconds: number): string {
  const [then, today] = [new Date(milliseconds), new Date()];
  if (then.toDateString() === today.toDateString()) return "";
  return `${(then.getFullYear() === today.getFullYear() ? DATE : DATE_WITH_YEAR).format(then)} `;
}
