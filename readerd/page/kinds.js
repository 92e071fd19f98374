// What is asked, and drawn, of each kind.
//
// A single metric shows what its kind has to tell; of several the one statistic that compares them.

const QUANTILES = ["p5", "p10", "p20", "p30", "p40", "p50", "p60", "p70", "p80", "p90", "p95", "p99"];

export const KINDS = {
  counter: {
    single: [{ stat: "sum", label: "count", draw: "bars" }],
    several: { stat: "sum", draw: "line" },
    ask: ["sum"], whole: ["sum"], empty: 0,
  },
  gauge: {
    single: [{ stat: "last", label: "last", draw: "steps" }, { stat: "max", label: "max", draw: "edge" },
      { stat: "min", label: "min", draw: "edge" }],
    several: { stat: "last", draw: "steps" },
    ask: ["last", "min", "max"], whole: ["last", "min", "max", "mean"], empty: null, band: ["max", "min"], summed: ["last"],
  },
  timer: {
    single: [{ stat: "p50", label: "p50", draw: "line" }, { stat: "p95", label: "p95", draw: "line" },
      { stat: "p99", label: "p99", draw: "line" }, { stat: "max", label: "max", draw: "thin" }],
    several: { stat: "p95", draw: "line" },
    ask: ["count", "min", ...QUANTILES, "max"], whole: ["count", "mean", "p50", "p95", "p99", "max"],
    empty: null, heat: ["min", ...QUANTILES, "max"],
  },
  set: {
    single: [{ stat: "unique", label: "unique", draw: "bars" }],
    several: { stat: "unique", draw: "line" },
    ask: ["unique"], whole: ["unique"], empty: 0,
  },
};

/** What share of the samples lies below each bound of a heat map's column. */
export const SHARES = [0, ...QUANTILES.map((name) => Number(name.slice(1)) / 100), 1];

/** A number of a row: one statistic is its `value`, of several each has its name. */
export function valueOf(row, stat, stats) {
  return row[stats.length === 1 ? "value" : stat] ?? null;
}
