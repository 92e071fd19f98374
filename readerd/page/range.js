// Ranges of time: which there are, how long a point of one is, and how its times are written.

export const DAY = 86400;
export const RANGES = [
  ["15m", 900], ["1h", 3600], ["6h", 6 * 3600], ["24h", DAY], ["7d", 7 * DAY], ["30d", 30 * DAY], ["1y", 365 * DAY],
];

/** Seconds that a point may have; all divide a day, or are made of days. */
const PERIODS = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, DAY, 7 * DAY];
const USUAL_FLUSH = 10;  // seconds; shorter points of a long range would be mostly empty
const PIXELS = 4;        // of a point, at least

/** How long the points of `seconds` are that are drawn `width` pixels wide. */
export function periodOf(seconds, width) {
  const least = Math.max(seconds / Math.max(width / PIXELS, 20), seconds > 300 ? USUAL_FLUSH : 1);
  return PERIODS.find((period) => period >= least) ?? PERIODS.at(-1);
}

export function lengthText(seconds) {
  for (const [unit, name] of [[DAY, "d"], [3600, "h"], [60, "min"]])
    if (seconds >= unit && seconds % unit === 0) return `${seconds / unit} ${name}`;
  return `${Math.round(seconds)} s`;
}

export function zoneOf(utc) {
  return utc ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** "2026-11-26 20:29:30" of seconds since the epoch. */
export function timeText(seconds, utc) {
  const parts = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: zoneOf(utc) });
  return parts.format(new Date(seconds * 1000));
}
