// Texts on the page. Names of metrics come from strangers: they become text nodes and attributes, never markup.

/** An element with attributes (a function: a listener), and children: elements or texts. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Control characters, those that turn the direction of text around, and those that have no width.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A name as it can be seen: what has no look, or changes that of others, by its number. */
export function visible(name) {
  return name.replace(HIDDEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const SHORT = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** A number for an axis: at most about five characters. */
export function shortNumber(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  for (const [unit, letter] of SHORT)
    if (size >= unit) return `${+(value / unit).toPrecision(3)}${letter}`;
  return String(+value.toPrecision(3));
}

/** A number to read: whole ones in full, others to six digits. */
export function number(value) {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

/** Words for a shell, in quotes. */
export function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
