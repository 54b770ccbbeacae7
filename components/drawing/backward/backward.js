// @ts-check
// The gradient's way back through the layers: one number, multiplied by one factor after the other.
//
// The data is a header alone (see block.js): the columns from the first layer's weights to the output, and the stops
// of the number: at the output, after each factor, and at the end. All that is read comes written.

import { mounting, partsOf } from "../block.js";
import { nameButtons, namePlay } from "../controls.js";

const PACE = 1000; // milliseconds from one stop to the next
const MOST = 30_000; // and all the way back, if there are many
const MOVING = 0.6; // of that time the number moves; then it stands, to be read

const decode = (block) => partsOf(block)[0];

// How much of the way between two stops is done after a share of the time.
function eased(share) {
  const part = Math.min(1, share / MOVING);
  return part * part * (3 - 2 * part);
}

function written(tag, text, name = "") {
  const part = document.createElement(tag);
  part.textContent = text;
  part.className = name;
  return part;
}

class Backward {
  constructor(root) {
    this.root = root;
    this.stop = 0; // that the number is at, or on its way to
    this.position = 0; // where it is, a fraction between two stops
    this.playing = false;
    this.find = (name) => root.querySelector(name);
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this.find(".field"));
    this.listening = new AbortController();
    const on = (part, act) => this.find(part).addEventListener("click", act, { signal: this.listening.signal });
    on(".play", () => (this.playing ? this.pause() : this.play()));
    on(".back", () => this.go((this.playing ? Math.ceil(this.position) : this.stop) - 1));
    on(".forth", () => this.go((this.playing ? Math.floor(this.position) : this.stop) + 1));
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.watcher.disconnect();
    this.listening.abort();
  }

  get last() {
    return this.data.stops.length - 1;
  }

  // Take over new data: who looks at the same network in other words or colours is where it was.
  show(data) {
    if (this.data?.of !== data.of) {
      cancelAnimationFrame(this.frame);
      this.playing = false;
      this.stop = this.position = 0;
    }
    this.data = data;
    this.build();
    this.draw();
  }

  build() {
    const { name, ink, columns, stops, lines, text } = this.data;
    this.root.style.setProperty("--ink", ink);
    this.root.setAttribute("aria-label", `${name}: ${text.title}`);
    this.find(".track").setAttribute("aria-label", text.track);
    nameButtons(this.root, text);
    const rules = lines.map((line) => {
      const rule = document.createElement("i");
      rule.style.bottom = `${100 * line.level}%`;
      rule.append(written("span", line.name));
      return rule;
    });
    this.find(".lines").replaceChildren(...rules);
    this.factors = [];
    this.columns = columns.map((title, place) => {
      const column = written("div", "", "column");
      column.innerHTML = '<div class="plot"><i></i></div>';
      column.append(written("b", title));
      const own = stops.map((stop, at) => ({ ...stop, at })).filter((stop) => stop.column === place);
      for (const stop of own.filter(({ factor }) => factor)) {
        this.factors[stop.at] = written("span", stop.factor);
        column.append(written("small", `× ${stop.short}`), this.factors[stop.at]);
      }
      column.querySelector("i").style.height = `${100 * own.at(-1).level}%`;
      return column;
    });
    this.find(".columns").replaceChildren(...this.columns);
  }

  play() {
    if (this.position === this.last) this.position = 0;
    this.playing = true;
    this.move(this.last);
  }

  pause() {
    this.playing = false;
    this.move(Math.ceil(this.position)); // the factor that is being multiplied is the last one
  }

  // Who presses faster than the number moves is shown the last move alone.
  go(wanted) {
    const stop = Math.max(0, Math.min(wanted, this.last));
    const least = this.calm.matches ? 0 : 1;
    this.playing = false;
    this.position = Math.max(stop - least, Math.min(this.position, stop + least));
    this.move(stop);
  }

  // Let the number go to a stop.
  move(stop) {
    this.stop = stop;
    const pace = Math.min(PACE, MOST / this.last);
    let before = null;
    const tick = (now) => {
      if (!this.root.isConnected) return;
      // A page in the background is not called: the time away does not count.
      const most = before === null ? 0 : Math.min(now - before, 250) / pace;
      before = now;
      this.position += Math.max(-most, Math.min(this.stop - this.position, most));
      if (this.position === this.stop) this.playing = false;
      else this.frame = requestAnimationFrame(tick);
      this.draw();
    };
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(tick);
  }

  // Where a stop is in the picture: between two columns while only the weights have been multiplied.
  at(stop) {
    const { by, column, level } = this.data.stops[stop];
    const middle = ({ offsetLeft, offsetWidth }) => offsetLeft + offsetWidth / 2;
    const [here, after] = [this.columns[column], this.columns[Math.min(column + 1, this.columns.length - 1)]];
    const plot = here.firstChild;
    return {
      x: by === "weights" ? (middle(here) + middle(after)) / 2 : middle(here),
      y: plot.offsetTop + (1 - level) * plot.offsetHeight,
    };
  }

  draw() {
    if (!this.data || !this.find(".field").offsetWidth) return;
    const shown = this.calm.matches ? Math.floor(this.position) : this.position;
    const passed = Math.floor(shown);
    const now = Math.ceil(shown);
    const done = eased(shown - passed);
    const [from, to] = [this.at(passed), this.at(now)];
    const here = { x: from.x + (to.x - from.x) * done, y: from.y + (to.y - from.y) * done };
    const path = Array.from({ length: passed + 1 }, (_, stop) => this.at(stop));
    this.find("polyline").setAttribute("points", [...path, here].map(({ x, y }) => `${x},${y}`).join(" "));
    const pill = this.find(".pill");
    pill.textContent = this.data.stops[done < 0.5 ? passed : now].left;
    const half = pill.offsetWidth / 2;
    const x = Math.max(half, Math.min(here.x, this.find(".field").offsetWidth - half));
    pill.style.transform = `translate(${x}px, ${here.y}px) translate(-50%, -50%)`;
    this.factors.forEach((factor, stop) => {
      factor.classList.toggle("done", stop < now);
      factor.classList.toggle("now", stop === now);
    });
    this.columns.forEach((column, place) => {
      const reached = this.data.stops.findLastIndex((stop) => stop.column === place);
      column.classList.toggle("passed", reached <= shown);
    });
    this.write(now);
    if (this.here === x) return;
    this.here = x;
    const track = this.find(".track"); // where not all columns are in sight, the number is
    track.scrollLeft = x - track.clientWidth / 2;
  }

  write(stop) {
    const { text, stops } = this.data;
    const { before, sign, factor, left, what } = stops[stop];
    const parts = [written("span", left, "left")];
    if (factor) {
      const signs = [written("span", before), written("span", "×"), written("small", sign)];
      parts.unshift(...signs, written("span", factor, "factor"), written("span", "="));
    }
    this.find(".sum").replaceChildren(...parts);
    this.find(".what").textContent = what;
    this.find(".back").disabled = stop === 0;
    this.find(".forth").disabled = stop === this.last;
    namePlay(this.find(".play"), this.playing, text);
    const status = `${parts.map((part) => part.textContent).join(" ")}. ${what}`;
    const still = this.position === this.stop; // a reader is told where it stands, not every stop on the way
    if (still && this.spoken !== undefined && this.spoken !== status) this.find(".spoken").textContent = status;
    if (still) this.spoken = status;
  }
}

export default mounting(".backward", Backward, decode);
