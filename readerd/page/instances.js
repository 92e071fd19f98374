// The second view: how each ingestd fares, and which lines were bad of late.

import { ask } from "./api.js";
import { timeText } from "./range.js";
import { element, number, visible } from "./text.js";

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function age(ms) {
  const seconds = Math.max(ms / 1000, 0);
  const [unit, name] = UNITS.find(([length]) => seconds >= 2 * length) ?? UNITS.at(-1);
  return `${Math.floor(seconds / unit)} ${name}`;
}

/** What is not known is a dash. */
function known(value, suffix = "") {
  return value === undefined || value === null ? "–" : `${number(+value.toPrecision(3) === value ? value : Math.round(value * 10) / 10)}${suffix}`;
}

function total(lines, wanted) {
  return lines && Object.entries(lines).reduce((sum, [outcome, count]) => (wanted(outcome) ? sum + count : sum), 0);
}

const isBad = (outcome) => outcome !== "accepted";

function table(label, heads, rows) {
  return element("div", { class: "rows" }, element("table", { "aria-label": label },
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...rows)));
}

export class Instances {
  constructor(view) {
    Object.assign(this, { view, told: new Map(), root: element("article", { id: "instances" }) });
  }

  /** Asks for all, and shows them. Lines per second are of the time between the last two flushes that were seen. */
  async load() {
    const answer = await ask("instances");
    for (const now of answer.instances) {
      const last = this.told.get(now.id);
      if (!last || last.now.told !== now.told) this.told.set(now.id, { now, before: last?.now });
    }
    this.show(answer);
  }

  /** Lines of an instance per second; null: not known yet. */
  rate({ id }, wanted) {
    const { now, before } = this.told.get(id);
    const lines = total(now.lines, wanted) - total(before?.lines, wanted);
    return lines >= 0 ? lines / (now.told - before.told) * 1000 : null;
  }

  show({ now, redis_ms, instances }) {
    const hosts = instances.map((instance) => this.row(instance, now));
    const unsafe = instances.some(({ append_only }) => append_only === false);
    const sum = (of) => instances.reduce((all, instance) => (of(instance) === null ? all : (all ?? 0) + of(instance)), null);
    const outcomes = [...new Set(instances.flatMap(({ lines }) => Object.keys(lines ?? {})))];
    const bad = instances.flatMap(({ host, rejected }) => (rejected ?? []).map((line) => ({ host, ...line })))
      .sort((a, b) => b.time - a.time);
    const cell = (text, attributes) => element("td", attributes, text);
    this.root.replaceChildren(
      element("h2", {}, "Instances"),
      element("p", { class: "note" }, `Redis answers in ${known(redis_ms, " ms")}${unsafe ? "; it keeps no append-only file" : ""}`),
      table("Instances", ["host", "last flush", "lines/s", "bad/s", "dropped", "batches waiting", "running for", "version"], hosts),
      element("h2", {}, "Lines"),
      table("Lines by outcome", ["outcome", "per second", "in all"], outcomes.map((outcome) => element("tr", {},
        element("th", { scope: "row" }, outcome), cell(known(sum((instance) => this.rate(instance, (one) => one === outcome)))),
        cell(number(sum(({ lines }) => lines?.[outcome] ?? null)))))),
      element("h2", {}, "Bad lines of late"),
      bad.length === 0 ? element("p", { class: "note" }, "none")
        : table("Bad lines", ["time", "reason", "line", "sender", "host"], bad.map((line) => element("tr", {},
          element("th", { scope: "row" }, timeText(line.time / 1000, this.view.utc)), cell(line.reason, { title: line.advice }),
          cell(element("code", {}, visible(line.line))), cell(`${line.sender} (${line.via})`), cell(visible(line.host ?? "–"))))));
  }

  row(instance, now) {
    const { id, host, healthy, flushed, drops, pending, spool, started, version } = instance;
    const waits = pending > 0 ? `${number(pending)}, ${known(spool / 1e6, " MB")}` : known(pending);
    return element("tr", {}, element("th", { scope: "row", title: id }, visible(host ?? id)),
      element("td", { class: healthy ? null : "bad" }, `${age(now - flushed)} ago${healthy ? "" : ", late"}`),
      ...[known(this.rate(instance, (outcome) => !isBad(outcome))), known(this.rate(instance, isBad)), known(drops), waits,
        started ? age(now - started) : "–", visible(version ?? "–")].map((text) => element("td", {}, text)));
  }
}
