// One plot, by uPlot: its lines, bars and steps, the band of a gauge, and the heat map of a timer.
//
// `series` are [{label, draw, values, color}], of which values[i] lies at times[i], in seconds, and is null where
// there is nothing. A draw of "bars", "steps", "line", "thin", "edge" or "before" says how.

import { zoneOf } from "./range.js";
import { shortNumber } from "./text.js";

const HEIGHT = 240;
const WIDTHS = { bars: 0, edge: 0, thin: 0.5 };
const WIDE = 20;  // times that the largest value is the smallest, from which on the scale is logarithmic

// How the time axis is written, by the seconds between two of its ticks; uPlot's rows, of which the first text is
// the usual one and the others are of the first tick of a year, a day and a minute.
const TIMES = [[31536000, "{YYYY}", null, null, null, null, null, null, 1],
  [2419200, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [86400, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1]];

const probe = document.createElement("i");

/** A colour of the style, as it is in the light or in the dark: a canvas knows no names. */
function colorOf(name) {
  document.body.append(probe);
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

export function seriesColor(number) {
  return colorOf(`--series-${number % 8}`);
}

function pathsOf(draw) {
  if (draw === "bars") return uPlot.paths.bars({ align: 1, size: [0.9, 100] });
  if (draw === "steps" || draw === "edge") return uPlot.paths.stepped({ align: 1 });
  return uPlot.paths.linear();
}

/** The points that no line leads to, as there is nothing on either side. */
function alone(plot, of) {
  const values = plot.data[of];
  return values.flatMap((value, at) =>
    (value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null ? [at] : []));
}

function lineOf({ label, draw, color }) {
  const line = { label, stroke: color, width: WIDTHS[draw] ?? 1.5, paths: pathsOf(draw) };
  line.points = { show: draw === "line" || draw === "steps", size: 4, filter: alone };
  if (draw === "bars") line.fill = color;
  if (draw === "before") line.dash = [5, 4];
  return line;
}

/** Draws in which bins the samples of each period lie: the darker, the more of them there are to a pixel. */
function drawHeat(plot, bins, period) {
  const { ctx, bbox } = plot;
  const foot = bbox.top + bbox.height;
  let most = 0;
  const cells = bins.map(({ from, low, high, count }) => {
    const left = plot.valToPos(from / 1000, "x", true), right = plot.valToPos(from / 1000 + period, "x", true);
    const position = (value) => Math.min(plot.valToPos(value, "y", true), foot + 1) || foot + 1;  // a log of 0 has none
    const top = position(high), height = Math.max(position(low) - top, 1);
    most = Math.max(most, count / height);
    return [left, top, right - left, height, count / height];
  });
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colorOf("--heat");
  for (const [left, top, width, height, density] of cells) {
    ctx.globalAlpha = 0.04 + 0.6 * Math.sqrt(density / most);
    ctx.fillRect(left, top, width, height);
  }
  ctx.restore();
}

/** The least value that a logarithmic scale has to show. */
function leastOf(bins, least) {
  return (bins ?? []).reduce((all, { low }) => (low > 0 && low < all ? low : all), least);
}

function rangeOf(log, bins) {
  return (plot, least, most) => {
    if (least === null) return [0, 1];
    if (log) return uPlot.rangeLog(leastOf(bins(), least), most, 10, false);
    return [Math.min(least, 0), most > 0 ? most * 1.05 : least < 0 ? 0 : 1];
  };
}

/** Whether values lie so far apart, and all above 0, that a logarithmic scale shows more of them. */
function isWide({ series, heat }) {
  let least = Infinity, most = -Infinity;
  for (const { values } of series)
    for (const value of values)
      if (value !== null) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return least > 0 && most / leastOf(heat, least) > WIDE;
}

/** What a plot must be made anew for: other lines, or another scale. */
function shapeOf(data, utc) {
  const log = data.kind === "timer" && isWide(data);
  return JSON.stringify([utc, log, data.band, Boolean(data.heat), data.series.map(({ label, draw, color }) => [label, draw, color])]);
}

/**
 * A plot in `place`. `data`: {kind, times, period, from, to, series, band, heat: bins or null}; `events`:
 * {select(from, to), back(), cursor(index or null)}. Gives {update(data, utc), resize(), destroy()}, of which
 * update is false when the plot has to be made anew.
 */
export function drawChart(place, data, utc, events) {
  const shape = shapeOf(data, utc);
  let shown = data;
  const columns = () => [shown.times, ...shown.series.map(({ values }) => values)];
  const log = data.kind === "timer" && isWide(data);
  const axis = { stroke: colorOf("--text"), grid: { stroke: colorOf("--grid"), width: 1 }, ticks: { show: false } };
  const options = {
    width: place.clientWidth, height: HEIGHT, legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zoneOf(utc)),
    scales: { x: { time: true, range: () => [shown.from, shown.to] }, y: { distr: log ? 3 : 1, range: rangeOf(log, () => shown.heat) } },
    axes: [{ ...axis, values: TIMES, space: 70 }, { ...axis, size: 56, values: (plot, ticks) => ticks.map(shortNumber) }],
    series: [{}, ...data.series.map(lineOf)],
    bands: data.band ? [{ series: data.band.map((at) => at + 1), fill: colorOf("--band") }] : [],
    cursor: { sync: { key: "panels" }, drag: { x: true, y: false, setScale: false },
      bind: { dblclick: () => () => events.back() } },
    hooks: {
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        if (width > 2) events.select(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
      }],
      setCursor: [(plot) => events.cursor(plot.cursor.idx ?? null)],
      drawClear: data.heat
        ? [(plot) => drawHeat(plot, shown.heat, shown.period)] : [],
    },
  };
  const plot = new uPlot(options, columns(), place);
  return {
    update(next, nextUtc) {
      if (shapeOf(next, nextUtc) !== shape) return false;
      shown = next;
      plot.setData(columns());
      events.cursor(plot.cursor.idx ?? null);
      return true;
    },
    resize: () => place.clientWidth && plot.setSize({ width: place.clientWidth, height: HEIGHT }),
    destroy: () => plot.destroy(),
  };
}
