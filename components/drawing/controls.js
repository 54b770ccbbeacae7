// @ts-check
// The buttons that play and step, of the components that have some.

// What the buttons that step back and forth are called.
export function nameButtons(root, text) {
  for (const [way, name] of [["back", text.back], ["forth", text.forth]]) {
    const button = root.querySelector(`.${way}`);
    button.title = name;
    button.setAttribute("aria-label", name);
  }
}

// What the button that plays and pauses says.
export function namePlay(button, playing, text) {
  const [sign, name] = playing ? ["❚❚", text.pause] : ["▶", text.play];
  if (button.title === name) return;
  const word = document.createElement("span");
  word.textContent = ` ${name}`;
  button.replaceChildren(sign, word);
  button.title = name;
  button.setAttribute("aria-label", name);
}
