// @ts-check
// The replay: what one network answers at the kept frames of a run, in step with the charts beside it,
// without asking the server anything.
//
// The data is one block of bytes (see block.js): after the header the surfaces [arm][frame], each its reach
// (float32) and its cells (uint8 [row][column]): asinh of the logit, from -reach (0) to reach (254), 255: unknown.
// Every number that is read rather than drawn comes written, so that it is written as elsewhere.

import { fill, mounting, partsOf } from "../block.js";
import { nameButtons, namePlay } from "../controls.js";
import { Sheet, begin, contour, drawAxes, drawPoints, fontsOf, shades } from "../surface.js";

const FRAMES_PER_SECOND = 8; // kept frames shown in a second at speed 1; in between they are blended
const CALM_FRAMES_PER_SECOND = 2; // for who prefers reduced motion: whole frames, one after the other
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const UNKNOWN = 255;
const STAGE = ":is(.st-key-stage, .st-key-pictures)"; // what holds the surfaces and the charts
// The charts that show one step have a slider each, from the first logged step (0) to the last one (1).
const GRADIENT = ":is(.st-key-stage-gradient, .st-key-picture-gradient) input[type=range]";
const CLOSE = 0.0011; // half a step of such a slider, and a little
const FOLLOWERS = `${GRADIENT}, :is(.st-key-stage-loss, .st-key-picture-loss) input[type=range]`;

const REACH_BYTES = 4;

// The logits of a surface's cells.
function logitsOf(surface) {
  const reach = Math.asinh(new DataView(surface.buffer, surface.byteOffset).getFloat32(0, true));
  const meant = Float32Array.from({ length: UNKNOWN }, (_, byte) =>
    Math.sinh(((2 * byte) / (UNKNOWN - 1) - 1) * reach),
  );
  return Float32Array.from(surface.subarray(REACH_BYTES), (byte) => meant[byte]);
}

function decode(block) {
  const [header, all] = partsOf(block);
  const { arms, steps, side } = header;
  const bytes = REACH_BYTES + side * side;
  header.surfaces = arms.map((_, arm) =>
    steps.map((_, frame) => all.subarray((arm * steps.length + frame) * bytes).subarray(0, bytes)),
  );
  return header;
}

class Replay {
  constructor(root) {
    this.root = root;
    this.position = 0; // among the frames, a fraction between two of them
    this.touched = false; // until then a screen reader is not told where it stands
    this.together = false; // whether the charts stand at its step: from the first move of either on
    this.held = null; // the step that a visitor stays at; null: the end, wherever that is
    this.joined = new WeakSet(); // the charts' sliders that are known
    this.sheet = new Sheet();
    this.known = new WeakMap(); // the logits of surfaces that were shown
    this.playing = false;
    this.speed = 1;
    this.find = (name) => root.querySelector(name);
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(root);
    // A chart that is made anew, in another language or on another scale, begins at the start.
    this.newcomers = new MutationObserver(() => this.join());
    this.stage = root.getRootNode().host.closest(STAGE);
    this.newcomers.observe(this.stage, { childList: true, subtree: true });
    this.listen();
  }

  close() {
    this.halt();
    this.watcher.disconnect();
    this.newcomers.disconnect();
    this.listening.abort();
    delete this.stage.dataset.late;
  }

  listen() {
    this.listening = new AbortController();
    const on = (part, name, act) =>
      part.addEventListener(name, act, { signal: this.listening.signal });
    on(this.find(".play"), "click", () => this.toggle());
    on(this.find(".back"), "click", () => this.move(-1));
    on(this.find(".forth"), "click", () => this.move(1));
    on(this.find(".scrub"), "input", (event) => this.go(Number(event.target.value)));
    on(this.find(".speed"), "change", (event) => (this.speed = Number(event.target.value)));
    on(this.root, "keydown", (event) => this.press(event));
    // While nothing on the page has the focus, they are the replay's; Home and End scroll as ever.
    on(document, "keydown", (event) => {
      if (event.target === document.body && !["Home", "End"].includes(event.key)) this.press(event);
    });
    on(document, "input", ({ target }) => target.matches?.(GRADIENT) && this.follow(target));
  }

