// The page: what its address says is drawn, and what is changed goes into the address.

import { address, ask, busiest, listen, literal } from "./api.js";
import { formatAddress, parseAddress } from "./address.js";
import { Instances } from "./instances.js";
import { copy, Panel } from "./panel.js";
import { RANGES } from "./range.js";
import { Search } from "./search.js";
import { element } from "./text.js";

const $ = (id) => document.getElementById(id);
const REFRESH = 10_000;  // ms after which a live view is drawn again, whatever comes
const GLANCE = 2_000;    // ms after which instances are looked at again
const RETRY = 1_000;     // ms until an empty store is looked at again
const MOST_BACK = 50;    // ranges to go back to

const view = parseAddress(location.search);
const instances = new Instances(view);
let panels = [];
let tags = [];
let unlisten = () => {};
let timer = 0;
let pending = 0;
const back = [];

/** The range that is seen, in seconds since the epoch. */
async function span() {
  const now = Date.now() / 1000;
  if (view.from !== null) return [view.from, view.to];
  if (view.range !== "all") return [now - view.range, now];
  const firsts = await Promise.all(panels.map((panel) => panel.first()));
  return [Math.min(...firsts.filter((time) => time !== null), now - 900), now];
}

async function load() {
  try {
    if (view.instances) await instances.load();
    else {
      const [from, to] = await span();
      await Promise.all(panels.map((panel) => panel.load(from, to)));
    }
    $("state").textContent = "";
  } catch (error) {
    $("state").textContent = error.message;
  }
}

const follows = () => view.instances || (view.live && view.from === null);

/** Draws anew as entries come, at most once a second, and after a while in any case. */
function follow() {
  unlisten();
  clearInterval(timer);
  unlisten = () => {};
  if (!follows()) return;
  timer = setInterval(() => { if (!document.hidden) load(); }, view.instances ? GLANCE : REFRESH);
  unlisten = listen(panels.map(({ shown }) => shown), () => {
    pending ||= setTimeout(() => { pending = 0; load(); }, 200);
  });
}

function showControls() {
  $("ranges").replaceChildren(...[...RANGES, ["all", "all"]].map(([name, range]) => element("button", {
    "aria-pressed": String(view.from === null && view.range === range), click: () => setRange(range) }, name)));
  $("ranges").hidden = view.instances;
  for (const name of ["compare", "table", "utc"]) $(name).setAttribute("aria-pressed", String(view[name]));
  $("live").setAttribute("aria-pressed", String(view.live && view.from === null));
  $("house").setAttribute("aria-pressed", String(view.instances));
  const title = view.instances ? "Instances" : panels[0]?.title.textContent;
  document.title = title ? `${title} – Kilometric` : "Kilometric";
}

/** Makes the page what `view` says. */
function show() {
  for (const panel of panels) panel.close();
  const events = { select: zoom, back: goBack, changed: () => { save(); show(); }, removed: remove, tags: () => tags };
  panels = view.instances ? [] : view.panels.map((shown) => new Panel(shown, view, events));
  $("panels").replaceChildren(...(view.instances ? [instances] : panels).map(({ root }) => root));
  $("first").hidden = true;
  showControls();
  follow();
  return load();
}

function save() {
  history.replaceState(null, "", formatAddress(view));
}

function change(changes) {
  Object.assign(view, changes);
  save();
  showControls();
  follow();
  load();
}

function remember() {
  back.push({ range: view.range, from: view.from, to: view.to });
  if (back.length > MOST_BACK) back.shift();
}

function setRange(range) {
  remember();
  change({ range, from: null, to: null });
}

function zoom(from, to) {
  remember();
  change({ from: Math.floor(from), to: Math.max(Math.ceil(to), Math.floor(from) + 2) });
}

function goBack() {
  const before = back.pop();
  if (before) change(before);
}

/** Moves the range by a part of its length, and makes it longer or shorter. */
async function move(by, factor) {
  const [from, to] = await span();
  const length = (to - from) * factor, middle = (from + to) / 2 + by * (to - from);
  zoom(middle - length / 2, Math.min(middle + length / 2, Date.now() / 1000));
}

function choose(metric, added) {
  const shown = { ...metric, tags: [], by: "", sum: false, rate: false };
  view.instances = false;
  view.panels = added ? [...view.panels, shown] : [shown];
  save();
  show();
}

function remove(panel) {
  view.panels = view.panels.filter((shown) => shown !== panel.shown);
  save();
  show();
}

const ACTIONS = {
  live: () => change(view.from === null ? { live: !view.live } : { live: true, from: null, to: null }),
  compare: () => change({ compare: !view.compare }),
  table: () => change({ table: !view.table }),
  utc: () => change({ utc: !view.utc }),
  dark: () => { setDark(!isDark()); panels.forEach((panel) => panel.data && panel.redraw()); },
  link: () => copy(location.href, $("link")),
  keys: () => $("help").showModal(),
  house: () => {
    view.instances = !view.instances;
    save();
    start();
  },
};

function isDark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function setDark(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
  $("dark").setAttribute("aria-pressed", String(dark));
}

function togglePanels(name) {
  for (const { shown } of panels) shown[name] = !shown[name];
  save();
  show();
}

const KEYS = { l: "live", c: "compare", t: "table", u: "utc", d: "dark", y: "link", i: "house", "?": "keys" };
const PRESSED = {
  "/": () => { $("words").focus(); $("words").click(); }, s: () => togglePanels("sum"), r: () => togglePanels("rate"), Backspace: goBack,
  ArrowLeft: () => move(-0.5, 1), ArrowRight: () => move(0.5, 1), "+": () => move(0, 0.5), "-": () => move(0, 2),
  0: () => setRange("all"),
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  if (event.target.matches("input, select")) return;
  const range = RANGES[Number(event.key) - 1];
  const action = ACTIONS[KEYS[event.key]] ?? PRESSED[event.key] ?? (range && (() => setRange(range[1])));
  if (!action) return;
  event.preventDefault();
  action();
}

/** In an empty store: how to fill it. Looks again each second until something has come. */
async function begin() {
  try {
    const metric = await busiest();
    if (view.instances || view.panels.length) return;
    $("state").textContent = "";
    if (metric) return choose({ kind: metric.kind, key: literal(metric.key) }, false);
    const host = location.hostname;
    $("lines").textContent = `echo 'my-metric:1|c' | nc -u -q0 ${host} 8125\necho 'page:12|ms' | nc -u -q0 ${host} 8125\n`
      + `curl 'http://${host}:3000/track?key=my-metric&value=3'`;
    $("first").hidden = false;
  } catch (error) {
    $("state").textContent = error.message;
  }
  setTimeout(begin, RETRY);
}

function start() {
  show();
  if (!view.instances && view.panels.length === 0) begin();
}

async function askForTags() {
  try {
    tags = (await ask(address("tags", { limit: 100 }))).map(({ tag }) => tag).filter((tag) => tag !== "name");
  } catch {
    tags = [];  // the panels say what is wrong
  }
}

const theme = localStorage.getItem("theme");
if (theme) setDark(theme === "dark");
new Search($("words"), $("found"), choose);
for (const [name, action] of Object.entries(ACTIONS)) $(name).addEventListener("click", action);
document.addEventListener("keydown", press);
addEventListener("resize", () => panels.forEach((panel) => panel.resize()));
for (const [target, name] of [[document, "visibilitychange"], [window, "online"]])
  target.addEventListener(name, () => { if (!document.hidden && (view.instances || panels.length) && follows()) { follow(); load(); } });
askForTags().then(start);
