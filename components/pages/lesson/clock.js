// @ts-check
// The time of day, and the minutes of a lecture that have passed.
export default function ({ data, parentElement }) {
  const { text } = data;
  const began = performance.now() - 1000 * data.seconds;
  const clock = parentElement.querySelector(".clock");
  const tell = () => {
    const now = new Date().toLocaleTimeString(data.language, { hour: "2-digit", minute: "2-digit" });
    const minute = Math.floor((performance.now() - began) / 60_000);
    clock.textContent = text.now.replace("{time}", now).replace("{minute}", `${minute}`);
  };
  tell();
  const ticking = setInterval(tell, 1000);
  return () => clearInterval(ticking);
}
