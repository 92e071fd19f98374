// The reader's own HTTP interface: docs/http.md. Addresses are relative, so that the page works below a path.

import { KINDS } from "./kinds.js";

const MOST_COMPARED = 100;   // keys that a request may name
const MOST_ADDRESS = 12_000;  // bytes, before the last key; a request's head may have 16 KiB
const NAMES = Object.keys(KINDS);
const CHANCES = 10_000;  // ms that an answer may take

/** The answer's JSON. Throws an Error with the API's own words, or what kept it from answering. */
export async function ask(address, signal) {
  const signals = [AbortSignal.timeout(CHANCES)];
  if (signal) signals.push(signal);
  let answer;
  try {
    answer = await fetch(address, { signal: AbortSignal.any(signals), cache: "no-cache" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("kilometric-readerd does not answer; trying again");
  }
  const text = await answer.text();
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    if (answer.ok) throw new Error("the answer broke off; trying again");
  }
  if (!answer.ok) throw new Error(value?.error ?? `the answer was ${answer.status}`);
  return value;
}

export function address(route, parameters) {
  return `${route}?${new URLSearchParams(parameters)}`;
}

/** A key as a pattern that matches nothing else. */
export function literal(key) {
  return key.replace(/[\\*[\]{}]/g, (c) => `\\${c}`);
}

export function isPattern(key) {
  return /[*[{]/.test(key.replace(/\\./g, ""));
}

/** Keys of every kind that match, up to `limit` of each: [{kind, key}]. */
export async function findKeys(match, limit, signal) {
  const found = await Promise.all(NAMES.map((kind) => ask(address("keys", { kind, match, limit }), signal)));
  return found.flatMap((answer, at) => answer.keys.map((key) => ({ kind: NAMES[at], key })));
}

/** The counter that counted most in the last hour, of those that each host found to be the busiest of its last flush,
 * and of the first hundred; else any metric; null: there is none. */
export async function busiest() {
  const [found, told] = await Promise.all([findKeys("*", 100), ask("instances").catch(() => ({ instances: [] }))]);
  const keys = new Set(told.instances.flatMap(({ busiest: key }) => key ?? []));
  for (const { kind, key } of found) if (kind === "counter") keys.add(key);
  if (keys.size === 0) return found[0] ?? null;
  const parameters = [["kind", "counter"], ["type", "value"], ["from", "-1h"]];
  for (const key of [...keys].slice(0, MOST_COMPARED)) {
    if (address("read", parameters).length > MOST_ADDRESS) break;
    parameters.push(["key", literal(key)]);
  }
  const total = ({ values }) => values[0]?.value ?? 0;
  const [best] = seriesOf(await ask(address("read", parameters))).sort((a, b) => total(b) - total(a));
  return { kind: "counter", key: best?.name ?? [...keys][0] };
}

/** The series of an answer to /read, one or several. */
export function seriesOf(answer) {
  return answer.metrics ?? [answer];
}

/** Calls `heard` at each entry that a panel's metrics get, until the function that it returns is called. One
 * stream for each kind: a browser has six connections to an origin. */
export function listen(panels, heard) {
  const streams = NAMES.flatMap((kind) => {
    const keys = panels.filter((panel) => panel.kind === kind)
      .flatMap(({ key, by, tags }) => (by || tags.length ? [key, `${key};*`] : [key])).map((key) => ["key", key]);
    return keys.length ? [new EventSource(address("live", [...keys, ["kind", kind]]))] : [];
  });
  for (const stream of streams) stream.addEventListener("message", () => heard());
  return () => streams.forEach((stream) => stream.close());
}
