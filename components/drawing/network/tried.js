// @ts-check
// What was tried on the last networks, by run: for the element that the page makes anew where it moves a
// panel, as it does when a run ends; and for the page that is loaded again, as a phone does unasked.

const MOST_TRIED = 2; // networks
const MOST_KEPT = 5_000; // parameters of each that outlast a reload: 100 kB as text
const KEPT = "networks tried";

// The tab's own storage, where the browser lets a page have one.
function tabStorage() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

// What it holds, unless somebody else has written there.
function read() {
  const found = new Map();
  try {
    for (const [run, what] of JSON.parse(storage?.getItem(KEPT) ?? "[]")) {
      if (what.parameters.every(Number.isFinite)) found.set(run, what);
    }
  } catch {
    found.clear();
  }
  return found;
}

const storage = tabStorage();
const tried = read();

export const outlasts = (parameters) => storage !== null && parameters.length <= MOST_KEPT;

// Keep what was tried on a run's network: its parameters and whatever else there is to say, or nothing any more.
export function keep(run, what) {
  tried.delete(run);
  if (what) tried.set(run, what);
  if (tried.size > MOST_TRIED) tried.delete(tried.keys().next().value);
  const lasting = [...tried].filter(([, { parameters }]) => outlasts(parameters));
  const written = lasting.map(([name, { parameters, steps, pinned, chosen }]) => [
    name,
    { parameters: [...parameters], steps, pinned, chosen, reloaded: true },
  ]);
  try {
    storage?.setItem(KEPT, JSON.stringify(written));
  } catch {
    storage.removeItem(KEPT); // there is no room: what stands there is no longer so
  }
}

export function keptOf(run, parameters) {
  const kept = tried.get(run);
  return kept?.parameters.length === parameters.length ? kept : undefined;
}
