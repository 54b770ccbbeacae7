// @ts-check
// One network to try things on: its units' surfaces, its weights, its training, all in the browser.
//
// The data is one block of bytes (see block.js): after the header the network's parameters in the run's
// precision: layer by layer a norm's shifts and scales, if there is one, biases, weights (row by row, an input each).

import { fill, mounting, partsOf } from "../block.js";
import { Sheet, begin, contour, drawAxes, drawPoints, fontsOf, shades } from "../surface.js";
import { number, probability, whole } from "../../words/numbers.js";
import { OUTPUTS, backward, descent, forward, layersOf, sigmoid, winners } from "./math.js";
import {
  Geometry, REACH, arcsOf, axisOf, drawArcs, drawLines, drawMarks, drawNames, drawNorms, drawUnit, largestOf, linesOf,
  markLine, ringUnit,
} from "./picture.js";
import { formulas, sumsOf } from "./sums.js";
import { keep, keptOf, outlasts } from "./tried.js";

const STEPS_PER_SECOND = 170;
const TRAINING_SHARE = 11; // milliseconds of a frame
const CALM_REDRAW = 500; // milliseconds between pictures of a training, for who prefers reduced motion
const PER_PIXEL = 0.02; // that a weight changes by while it is dragged
const FINER = 0.1;
const BY_KEY = 0.1;
const LARGEST_WEIGHT = 100;
const SLIDES = [2, 5, 10, 20, 50, LARGEST_WEIGHT]; // how far the slider reaches
const MOST_WORK = 4e7; // multiplications for a surface
const SMALLEST_SIDE = 12;
const LARGEST_SIDE = 40;
const SLOW_SURFACE = 30; // milliseconds; what takes longer is not drawn at each change
const FINGER = 16; // pixels from a unit or a line at which a finger still means it
const SHARE = 0.3; // of the way to the next column, at most, so that a finger finds lines between units too
const TYPED = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const JUST_NOW = 5_000; // milliseconds
const FEW_COLUMNS = 6; // up to which there is room for a larger surface
const ANSWER = null; // in place of a unit: the whole network's answer

function decode(block) {
  const [header, rest] = partsOf(block);
  const Kept = header.dtype === "float64" ? Float64Array : Float32Array;
  header.parameters = Float64Array.from(new Kept(rest.slice().buffer));
  return header;
}

function allFinite(values) {
  let sum = 0;
  for (const value of values) sum += value * 0; // infinity and what is no number make it no number
  return sum === 0;
}

