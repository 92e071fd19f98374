// One panel: a metric, or several of a kind, as a plot, a legend and a table, with the request behind it.

import { address, ask, isPattern, literal, seriesOf } from "./api.js";
import { drawChart, seriesColor } from "./chart.js";
import { KINDS, valueOf } from "./kinds.js";
import { DAY, lengthText, periodOf, timeText, zoneOf } from "./range.js";
import { element, number, quoted, visible } from "./text.js";

const MOST_SERIES = 20;  // that are drawn
const MOST_ROWS = 1000;  // of the table

export class Panel {
  /** `shown`: its part of the address; `view`: that of all; `events`: of the plot, and changed(), removed(panel). */
  constructor(shown, view, events) {
    Object.assign(this, { shown, view, events, busy: null, chart: null, data: null });
    this.title = element("h2", {}, element("span", { class: "kind" }, shown.kind), " ", visible(shown.key.replace(/\\(.)/g, "$1")));
    this.note = element("p", { class: "note", role: "status" });
    this.plot = element("div", { class: "plot" });
    this.legend = element("table", { class: "legend", "aria-label": "Legend" });
    this.rows = element("div", { class: "rows" });
    this.period = element("span", { class: "period" });
    this.file = element("a", { download: "kilometric.csv" }, "CSV");
    this.tools = this.makeTools();
    this.root = element("article", {}, this.title, this.tools, this.note, this.plot, this.legend, this.rows);
  }

  /** Whether it may be several metrics. */
  many() {
    return isPattern(this.shown.key) || this.shown.tags.length > 0;
  }

  several() {
    return Boolean(this.shown.by) || (this.many() && !this.shown.sum);
  }

  summed() {
    return this.shown.sum && !this.shown.by && this.many();
  }

  /** Of points, or of the whole range. Of several gauges' sum there is no min and max. */
  stats(whole = false) {
    const { several, ask: points, whole: range, summed } = KINDS[this.shown.kind];
    if (this.several()) return [several.stat];
    if (this.summed() && summed) return summed;
    return whole ? range : points;
  }

  /** The parameters of /read for a type: "points" of `period` seconds, or "value". `stat`: other ones than usual. */
  parameters(type, from, to, period, stat) {
    const { kind, key, tags, by } = this.shown;
    const stats = this.stats(type === "value").join(",");
    const parameters = [["key", key], ["kind", kind], ["type", type], ["stat", stat ?? stats], ["from", from], ["to", to]];
    parameters.push(...tags.map((tag) => ["tag", tag]));
    if (by) parameters.push(["by", by]);
    if (this.summed()) parameters.push(["sum", "1"]);
    if (period) parameters.push(["period", period]);
    if (period >= DAY && !this.view.utc) parameters.push(["tz", zoneOf(false)]);
    return parameters;
  }

  /** The first entry's time in seconds, of any of its metrics; null: there is none. */
  async first() {
    const found = seriesOf(await ask(address("read", this.parameters("value", "-", "+"))));
    const times = found.flatMap(({ values }) => values.map(({ from }) => from / 1000));
    return times.length ? Math.min(...times) : null;
  }

  /** Asks for what lies in [from, to), in seconds, and draws it. What was asked before is given up. */
  async load(from, to) {
    this.busy?.abort();
    const busy = this.busy = new AbortController();
    const period = periodOf(to - from, this.plot.clientWidth || 600);
    const start = Math.floor(from / period) * period;
    const request = (type, back = 0, stat) => address("read", this.parameters(type, Math.round((start - back) * 1000),
      Math.round((to - back) * 1000) - 1, type === "points" ? period : 0, stat));
    // The range before is moved by whole periods, so that its points lie on those of this one.
    const length = Math.ceil((to - start) / period) * period;
    const { heat } = KINDS[this.shown.kind];
    try {
      const [points, whole, before, bins] = await Promise.all([ask(request("points"), busy.signal),
        ask(request("value"), busy.signal),
        this.view.compare ? ask(request("points", length), busy.signal) : null,
        heat && !this.several() ? ask(request("points", 0, heat), busy.signal) : null]);
      if (busy.signal.aborted) return;
      this.note.textContent = seriesOf(whole).some(({ values }) => values.length) ? "" : "nothing in this range";
      this.note.classList.remove("bad");
      this.period.textContent = `by ${lengthText(period)}`;
      this.file.href = `${request("points")}&format=csv`;
      this.request = new URL(request("points"), document.baseURI).href;
      this.data = this.dataOf(points, before, bins, { start, to, period, length });
      this.whole = whole;
      this.draw();
    } catch (error) {
      if (busy.signal.aborted) return;
      this.note.textContent = error.message;
      this.note.classList.add("bad");
    }
  }