  press(event) {
    // With Shift the space bar scrolls up.
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || this.last < 1) return;
    const part = event.composedPath()[0].tagName;
    if (part === "SELECT" || (part === "BUTTON" && [" ", "Enter"].includes(event.key))) return;
    const acts = {
      " ": () => event.repeat || this.toggle(),
      ArrowLeft: () => this.move(-1),
      ArrowRight: () => this.move(1),
      Home: () => this.go(0),
      End: () => this.go(this.last),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  get last() {
    return this.data.steps.length - 1;
  }

  // Take over new data: the place in a run is kept when it grows, when another of its networks is shown,
  // or words and colours change.
  show(data) {
    const before = this.data;
    const same = before?.run === data.run;
    this.data = data;
    this.palette = shades(data.ramp, (value) => 1 / (1 + Math.exp(-value * data.steepest)));
    if (!same) {
      this.halt();
      if (this.together) this.steer(this.sliders, 0); // as they open
      this.together = false;
      this.held = null;
    }
    // What was learned comes first; while a run goes on there is nothing but its last step.
    this.position = this.held === null || this.last < 1 ? this.last : this.positionOf(this.held);
    this.build();
    this.draw();
    if (this.together && before.logged !== data.logged) this.lead();
    this.tell(this.together ? this.share : 0);
  }

  // Let the page say of the gradient what is to be seen at the charts' step: late in training another thing.
  tell(share) {
    this.stage.dataset.late = Math.round(share * (this.data.logged - 1)) >= this.data.late;
  }

  stepAt(position) {
    const low = Math.floor(position);
    const steps = this.data.steps;
    const high = Math.min(low + 1, steps.length - 1);
    return steps[low] + (steps[high] - steps[low]) * (position - low);
  }

  positionOf(step) {
    const steps = this.data.steps;
    const high = steps.findIndex((each) => each >= step);
    if (high < 0) return steps.length - 1;
    if (high === 0) return 0;
    return high - (steps[high] - step) / (steps[high] - steps[high - 1]);
  }

  // Everything that is text, and one pair of pictures for each activation.
  build() {
    const { arms, text, notice } = this.data;
    const written = JSON.stringify([arms.map(({ name, color }) => [name, color]), text, notice]);
    if (written === this.built) return;
    this.built = written;
    this.root.setAttribute("aria-label", text.title);
    this.find(".notice").textContent = notice;
    nameButtons(this.root, text);
    this.find(".scrub").setAttribute("aria-label", text.step);
    this.find(".speed").setAttribute("aria-label", text.speed);
    this.find(".speed").title = text.speed;
    const choices = SPEEDS.map((speed) => new Option(`${speed}×`, `${speed}`, false, speed === this.speed));
    this.find(".speed").replaceChildren(...choices);
    const sections = arms.map((arm) => {
      const section = document.createElement("section");
      section.className = "arm";
      section.innerHTML =
        '<h3><b></b><span class="right"></span><span class="loss"></span></h3>' +
        '<canvas class="surface" role="img"></canvas>';
      const name = section.querySelector("b");
      name.textContent = arm.name;
      name.style.color = arm.ink;
      return section;
    });
    this.find(".arms").replaceChildren(...sections);
    this.sections = sections;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.last < 1) return;
    this.touched = this.together = true;
    this.playing = true;
    if (this.position >= this.last) this.position = 0;
    let before = null;
    const tick = (now) => {
      if (!this.playing) return;
      if (!this.root.isConnected) return this.halt();
      const rate = this.calm.matches ? CALM_FRAMES_PER_SECOND : FRAMES_PER_SECOND;
      // A page in the background is not called: the time away does not count.
      if (before !== null) this.advance(Math.min(now - before, 250) * 0.001 * rate * this.speed);
      before = now;
      this.draw();
      this.lead();
      if (this.playing) this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
    this.draw();
    this.lead();
  }

  advance(frames) {
    this.position = Math.min(this.position + frames, this.last);
    if (this.position >= this.last) this.playing = false;
  }

  halt() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }

  pause() {
    this.halt();
    this.position = Math.round(this.position); // what stands still is a frame that was computed
    this.draw();
    this.lead();
  }

  move(frames) {
    const here = this.position;
    this.go(frames > 0 ? Math.floor(here) + frames : Math.ceil(here) + frames);
  }

  go(position) {
    this.touched = this.together = true;
    this.halt();
    this.position = Math.max(0, Math.min(position, this.last));
    this.draw();
    this.lead();
  }

  // The frame whose pictures are drawn, between two frames while it plays.
  get shown() {
    return this.playing && this.calm.matches ? Math.floor(this.position) : this.position;
  }

  draw() {
    if (!this.data || !this.sections) return;
    this.ink = getComputedStyle(this.root).color;
    this.type = fontsOf(this.root);
    const { shown } = this;
    this.sections.forEach((section, arm) => this.drawSurface(section.querySelector(".surface"), arm, shown));
    this.write(Math.round(shown));
    if (this.last >= 1) this.held = shown < this.last ? this.stepAt(shown) : null;
  }

  get sliders() {
    return [...document.querySelectorAll(FOLLOWERS)];
  }

  // Bring the charts to the frame's step, as a hand does.
  lead() {
    const { places, logged } = this.data;
    this.steer(this.sliders, places[Math.round(this.shown)] / Math.max(1, logged - 1));
  }