class Hands {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.sheet = new Sheet();
    this.pinned = ANSWER;
    this.chosen = { layer: 1, source: 0, target: 0 };
    this.training = false;
    this.lines = [];
    this.surfaceTook = this.surfaceDrawn = 0;
    this.watcher = new ResizeObserver(() => this.redraw());
    this.watcher.observe(root);
    this.listen();
  }

  close() {
    this.keep();
    this.halt();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.later);
    this.watcher.disconnect();
    this.listening.abort();
  }

  listen() {
    this.listening = new AbortController();
    const on = (part, name, act, options = {}) =>
      part.addEventListener(name, act, { signal: this.listening.signal, ...options });
    const picture = this.find(".picture");
    // Of two fingers the first one counts.
    const onFirst = (name, act) => on(picture, name, (event) => event.isPrimary && act(event));
    onFirst("pointermove", (event) => (this.drag ? this.pull(event) : this.hover(event)));
    on(picture, "pointerleave", () => this.leave());
    onFirst("pointerdown", (event) => this.press(event));
    for (const name of ["pointerup", "pointercancel"]) onFirst(name, () => this.release());
    on(picture, "click", (event) => this.tap(event));
    // A finger scrolls the page, but on a line it moves the weight: the pointer has pressed before the touch is told.
    const hold = (event) => this.drag && event.cancelable && event.preventDefault();
    on(picture, "touchstart", hold, { passive: false });
    const units = this.find(".units");
    on(units, "focusin", (event) => this.focus(event.target.place));
    on(units, "focusout", () => this.focus(undefined));
    on(units, "click", (event) => this.pin(event.target.place));
    on(units, "keydown", (event) => this.walk(event));
    on(this.find(".layer"), "change", (event) => this.choose({ ...this.chosen, layer: Number(event.target.value) }));
    on(this.find(".from"), "change", (event) => this.choose({ ...this.chosen, source: Number(event.target.value) }));
    on(this.find(".to"), "change", (event) => this.choose({ ...this.chosen, target: Number(event.target.value) }));
    on(this.find(".value"), "change", (event) => this.type(event.target.value));
    on(this.find(".value"), "keydown", (event) => this.nudge(event));
    on(this.find(".slide"), "input", (event) => this.put(Number(event.target.value)));
    on(this.find(".slide"), "change", () => this.speak());
    on(this.find(".train"), "click", () => (this.training ? this.stop() : this.train()));
    on(this.find(".back"), "click", () => this.putBack());
    // The last that a page is told, whether it is loaded again or its phone ends it.
    on(document, "visibilitychange", () => this.keep());
  }

  // Take over new data. Own changes stay while it is the same network at the same step.
  show(data) {
    const before = this.data;
    const same = before?.run === data.run;
    const said = same && before.text.stopped === data.text.stopped ? this.find(".note").textContent : "";
    this.data = data;
    this.colours = { ...data.colours, ...this.theme() };
    const { points } = data.plane;
    this.points = Float64Array.from(points.flatMap(([first, second]) => [first, second]));
    this.labels = points.map(([, , label]) => label);
    this.layers = layersOf(data);
    if (!same) {
      if (before) keep(before.run, null);
      this.halt();
      this.parameters = data.parameters.slice();
      this.finite = data.parameters.slice();
      this.forget();
    }
    const kept = before ? undefined : keptOf(data.run, data.parameters);
    if (kept) this.resume(kept);
    if (this.pinned && !this.has(this.pinned)) this.pinned = ANSWER;
    this.focused = this.hovered = this.pointed = undefined;
    this.evaluate();
    this.build();
    this.choose(this.chosen);
    this.note(kept?.reloaded ? data.text.restored : said);
  }

  // For the element, or the page, that comes after this one.
  keep() {
    const { parameters, steps, pinned, chosen } = this;
    const move = this.training ? this.move : null;
    keep(this.data.run, this.changed ? { parameters, steps, pinned, chosen, move, at: Date.now() } : null);
  }

  // Go on with what was tried before this element was made; train on if it was made just now.
  resume({ parameters, steps, pinned, chosen, move, at }) {
    Object.assign(this, { parameters: Float64Array.from(parameters), steps, pinned, chosen });
    this.evaluate();
    if (move && Date.now() - at < JUST_NOW) this.run(move);
  }

  forget() {
    this.steps = 0;
    this.axis = undefined;
  }

  theme() {
    const style = getComputedStyle(this.root);
    return { ink: style.color, mark: style.getPropertyValue("--st-primary-color") };
  }

  has({ layer, unit }) {
    return unit < this.data.sizes[layer]; // which is undefined where there is no such layer
  }

  evaluate() {
    this.pass = forward(this.data, this.parameters, this.points);
    this.state = backward(this.data, this.parameters, this.pass, this.labels);
  }

  get answers() {
    return Array.from(this.pass.values, OUTPUTS[this.data.output].answer);
  }

  // The answer that leans to neither label.
  get middle() {
    const [low, high] = this.data.targets;
    return (low + high) / 2;
  }

  // Whether each of the points is answered right.
  get right() {
    const { threshold } = OUTPUTS[this.data.output];
    const { values } = this.pass; // what is no number is wrong for either label
    return this.labels.map((label, place) => (label ? values[place] > threshold : values[place] <= threshold));
  }

  get changed() {
    const { parameters } = this.data;
    return this.parameters.some((value, place) => value !== parameters[place]);
  }

  // The unit whose surface is shown; ANSWER: the network's.
  get shown() {
    const unit = this.hovered ?? this.focused ?? this.pinned;
    return unit && unit.layer <= this.data.depth ? unit : ANSWER;
  }

  unitName({ layer, unit }) {
    if (layer === 0) return `x[${unit + 1}]`;
    const { depth, sizes } = this.data;
    if (layer > depth) return sizes.at(-1) > 1 ? `p[${unit + 1}]` : "p";
    return `h${layer}[${unit + 1}]`;
  }

  weightName({ layer, source, target }) {
    const { fanIn } = this.layers[layer - 1];
    if (source < fanIn) return `W${layer}[${source + 1}, ${target + 1}]`;
    return `${["b", "γ", "β"][source - fanIn]}${layer}[${target + 1}]`;
  }

  // Where a weight stands among the parameters; after a layer's inputs its biases are a source, and a norm's scales
  // and shifts.
  placeOf({ layer, source, target }) {
    const { fanIn, fanOut, biases, scales, shifts, weights } = this.layers[layer - 1];
    if (source < fanIn) return weights + source * fanOut + target;
    return [biases, scales, shifts][source - fanIn] + target;
  }

  valueAt({ layer, unit }, point) {
    const { depth, output, sizes } = this.data;
    if (layer > depth) {
      // The last unit's is the answer; of two the first one's is the other label's.
      const logit = this.pass.values[point];
      return OUTPUTS[output].answer(unit < sizes.at(-1) - 1 ? -logit : logit);
    }
    const values = this.pass.inputs[layer];
    return values[point * (values.length / this.labels.length) + unit];
  }

  // How the shown unit is made, and if none is, how each is.
  sums() {
    const { text, skip } = this.data;
    const last = this.layers.at(-2);
    if (!skip && !last?.normed) return [];
    const unit = this.shown?.layer ? this.shown : null;
    if (!unit) return formulas(this.data, { ...last, skipped: skip }, text.before);
    const before = this.unitName({ ...unit, layer: unit.layer - 1 });
    const [first, ...others] = sumsOf(this.data, this.parameters, this.pass, unit, before);
    return [`${this.unitName(unit)}: ${first}`, ...others];
  }

  // What is written once for each language, shape and run.
  build() {
    const { text, name, ink, point, pointNames, columns } = this.data;
    this.root.classList.toggle("few", columns.length <= FEW_COLUMNS);
    this.find(".name").textContent = name;
    this.find(".name").style.color = ink;
    const labels = this.root.querySelectorAll(".weight label span");
    [text.layer, text.from, text.to, text.value].forEach((label, place) => (labels[place].textContent = label));
    this.find(".weight").setAttribute("aria-label", `${name}: ${text.weight}`);
    this.find(".units").setAttribute("aria-label", `${name}: ${text.units}`);
    this.find(".slide").setAttribute("aria-label", text.slide);
    this.find(".back").textContent = text.back;
    const answers = pointNames.map((pointName, place) => {
      const item = document.createElement("li");
      item.className = place === point ? "here" : "";
      for (const part of [pointName, "", ""]) {
        item.appendChild(document.createElement("span")).textContent = part;
      }
      return item;
    });
    this.find(".answers").replaceChildren(...answers);
    const options = this.layers.map((_, layer) => new Option(`W${layer + 1}`, `${layer + 1}`));
    this.find(".layer").replaceChildren(...options);
    this.geometry = undefined;
  }

  // Choose a weight, the nearest there is in its layer.
  choose({ layer, source, target }) {
    const { depth, sizes, text } = this.data;
    const at = Math.min(layer, depth + 1);
    const { fanIn, fanOut, normed } = this.layers[at - 1];
    const others = normed ? [text.bias, text.norm_scale, text.norm_shift] : [text.bias];
    const last = fanIn + others.length - 1;
    this.chosen = { layer: at, source: Math.min(source, last), target: Math.min(target, fanOut - 1) };
    const from = Array.from({ length: fanIn }, (_, unit) => this.unitName({ layer: at - 1, unit }));
    const units = sizes[at];
    const to = Array.from({ length: fanOut }, (_, column) => {
      const unit = this.unitName({ layer: at, unit: column % units });
      return fanOut > units ? fill(text.set, { unit, number: Math.floor(column / units) + 1 }) : unit;
    });
    this.offer(".layer", at);
    this.offer(".from", this.chosen.source, [...from, ...others]);
    this.offer(".to", this.chosen.target, to);
    const value = Math.abs(this.parameters[this.placeOf(this.chosen)]);
    const reach = SLIDES.find((each) => each >= value) ?? LARGEST_WEIGHT;
    Object.assign(this.find(".slide"), { min: -reach, max: reach, step: reach / 200 });
    this.note("");
    this.redraw();
  }

  // A select's options, written anew only where they are others, and the one that is chosen.
  offer(name, value, options) {
    const select = this.find(name);
    if (options && options.join("|") !== [...select.options].map((option) => option.text).join("|")) {
      select.replaceChildren(...options.map((option, place) => new Option(option, place)));
    }
    select.value = value;
  }

  // Change the chosen weight.
  put(value) {
    const bounded = Math.max(-LARGEST_WEIGHT, Math.min(value, LARGEST_WEIGHT));
    this.parameters[this.placeOf(this.chosen)] = bounded;
    this.note("");
    this.evaluate();
    this.redraw();
  }

  type(typed) {
    const { text } = this.data;
    const written = typed.trim().replace("−", "-").replace(",", "."); // either decimal mark, once
    const values = {
      typed: typed.trim(),
      name: this.weightName(this.chosen),
      value: number(this.parameters[this.placeOf(this.chosen)], 3),
      most: LARGEST_WEIGHT,
    };
    if (!TYPED.test(written)) this.refuse(fill(text.not_a_number, values));
    else if (Math.abs(Number(written)) > LARGEST_WEIGHT) this.refuse(fill(text.out_of_range, values));
    else {
      this.put(Number(written));
      this.choose(this.chosen); // the slider reaches as far as it must
      this.speak();
    }
    this.writeField();
  }

  refuse(sentence) {
    this.note(sentence);
    this.find(".value").setAttribute("aria-invalid", "true");
  }

  nudge(event) {
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!up) return;
    event.preventDefault();
    this.put(this.parameters[this.placeOf(this.chosen)] + up * BY_KEY * (event.shiftKey ? FINER : 1));
    this.writeField();
    this.speak();
  }

  train() {
    const { text } = this.data;
    if (!Number.isFinite(this.state.loss)) return this.note(text.no_loss);
    this.note("");
    this.run(descent(this.data, this.parameters.length));
    this.draw();
  }

  run(move) {
    this.move = move;
    this.training = true;
    let before = null;
    let owed = 0;
    let drawn = 0;
    const tick = (now) => {
      if (!this.training || !this.root.isConnected) return; // see close
      // A page in the background is not called: the time away does not count.
      owed += before === null ? 1 : (Math.min(now - before, 250) / 1000) * STEPS_PER_SECOND;
      before = now;
      const end = performance.now() + TRAINING_SHARE;
      while (owed >= 1 && this.training) {
        this.advance();
        owed = performance.now() > end ? 0 : owed - 1;
      }
      if (this.training) this.ticking = requestAnimationFrame(tick);
      if (this.training && this.calm.matches && now - drawn < CALM_REDRAW) return;
      drawn = now;
      this.draw();
    };
    this.ticking = requestAnimationFrame(tick);
  }

  // One step of the run's optimizer; where it leads to what is no number, back to before it.
  advance() {
    const { rate, text } = this.data;
    this.finite.set(this.parameters);
    this.move(this.parameters, this.state.gradient, rate);
    this.evaluate();
    if (Number.isFinite(this.state.loss) && allFinite(this.parameters)) {
      this.steps += 1;
      return;
    }
    this.parameters.set(this.finite);
    this.evaluate();
    this.halt();
    this.note(text.stopped);
  }

  halt() {
    this.training = false;
    cancelAnimationFrame(this.ticking);
  }

  stop() {
    this.halt();
    this.redraw();
    this.speak();
  }

  putBack() {
    this.halt();
    this.parameters.set(this.data.parameters);
    this.keep();
    this.forget();
    this.evaluate();
    this.choose(this.chosen);
    this.speak();
  }

  note(sentence) {
    this.find(".note").textContent = sentence;
    this.find(".value").removeAttribute("aria-invalid");
  }

  // Tell a screen reader how things stand, after something was done.
  speak() {
    const name = this.weightName(this.chosen);
    const value = number(this.parameters[this.placeOf(this.chosen)], 3);
    this.find(".spoken").textContent = `${name} = ${value}. ${this.facts()}`;
  }

  facts() {
    const { text, point } = this.data;
    return fill(text.facts, {
      p: probability(this.answers[point], this.middle),
      loss: number(this.state.loss, 2, 4),
      right: this.right.filter(Boolean).length,
      points: this.labels.length,
    });
  }

  // The pointer.

  at(event) {
    const { left, top } = this.find(".picture").getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  // The unit there, or else the line; under a finger the chosen one before those beside it.
  under(event) {
    const [x, y] = this.at(event);
    const { geometry, lines, marked } = this;
    const finger = event.pointerType === "touch";
    const unit = geometry.unitAt(x, y, finger ? Math.min(FINGER, SHARE * geometry.across) : 0);
    if (unit) return { unit, line: null };
    const held = finger && marked ? geometry.lineAt([{ ...marked, strength: 1 }], x, y, REACH) : null;
    return { unit: null, line: held ?? geometry.lineAt(lines, x, y, finger ? FINGER : REACH) };
  }

  hover(event) {
    if (event.pointerType === "touch" || !this.geometry) return;
    const { unit, line } = this.under(event);
    const changed = unit !== (this.hovered ?? null) || line !== (this.pointed ?? null);
    this.hovered = unit ?? undefined;
    this.pointed = line ?? undefined;
    this.find(".picture").classList.toggle("over-unit", Boolean(unit));
    this.find(".picture").classList.toggle("over-line", Boolean(line));
    this.tip(event);
    if (changed) this.redraw();
  }

  leave() {
    this.hovered = this.pointed = undefined;
    this.find(".tip").textContent = "";
    this.redraw();
  }

  press(event) {
    if (!this.geometry || event.button) return;
    const { line } = this.under(event);
    if (!line) return;
    this.choose(line);
    this.drag = { y: event.clientY, value: this.parameters[this.placeOf(this.chosen)] };
    this.find(".picture").setPointerCapture(event.pointerId);
    this.tip(event);
  }

  pull(event) {
    const pixels = this.drag.y - event.clientY;
    this.drag.y = event.clientY;
    this.drag.value += pixels * PER_PIXEL * (event.shiftKey ? FINER : 1);
    this.put(this.drag.value);
    this.tip(event);
  }

  release() {
    if (!this.drag) return;
    this.drag = undefined;
    this.choose(this.chosen);
    this.speak();
  }

  tap(event) {
    const unit = this.geometry && this.under(event).unit;
    if (unit) this.pin(unit);
  }

  pin(unit) {
    const again = this.pinned && unit.layer === this.pinned.layer && unit.unit === this.pinned.unit;
    this.pinned = again || unit.layer > this.data.depth ? ANSWER : unit;
    this.redraw();
  }

  // What the pointer is on, beside it.
  tip(event) {
    const { text, point } = this.data;
    const tip = this.find(".tip");
    if (!this.geometry) return;
    const weight = this.drag ? this.chosen : this.pointed;
    if (weight) {
      const place = this.placeOf(weight);
      const slope = fill(text.gradient, { value: number(this.state.gradient[place]) });
      tip.textContent = `${this.weightName(weight)} = ${number(this.parameters[place], 3)} · ${slope}`;
    } else if (this.hovered) {
      tip.textContent = `${this.unitName(this.hovered)} = ${number(this.valueAt(this.hovered, point), 3)}`;
    } else {
      tip.textContent = "";
      return;
    }
    const [x, y] = this.at(event);
    const room = this.geometry.width - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(x + 14, room))}px`;
    tip.style.top = `${Math.max(0, y - tip.offsetHeight - 14)}px`;
  }

  // Units by keyboard: one of them can be reached by Tab, the arrow keys lead to the others.

  focus(unit) {
    this.focused = unit;
    this.redraw();
  }

  walk(event) {
    const here = event.target.place;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!here || !steps || !this.geometry) return;
    event.preventDefault();
    const { columns } = this.data;
    let column = here.column + steps[0];
    if (columns[column] < 0) column += steps[0];
    const near = this.geometry.units.filter((unit) => unit.column === column);
    const wanted = steps[0] ? here.y : here.y + steps[1] * this.geometry.row;
    const next = near.toSorted((one, other) => Math.abs(one.y - wanted) - Math.abs(other.y - wanted))[0];
    if (next) [...this.find(".units").children].find((button) => button.place === next).focus();
  }

  // Buttons over the circles, which take no clicks from the picture.
  placeUnits() {
    const { units, radius } = this.geometry;
    const holder = this.find(".units");
    const focused = this.focused;
    while (holder.children.length > units.length) holder.lastChild.remove();
    units.forEach((unit, place) => {
      const button = holder.children[place] ?? holder.appendChild(document.createElement("button"));
      button.type = "button";
      button.place = unit;
      Object.assign(button.style, {
        left: `${unit.x - radius}px`, top: `${unit.y - radius}px`, width: `${2 * radius}px`, height: `${2 * radius}px`,
      });
    });
    if (focused) this.focused = units.find(({ layer, unit }) => layer === focused.layer && unit === focused.unit);
  }

  nameUnits() {
    const reached = this.focused ?? this.pinned ?? this.geometry.units.at(-1);
    const same = (one, other) => Boolean(other) && one.layer === other.layer && one.unit === other.unit;
    for (const button of this.find(".units").children) {
      button.tabIndex = same(button.place, reached) ? 0 : -1;
      button.setAttribute("aria-pressed", `${same(button.place, this.pinned)}`);
      const value = number(this.valueAt(button.place, this.data.point), 3);
      button.setAttribute("aria-label", `${this.unitName(button.place)} = ${value}`);
    }
  }

  // Drawing.

  redraw() {
    if (this.frame || !this.data) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw() {
    if (!this.data || !this.root.isConnected) return;
    this.drawPicture();
    this.drawSurface();
    this.write();
  }

  drawPicture() {
    const { text, columns, rows, shown, depth, sizes, point, pieces, targets, reach } = this.data;
    const canvas = this.find(".picture");
    const room = canvas.getBoundingClientRect().width;
    if (!room) return;
    const { scale, font } = fontsOf(this.root);
    if (this.geometry?.width !== room || this.geometry.scale !== scale) {
      this.geometry = new Geometry({ columns, rows, shown, sizes }, room, scale, font);
      canvas.style.height = `${this.geometry.height}px`;
      this.placeUnits();
    }
    const { geometry, colours } = this;
    const { pen } = begin(canvas);
    const won = winners(this.data, this.pass.zs, point);
    this.lines = linesOf(this.data, geometry, this.parameters, this.state.gradient, won);
    drawLines(pen, this.lines, colours, geometry);
    drawArcs(pen, arcsOf(this.data, geometry, this.state.errors), colours, geometry);
    drawMarks(pen, this.data, geometry, colours);
    const same = (one, other) =>
      one && other && one.layer === other.layer && one.source === other.source && one.target === other.target;
    this.marked = this.lines.find((line) => same(line, this.chosen));
    this.pointed = this.lines.find((line) => same(line, this.pointed));
    if (this.pointed) markLine(pen, this.pointed, colours, 1.6);
    if (this.marked) markLine(pen, this.marked, colours, 2.6);
    pen.font = font(13.6);
    const written = pen.measureText("−0.12").width < 2.1 * geometry.radius;
    for (const unit of geometry.units) {
      const value = this.valueAt(unit, point);
      const hidden = unit.layer > 0 && unit.layer <= depth;
      const share = unit.layer > depth ? (2 * (value - this.middle)) / (targets[1] - targets[0]) : value / (hidden ? reach : 1);
      const half = hidden && pieces > 1 ? ["upper", "lower"][won[unit.layer - 1][unit.unit]] : null;
      drawUnit(pen, unit, { value, share, half, written }, colours, geometry);
    }
    const ringed = this.shown;
    const ring = ringed && geometry.units.find(({ layer, unit }) => layer === ringed.layer && unit === ringed.unit);
    ringUnit(pen, ring || geometry.units.at(-1), colours, geometry);
    drawNames(pen, this.data, geometry, colours);
    this.axis = axisOf(this.state.norms, this.axis);
    drawNorms(pen, this.data, geometry, this.state.norms, this.axis, colours);
    if (this.training || this.drag) return;
    const [first, last] = [this.state.norms[0], this.state.norms.at(-1)].map((norm) => number(norm));
    const norms = fill(text.norms_spoken, { first, last });
    canvas.setAttribute("aria-label", `${fill(text.picture, { name: this.data.name })} ${this.facts()}. ${norms}`);
    this.nameUnits();
  }

  // Over the plane: [side * side] log odds of the answer, or values of the shown unit.
  surface() {
    const { depth, output, plane, steepest } = this.data;
    const { low, high } = plane;
    const { odds } = OUTPUTS[output];
    const unit = this.shown;
    const until = unit ? unit.layer : depth + 1;
    const work = this.layers.slice(0, until).reduce((sum, { fanIn, fanOut }) => sum + fanIn * fanOut, 1);
    const side = Math.max(SMALLEST_SIDE, Math.min(LARGEST_SIDE, Math.floor(Math.sqrt(MOST_WORK / work))));
    const points = new Float64Array(2 * side * side);
    const middle = (place) => low + ((place + 0.5) * (high - low)) / side;
    for (let cell = 0; cell < side * side; cell++) {
      points[2 * cell] = middle(cell % side);
      points[2 * cell + 1] = middle(Math.floor(cell / side));
    }
    const { values } = until ? forward(this.data, this.parameters, points, until, this.pass) : { values: points };
    const of = values.length / (side * side);
    const shownValues = Float64Array.from({ length: side * side }, (_, cell) =>
      unit ? values[cell * of + unit.unit] : Math.max(-steepest, Math.min(odds(values[cell]), steepest)),
    );
    return { side, values: shownValues, reach: unit ? largestOf(shownValues) : steepest };
  }

  drawSurface() {
    const moving = this.training || this.drag;
    const now = performance.now();
    if (moving && this.surfaceTook > SLOW_SURFACE && now - this.surfaceDrawn < 4 * this.surfaceTook) {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.redraw(), 4 * this.surfaceTook);
      return;
    }
    const { plane, ramp, scale, colours, steepest, text, huge } = this.data;
    const canvas = this.find(".surface");
    const room = canvas.getBoundingClientRect().width;
    if (!room) return;
    const fonts = fontsOf(this.root);
    const left = 20 * fonts.scale;
    const size = room - left;
    canvas.style.height = `${size + 22 * fonts.scale}px`;
    const { pen } = begin(canvas);
    const unit = this.shown;
    const { side, values, reach } = this.surface();
    const stops = unit ? colours.surface : ramp;
    if (allFinite(values)) {
      const share = unit ? (place) => (place + 1) / 2 : (place) => sigmoid(place * steepest);
      this.sheet.paint(pen, values, side, shades(stops, share), reach, left, size);
      contour(pen, values, side, 0, left, size);
    } else {
      pen.globalAlpha = 0.1;
      pen.fillStyle = this.colours.ink;
      pen.fillRect(left, 0, size, size);
      pen.globalAlpha = 1;
      pen.font = fonts.font(16);
      pen.textAlign = "center";
      pen.fillText(huge, left + size / 2, size / 2);
    }
    drawAxes(pen, plane, fonts, this.colours.ink, left, size);
    drawPoints(pen, plane, ramp, fonts, left, size);
    const name = unit ? this.unitName(unit) : text.scale_answer;
    const title = fill(text.plane, { name });
    this.find(".title").textContent = title;
    const [least, bar, most] = this.find(".ramp").children;
    [least.textContent, most.textContent] = unit ? [number(-reach), number(reach)] : scale;
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    canvas.setAttribute("aria-label", `${this.data.name}: ${title}`);
    this.surfaceDrawn = performance.now();
    this.surfaceTook = this.surfaceDrawn - now;
  }

  write() {
    const { text, marks } = this.data;
    this.find(".facts").textContent = this.facts();
    const sums = this.sums();
    const made = this.find(".made");
    while (made.children.length > sums.length) made.lastChild.remove();
    sums.forEach((sum, place) => {
      const span = made.children[place] ?? made.appendChild(document.createElement("span"));
      span.textContent = sum;
    });
    const { changed } = this;
    const own = outlasts(this.parameters) ? text.own : text.own_lost;
    this.find(".own").textContent = changed ? own : "";
    this.find(".steps").textContent = this.steps ? fill(text.steps, { count: whole(this.steps) }) : "";
    this.find(".train").textContent = this.training ? `■ ${text.stop}` : `▶ ${text.train}`;
    this.find(".back").disabled = !changed;
    const { right, answers } = this;
    [...this.find(".answers").children].forEach((item, place) => {
      item.children[1].textContent = probability(answers[place], this.middle);
      item.children[2].textContent = right[place] ? "✓" : "✗";
      item.children[2].setAttribute("aria-label", marks[Number(right[place])]);
    });
    const place = this.placeOf(this.chosen);
    const slide = this.find(".slide");
    slide.value = this.parameters[place];
    slide.setAttribute("aria-valuetext", `${this.weightName(this.chosen)} = ${number(this.parameters[place], 3)}`);
    this.find(".gradient").textContent = fill(text.gradient, { value: number(this.state.gradient[place]) });
    if (this.root.getRootNode().activeElement !== this.find(".value")) this.writeField();
  }

  writeField() {
    this.find(".value").value = Number(this.parameters[this.placeOf(this.chosen)].toPrecision(6));
  }
}

export default mounting(".network", Hands, decode);