  dataOf(points, before, bins, { start, to, period, length }) {
    const { kind, rate } = this.shown;
    const drawn = KINDS[kind];
    const found = seriesOf(points);
    const times = timesOf(found, start, to, period);
    const stats = this.stats();
    const factor = kind === "counter" && rate ? 1 / period : 1;
    const columns = (series, back = 0) => columnsOf(series, times, back, drawn.empty);
    const data = { kind, times, period, from: start, to, series: [], band: null, heat: null };
    if (this.several()) {
      found.slice(0, MOST_SERIES).forEach((series, at) => data.series.push({ label: series.name,
        draw: drawn.several.draw, color: seriesColor(at), name: series.name,
        values: columns(series)(drawn.several.stat, stats, factor) }));
      if (found.length > MOST_SERIES)
        this.note.textContent = `${MOST_SERIES} of ${found.length} series are drawn; choose a narrower pattern, or their sum`;
      return data;
    }
    const pick = columns(found[0]);
    data.series = drawn.single.filter(({ stat }) => stats.includes(stat)).map(({ stat, label, draw }, at) => ({ label: rate && kind === "counter" ? "per second" : label,
      stat, draw: rate && draw === "bars" ? "line" : draw, color: seriesColor(at), values: pick(stat, stats, factor) }));
    if (drawn.band && !this.summed()) data.band = drawn.band.map((stat) => data.series.findIndex((series) => series.stat === stat));
    if (bins) data.heat = seriesOf(bins)[0]?.values ?? [];
    if (before)
      data.series.push({ label: `${data.series[0].label} ${lengthText(length)} before`, draw: "before", before: true,
        color: seriesColor(7), values: columns(seriesOf(before)[0], length)(data.series[0].stat, stats, factor) });
    return data;
  }

  draw() {
    this.showLegend();
    this.showRows();
    if (this.chart?.update(this.data, this.view.utc)) return;
    this.redraw();
  }

  /** Makes the plot anew. */
  redraw() {
    this.chart?.destroy();
    const events = { ...this.events, cursor: (at) => this.showCursor(at) };
    this.chart = drawChart(this.plot, this.data, this.view.utc, events);
    this.plot.setAttribute("role", "img");
    this.plot.setAttribute("aria-label", `Plot of ${visible(this.shown.key)}; the table has its numbers`);
  }

