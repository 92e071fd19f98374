// What is asked, and drawn, of each kind.
//
// A single metric shows what its kind has to tell; of several the one statistic that compares them.

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
    ask: ["count", "p50", "p95", "p99", "max"], whole: ["count", "mean", "p50", "p95", "p99", "max"],
    empty: null, heat: "bins8",
  },
  set: {
    single: [{ stat: "unique", label: "unique", draw: "bars" }],
    several: { stat: "unique", draw: "line" },
    ask: ["unique"], whole: ["unique"], empty: 0,
  },
};

/** A number of a row: one statistic is its `value`, of several each has its name. */
export function valueOf(row, stat, stats) {
  return row[stats.length === 1 ? "value" : stat] ?? null;
}