  steer(sliders, share) {
    this.share = share;
    this.tell(share);
    this.leading = true;
    for (const slider of sliders) {
      if (this.joined.has(slider) && Math.abs(Number(slider.value) - share) < CLOSE) continue;
      this.joined.add(slider);
      slider.value = share;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.leading = false;
  }

  join() {
    const strangers = this.sliders.filter((each) => !this.joined.has(each));
    if (!strangers.length) return;
    if (this.together) this.steer(strangers, this.share);
    strangers.forEach((slider) => this.joined.add(slider));
  }

  // Go where a hand has moved the gradient chart's slider, and take the other chart along.
  follow(slider) {
    if (this.leading) return;
    const share = Number(slider.value);
    this.steer(this.sliders.filter((other) => other !== slider), share);
    this.together = true;
    if (this.last < 1) return;
    const place = Math.round(share * (this.data.logged - 1));
    this.halt();
    this.position = Math.max(0, this.data.places.findLastIndex((each) => each <= place));
    this.draw();
  }

  write(frame) {
    const { names, arms, text } = this.data;
    const facts = arms.map((arm, place) => {
      if (this.lost(place, frame)) return [arm.lost, ""];
      return [fill(text.right, { right: arm.right[frame], points: arm.plane.points.length }), fill(text.loss, { loss: arm.losses[frame] })];
    });
    this.sections.forEach((section, arm) => {
      [section.querySelector(".right").textContent, section.querySelector(".loss").textContent] = facts[arm];
    });
    const label = `${text.step} ${names[frame]}`;
    const step = this.find(".step");
    step.textContent = label;
    step.style.minWidth = `${[text.step, names.at(-1)].join(" ").length}ch`;
    const scrub = this.find(".scrub");
    scrub.max = this.last;
    scrub.value = frame;
    scrub.setAttribute("aria-valuetext", label);
    for (const part of [".scrub", ".play", ".back", ".forth"]) this.find(part).disabled = this.last < 1;
    namePlay(this.find(".play"), this.playing, text);
    if (this.playing) return; // a reader is told where it stands, not every step on the way
    const spoken = arms.map((arm, place) => `${arm.name}: ${facts[place].filter(Boolean).join(", ")}`);
    arms.forEach((_, place) => {
      const picture = this.sections[place].querySelector(".surface");
      picture.setAttribute("aria-label", `${text.surface} ${label}, ${spoken[place]}`);
    });
    const status = `${label}. ${spoken.join(". ")}`;
    if (this.touched && this.find(".spoken").textContent !== status) this.find(".spoken").textContent = status;
  }

  // Whether a run had no loss any more by a frame.
  lost(arm, frame) {
    return this.data.arms[arm].losses[frame] === null;
  }

  drawSurface(canvas, arm, position) {
    const { pen, width } = begin(canvas);
    if (!width) return;
    const { side, steepest, text, ramp } = this.data;
    const { plane } = this.data.arms[arm];
    const values = this.blend(arm, position);
    const left = Math.round(24 * this.type.scale); // room for the axes' numbers
    const size = width - left;
    if (values) {
      this.sheet.paint(pen, values, side, this.palette, steepest, left, size);
      contour(pen, values, side, 0, left, size);
    } else {
      pen.fillStyle = this.ink;
      pen.globalAlpha = 0.1;
      pen.fillRect(left, 0, size, size);
      pen.globalAlpha = 1;
      pen.font = this.type.font(16);
      pen.textAlign = "center";
      const reason = this.lost(arm, Math.floor(position)) ? this.data.arms[arm].lost : text.huge;
      pen.fillText(reason, left + size / 2, size / 2);
    }
    drawAxes(pen, plane, this.type, this.ink, left, size);
    drawPoints(pen, plane, ramp, this.type, left, size);
    this.drawStep(pen, position, left, size);
  }

  // The step in the corner where the gradient chart has its own, as large: they may differ.
  drawStep(pen, position, left, size) {
    const { names, text } = this.data;
    pen.font = this.type.font(Math.min(18, size / 9 / this.type.scale), 600);
    [pen.textAlign, pen.textBaseline, pen.lineJoin] = ["right", "bottom", "round"];
    [pen.lineWidth, pen.strokeStyle, pen.fillStyle] = [4, "#000000", "#ffffff"];
    const label = [`${text.step} ${names[Math.round(position)]}`, left + size - 5, size - 4];
    pen.strokeText(...label);
    pen.fillText(...label);
  }

  // [side * side] logits at a frame or between two; null where the first of them is unknown.
  blend(arm, position) {
    const low = Math.floor(position);
    const part = position - low;
    const first = this.logitsAt(arm, low);
    const second = (part && first && this.logitsAt(arm, low + 1)) || first;
    return part && second !== first ? first.map((now, cell) => now + (second[cell] - now) * part) : first;
  }

  // Of a frame, which several pictures in a row are made from; null where they are unknown.
  logitsAt(arm, frame) {
    const surface = this.data.surfaces[arm][frame];
    if (surface[REACH_BYTES] === UNKNOWN) return null;
    if (!this.known.has(surface)) this.known.set(surface, logitsOf(surface));
    return this.known.get(surface);
  }
}

export default mounting(".replay", Replay, decode);