  /** What is counted per second, and what the whole range comes to by the reader, which knows the samples. */
  showLegend() {
    const { series, from, to } = this.data;
    const head = ["", "", "under the cursor", "whole range", "per second", "min", "max", "last"];
    const wholes = new Map(seriesOf(this.whole).map((found) => [found.name, found.values[0] ?? {}]));
    const stats = this.stats(true);
    this.cells = [];
    const rows = series.map((line, at) => {
      const known = line.values.filter((value) => value !== null);
      const row = this.several() ? wholes.get(line.name) : [...wholes.values()][0];
      const stat = this.several() ? KINDS[this.shown.kind].several.stat : line.stat;
      const sum = known.reduce((total, value) => total + value, 0) * (this.shown.rate ? this.data.period : 1);
      const whole = line.before ? (this.shown.kind === "counter" ? sum : null) : valueOf(row ?? {}, stat, stats);
      const counts = this.shown.kind === "counter" ? whole : at > 0 ? null : row?.count ?? null;
      const cell = element("td", {}, "–");
      this.cells.push(cell);
      return element("tr", {}, element("td", {}, swatch(line.color)), element("th", { scope: "row" }, visible(line.label)), cell,
        element("td", {}, line.before ? this.changeText(sum) : number(whole)),
        element("td", {}, counts === null ? "–" : number(counts / (to - from))),
        element("td", {}, number(known.length ? known.reduce((a, b) => Math.min(a, b)) : null)),
        element("td", {}, number(known.length ? known.reduce((a, b) => Math.max(a, b)) : null)),
        element("td", {}, number(known.findLast((value) => value !== 0) ?? known.at(-1))));
    });
    this.legend.replaceChildren(element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...rows));
  }

  /** Of the range before: its total, and how much more or less there is now, in per cent. */
  changeText(before) {
    const now = this.data.series[0].values.reduce((total, value) => total + (value ?? 0), 0) * (this.shown.rate ? this.data.period : 1);
    if (this.shown.kind !== "counter") return "–";
    if (before === 0) return "0";
    const change = (now / before - 1) * 100;
    return `${number(before)}; now ${change >= 0 ? "+" : ""}${change.toFixed(1)} %`;
  }

  showCursor(at) {
    this.data?.series.forEach((line, of) => {
      if (this.cells[of]) this.cells[of].textContent = at === null ? "–" : number(line.values[at]);
    });
  }

  showRows() {
    if (!this.view.table) return this.rows.replaceChildren();
    const { times, series } = this.data;
    const shown = times.map((time, at) => at).filter((at) => series.some(({ values }) => values[at])).slice(-MOST_ROWS).reverse();
    this.rows.replaceChildren(element("table", { "aria-label": "Numbers" }, element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "from"),
      ...series.map(({ label }) => element("th", { scope: "col" }, visible(label))))), element("tbody", {}, ...shown.map((at) =>
      element("tr", {}, element("th", { scope: "row" }, timeText(times[at], this.view.utc)),
        ...series.map(({ values }) => element("td", {}, number(values[at]))))))));
  }

  /** The request behind the plot, as words for a shell and as a file, and what can be changed about it. */
  makeTools() {
    const { kind, key, by } = this.shown;
    const toggle = (name, text) => element("button", { "aria-pressed": String(Boolean(this.shown[name])),
      click: () => this.change({ [name]: !this.shown[name] }) }, text);
    return element("p", { class: "tools" }, this.period,
      kind === "counter" ? toggle("rate", "per second") : null,
      this.many() && !by ? toggle("sum", "sum") : null, ...this.tagChoice(), this.byChoice(),
      element("button", { click: (event) => this.request && copy(`curl ${quoted(this.request)}`, event.target) }, "Copy as curl"),
      this.file,
      element("button", { "aria-label": `Remove ${visible(key)}`, click: () => this.events.removed(this) }, "✕"));
  }

  change(changes) {
    Object.assign(this.shown, changes);
    this.events.changed();
  }

  /** The tags that it is chosen by, and one more: first the tag, then its value. */
  tagChoice() {
    const { tags } = this.shown, known = this.events.tags();
    const chosen = tags.map((tag) => element("button", { "aria-label": `No longer only ${visible(tag)}`,
      click: () => this.change({ tags: tags.filter((other) => other !== tag) }) }, `${visible(tag)} ✕`));
    if (known.length === 0) return chosen;
    const values = element("select", { hidden: true, "aria-label": "Value of the tag",
      change: () => this.change({ tags: [...tags, values.value] }) });
    const names = element("select", { change: async () => {
      const { tag, values: found } = await ask(`tags/${encodeURIComponent(names.value)}?limit=200`);
      values.replaceChildren(...options(["", ...found.map(({ value }) => `${tag}:${literal(value)}`)], ""));
      values.hidden = false;
      values.focus();
    } }, ...options(["", ...known], ""));
    return [...chosen, element("label", {}, "only ", names), values];
  }

  byChoice() {
    const tags = this.events.tags();
    if (tags.length === 0) return null;
    return element("label", {}, "by ", element("select", { change: (event) => this.change({ by: event.target.value }) },
      ...options(["", ...tags], this.shown.by)));
  }

  resize() {
    this.chart?.resize();
  }

  close() {
    this.busy?.abort();
    this.chart?.destroy();
    this.root.remove();
  }
}

/** Where points may lie: each period of the range; those of days begin where the reader says. */
function timesOf(found, start, to, period) {
  if (period < DAY) return Array.from({ length: Math.ceil((to - start) / period) }, (_, at) => start + at * period);
  return [...new Set(found.flatMap(({ values }) => values.map(({ from }) => from / 1000)))].sort((a, b) => a - b);
}

/** Gives the values of a statistic at `times`, of a series that lies `back` seconds before. */
function columnsOf(series, times, back, empty) {
  const rows = new Map((series?.values ?? []).map((row) => [Math.round(row.from / 1000 + back), row]));
  return (stat, stats, factor) => times.map((time) => {
    const row = rows.get(Math.round(time));
    const value = row ? valueOf(row, stat, stats) : empty;
    return value === null ? null : value * factor;
  });
}

function options(values, chosen) {
  return values.map((value) => element("option", { value, selected: value === chosen }, visible(value) || "–"));
}

function swatch(color) {
  const made = element("span", { class: "swatch" });
  made.style.backgroundColor = color;
  return made;
}

/** Copies a text, and says so on the button. */
export async function copy(text, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    prompt("Copy this:", text);  // the clipboard is for pages of localhost and https alone
  }
  setTimeout(() => { button.textContent = before; }, 1500);
}
