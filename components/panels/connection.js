// @ts-check
// Says that the connection is lost, in the page's own words, and comes back once there is a server.
// Streamlit connects again by itself; where it has given up, the address holds all that is to come back.

import { foldOnPhones } from "./folding.js";

const UNNOTICED = 1500; // milliseconds: a shorter break needs no words
const BETWEEN_LOOKS = 4000;
let stop; // Streamlit calls this again whenever the page is drawn
let lost = false;

export default function ({ data, setTriggerValue }) {
  stop?.();
  const leaveOpen = foldOnPhones();
  const app = /** @type {HTMLElement} */ (document.querySelector("[data-testid=stApp]"));
  const note = document.createElement("div");
  note.className = "vgl-lost";
  note.setAttribute("role", "status");
  note.textContent = data.lost;
  let saying, looking;

  const state = () => app.dataset.testConnectionState;
  const say = () => {
    document.body.append(note);
    document.body.classList.add("vgl-is-lost"); // Streamlit's own dialog says the same, in English
  };
  const unsay = () => {
    clearTimeout(saying);
    saying = undefined;
    note.remove();
    document.body.classList.remove("vgl-is-lost");
  };
  const comeBack = async () => {
    const answer = await fetch("_stcore/health", { cache: "no-store" }).catch(() => null);
    if (answer?.ok) window.location.reload();
  };
  const look = () => {
    clearInterval(looking);
    const connected = state() === "CONNECTED";
    if (connected && navigator.onLine) unsay();
    else saying ??= setTimeout(say, UNNOTICED);
    // What was moved last may not have arrived; nor does another server know this page yet.
    if (connected && lost) setTriggerValue("back", true);
    lost = !connected;
    if (state() === "DISCONNECTED_FOREVER") looking = setInterval(comeBack, BETWEEN_LOOKS);
  };

  const observer = new MutationObserver(look);
  observer.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });
  window.addEventListener("offline", look);
  window.addEventListener("online", look);
  look();
  stop = () => {
    observer.disconnect();
    window.removeEventListener("offline", look);
    window.removeEventListener("online", look);
    clearInterval(looking);
    unsay();
    leaveOpen();
  };
  return stop;
}
