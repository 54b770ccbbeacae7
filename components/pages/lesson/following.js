// @ts-check
// Asks where the class is, and has the page drawn anew where that is another place than is shown.
// Where the server is not asked but something before it answers, the page itself looks, less often.
const SELDOM = 5; // so many times less
let stop; // Streamlit calls this again whenever the page is drawn

export default function ({ data, setTriggerValue }) {
  stop?.();
  document.cookie = data.visitor;
  if (!data.place) return;
  let timer;
  const move = () => setTriggerValue("moved", true);
  const look = async () => {
    clearTimeout(timer);
    let wait = data.between;
    if (!document.hidden) {
      const answer = await fetch(`class/${data.code}`, { cache: "no-store" }).catch(() => null);
      const place = answer?.ok && (await answer.text());
      if (place && !/^(none|\d+ (True|False))$/.test(place)) {
        wait *= SELDOM;
        timer = setTimeout(move, wait);
        return;
      }
      if (place && place !== data.place) return move();
    }
    // Not all at once, or they would go on asking all at once.
    timer = setTimeout(look, wait * (0.75 + Math.random() / 2));
  };
  const wake = () => document.hidden || look();
  document.addEventListener("visibilitychange", wake);
  timer = setTimeout(look, data.between * Math.random());
  stop = () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", wake);
  };
  return stop;
}
