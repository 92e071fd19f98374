// All that is seen, as the page's address has it, so that a link shows the same:
//
//   ?m=counter:web.hits&m=timer:page&tag=env:prod&by=host&range=3600&compare=1
//
// A panel is `m=<kind>:<key or pattern>`; what follows it, `tag`, `by`, `sum` and `rate`, is of that panel. The range is
// the last so many seconds, or `all`, or lies between `from` and `to`, in seconds since the epoch. `view=instances` shows these instead.

import { KINDS } from "./kinds.js";

const SWITCHES = ["compare", "table", "utc"];
const MOST_PANELS = 20;
const MOST_TAGS = 32;

export function parseAddress(text) {
  const view = { panels: [], instances: false, range: 3600, from: null, to: null, live: true, compare: false, table: false, utc: false };
  for (const [name, value] of new URLSearchParams(text)) {
    const panel = view.panels.at(-1);
    if (name === "m") {
      const kind = value.slice(0, value.indexOf(":"));
      if (Object.hasOwn(KINDS, kind) && view.panels.length < MOST_PANELS)
        view.panels.push({ kind, key: value.slice(kind.length + 1), tags: [], by: "", sum: false, rate: false });
    } else if (name === "tag" && panel?.tags.length < MOST_TAGS) panel.tags.push(value);
    else if (name === "by" && panel) panel.by = value;
    else if ((name === "sum" || name === "rate") && panel) panel[name] = value === "1";
    else if (name === "range") view.range = value === "all" ? "all" : Math.min(Math.max(Number(value) || 3600, 10), 1e10);
    else if (name === "from" || name === "to") view[name] = Number(value) || null;
    else if (name === "view") view.instances = value === "instances";
    else if (name === "live") view.live = value !== "0";
    else if (SWITCHES.includes(name)) view[name] = value === "1";
  }
  if (view.from === null || view.to === null || view.from >= view.to) view.from = view.to = null;
  return view;
}

export function formatAddress(view) {
  const parts = new URLSearchParams();
  for (const panel of view.panels.slice(0, MOST_PANELS)) {
    parts.append("m", `${panel.kind}:${panel.key}`);
    for (const tag of panel.tags) parts.append("tag", tag);
    if (panel.by) parts.append("by", panel.by);
    for (const name of ["sum", "rate"]) if (panel[name]) parts.append(name, "1");
  }
  if (view.from !== null) {
    parts.append("from", view.from);
    parts.append("to", view.to);
  } else parts.append("range", view.range);
  if (view.instances) parts.append("view", "instances");
  if (!view.live) parts.append("live", "0");
  for (const name of SWITCHES) if (view[name]) parts.append(name, "1");
  return `?${parts}`;
}
