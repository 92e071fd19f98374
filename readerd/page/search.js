// The search: finds metrics as one types; the arrows choose one, Enter draws it, Shift+Enter adds it.

import { findKeys, isPattern, literal } from "./api.js";
import { element, visible } from "./text.js";

const PAUSE = 150;  // ms without a key pressed
const MOST = 30;    // of each kind

export class Search {
  /** `choose(metric, added)` is told what was chosen: {kind, key}, of which the key may be a pattern. */
  constructor(input, list, choose) {
    Object.assign(this, { input, list, choose, found: [], at: -1, busy: null, timer: 0, foundFor: null });
    input.addEventListener("input", () => this.later());
    input.addEventListener("click", () => this.later());
    input.addEventListener("keydown", (event) => this.press(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  async look() {
    clearTimeout(this.timer);
    this.busy?.abort();
    this.busy = new AbortController();
    const words = this.input.value.trim();
    const match = isPattern(words) ? words : `*${literal(words)}*`;
    try {
      this.show(await findKeys(match, MOST, this.busy.signal), words);
      this.foundFor = words;
    } catch (error) {
      if (!this.busy.signal.aborted) this.showNote(error.message);
    }
  }

  show(found, words) {
    this.found = isPattern(words) ? kindsOf(found, words) : [];
    this.found.push(...found.map(({ kind, key }) => ({ kind, key: literal(key), name: key })));
    this.at = this.found.length && words ? 0 : -1;
    if (this.found.length === 0) return this.showNote("no metric matches");
    this.list.replaceChildren(...this.found.map((metric, at) => element("li", { role: "option", id: `found-${at}`,
      mousedown: (event) => { event.preventDefault(); this.take(at, event.shiftKey); } },
    element("span", { class: "kind" }, metric.kind), " ", ...marked(metric.name, words))));
    this.open();
    this.mark();
  }

  showNote(text) {
    this.found = [];
    this.at = -1;
    this.list.replaceChildren(element("li", { class: "note" }, text));
    this.open();
  }

  mark() {
    [...this.list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === this.at)));
    if (this.at >= 0) this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
    if (this.at >= 0) this.input.setAttribute("aria-activedescendant", `found-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  async press(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (this.found.length) this.at = (this.at + step + this.found.length) % this.found.length;
      this.mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const added = event.shiftKey;
      if (this.foundFor !== this.input.value.trim()) await this.look();  // who types faster than we look
      if (this.at >= 0) this.take(this.at, added);
    } else if (event.key === "Escape") {
      this.close();
      this.input.blur();
    }
  }

  take(at, added) {
    const { kind, key } = this.found[at];
    this.choose({ kind, key }, added);
    if (!added) this.close();
  }

  open() {
    if (document.activeElement !== this.input) return;
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }
}

/** A pattern itself can be chosen, once for each kind that it matches. */
function kindsOf(found, pattern) {
  return [...new Set(found.map(({ kind }) => kind))].map((kind) => ({ kind, key: pattern, name: pattern }));
}

/** A name, with the words that were looked for marked in it. */
function marked(name, words) {
  const at = words && !isPattern(words) ? name.indexOf(words) : -1;
  if (at < 0) return [visible(name)];
  return [visible(name.slice(0, at)), element("mark", {}, visible(name.slice(at, at + words.length))),
    visible(name.slice(at + words.length))];
}
