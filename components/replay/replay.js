// The replay: what the kept frames of a run look like, in step, without asking the server anything.
//
// The data is one block of bytes: the length of a JSON header (uint32), the header, then float32
// loss [arm][logged step], log10 gradient [arm][frame][layer], then uint8 surfaces
// [arm][frame][row][column]: asinh of the logit, from -steepest (0) to steepest (254), 255: unknown.
// Every number that is read rather than drawn comes written, so that it is written as elsewhere.

const FRAMES_PER_SECOND = 8; // kept frames shown in a second at speed 1; in between they are blended
const CALM_FRAMES_PER_SECOND = 2; // for who prefers reduced motion: whole frames, one after the other
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const UNKNOWN = 255;
const COLOURS = 1024; // shades from -steepest to steepest
const FINE = 4; // pixels a side that a cell of the surface is drawn with

// The logit that each byte of a surface stands for.
function logits({ steepest }) {
  const reach = Math.asinh(steepest);
  return Float32Array.from({ length: UNKNOWN }, (_, byte) => Math.sinh(((2 * byte) / (UNKNOWN - 1) - 1) * reach));
}

// The colour of each logit, packed as canvases keep it: by its probability, from "#rrggbb" stops.
function palette({ ramp, steepest }) {
  const stops = ramp.map((hex) => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16)));
  const packed = new Uint32Array(COLOURS);
  const channels = new Uint8ClampedArray(packed.buffer);
  for (let value = 0; value < COLOURS; value++) {
    const logit = ((2 * value) / (COLOURS - 1) - 1) * steepest;
    const place = (stops.length - 1) / (1 + Math.exp(-logit));
    const stop = Math.min(Math.floor(place), stops.length - 2);
    stops[stop].forEach((low, channel) => {
      channels[4 * value + channel] = low + (stops[stop + 1][channel] - low) * (place - stop);
    });
    channels[4 * value + 3] = 255;
  }
  return packed;
}

const mounted = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".replay");
  if (!mounted.has(root)) mounted.set(root, new Replay(root));
  const replay = mounted.get(root);
  replay.show(decode(data));
  // A call that a newer one has overtaken is cleaned up too: it must not close what the newer uses.
  const turn = (replay.turn = {});
  return () => {
    if (replay.turn !== turn) return;
    replay.close();
    mounted.delete(root);
  };
}

function decode(block) {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(block.subarray(4, 4 + length)));
  let offset = 4 + length;
  const take = (count) => {
    const part = block.slice(offset, offset + count);
    offset += count;
    return part;
  };
  const floats = (count) => new Float32Array(take(4 * count).buffer);
  const arms = header.arms.length;
  const frames = header.steps.length;
  const rows = (values, count) =>
    Array.from({ length: arms }, (_, arm) => values.subarray(arm * count, (arm + 1) * count));
  header.loss = rows(floats(arms * header.logged.length), header.logged.length);
  header.gradient = header.arms.map(({ layers }) => floats(frames * layers));
  const cells = frames * header.side * header.side;
  header.surfaces = rows(take(arms * cells), cells);
  return header;
}

class Replay {
  constructor(root) {
    this.root = root;
    this.position = 0; // among the frames, a fraction between two of them
    this.touched = false; // until then a screen reader is not told where it stands
    this.playing = false;
    this.speed = 1;
    this.find = (name) => root.querySelector(name);
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(root);
    this.listen();
  }

  close() {
    this.halt();
    this.watcher.disconnect();
    this.listening.abort();
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
    // While nothing on the page has the focus, the keys are the replay's.
    on(document, "keydown", (event) => event.target === document.body && this.press(event));
    const strip = this.find(".strip");
    const scrub = (event) => {
      const { left, right } = this.stripSpan();
      const share = (event.clientX - strip.getBoundingClientRect().left - left) / (right - left);
      this.go(Math.round(share * this.last));
    };
    on(strip, "pointerdown", (event) => {
      strip.setPointerCapture(event.pointerId);
      scrub(event);
    });
    on(strip, "pointermove", (event) => event.buttons && scrub(event));
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const part = event.composedPath()[0].tagName;
    if (part === "SELECT" || (part === "BUTTON" && [" ", "Enter"].includes(event.key))) return;
    const acts = {
      " ": () => this.toggle(),
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

  // Take over new data: the place in a run is kept when it grows, in words or colours change.
  show(data) {
    const before = this.data;
    const step = before && this.stepAt(this.position);
    this.data = data;
    this.palette = palette(data);
    this.logits = logits(data);
    const same = before && before.run === data.run;
    if (!same) this.halt();
    this.position = same ? this.positionOf(step) : 0;
    this.build();
    this.draw();
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
    const { arms, text } = this.data;
    const written = JSON.stringify([arms.map(({ name, color }) => [name, color]), text]);
    if (written === this.built) return;
    this.built = written;
    this.root.setAttribute("aria-label", text.title);
    this.find(".back").setAttribute("aria-label", text.back);
    this.find(".forth").setAttribute("aria-label", text.forth);
    this.find(".back").title = text.back;
    this.find(".forth").title = text.forth;
    this.find(".scrub").setAttribute("aria-label", text.step);
    this.find(".speed-name").textContent = text.speed;
    const choices = SPEEDS.map((speed) => new Option(`${speed}×`, speed, false, speed === this.speed));
    this.find(".speed").replaceChildren(...choices);
    const sections = arms.map((arm) => {
      const section = document.createElement("section");
      section.className = "arm";
      section.innerHTML =
        '<h3><b></b><span></span></h3><div class="pair">' +
        '<canvas class="surface" role="img"></canvas><canvas class="bars" role="img"></canvas></div>';
      const name = section.querySelector("b");
      name.textContent = arm.name;
      name.style.color = arm.color;
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
    this.touched = true;
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
      if (this.playing) this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
    this.draw();
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
  }

  move(frames) {
    const here = this.position;
    this.go(frames > 0 ? Math.floor(here) + frames : Math.ceil(here) + frames);
  }

  go(position) {
    this.touched = true;
    this.halt();
    this.position = Math.max(0, Math.min(position, this.last));
    this.draw();
  }

  draw() {
    if (!this.data || !this.sections) return;
    const style = getComputedStyle(this.root);
    this.ink = style.color;
    this.font = (size, weight = 400) => `${weight} ${size}px ${style.fontFamily}`;
    const whole = this.playing && this.calm.matches;
    const position = whole ? Math.floor(this.position) : this.position;
    const frame = Math.round(position);
    this.sections.forEach((section, arm) => {
      this.drawSurface(section.querySelector(".surface"), arm, position);
      this.drawBars(section.querySelector(".bars"), arm, position);
    });
    this.drawStrip(position);
    this.write(frame);
  }

  write(frame) {
    const { names, arms, text } = this.data;
    const facts = arms.map((arm, place) => {
      if (this.lost(place, frame)) return text.diverged;
      return text.facts.replace("@loss", arm.losses[frame]).replace("@right", arm.right[frame]);
    });
    this.sections.forEach((section, arm) => {
      section.querySelector("span").textContent = facts[arm];
    });
    const label = `${text.step} ${names[frame]}`;
    this.find(".step").textContent = label;
    const scrub = this.find(".scrub");
    scrub.max = this.last;
    scrub.value = frame;
    scrub.setAttribute("aria-valuetext", label);
    const play = this.find(".play");
    const name = this.playing ? `❚❚ ${text.pause}` : `▶ ${text.play}`;
    if (play.textContent !== name) play.textContent = name;
    if (this.playing) return; // a reader is told where it stands, not every step on the way
    arms.forEach((arm, place) => {
      const at = `${arm.name}, ${label}`;
      const pictures = this.sections[place];
      pictures.querySelector(".surface").setAttribute("aria-label", `${text.surface} ${at}: ${facts[place]}`);
      pictures.querySelector(".bars").setAttribute("aria-label", `${text.gradient} ${at}: ${this.spoken(place, frame)}`);
    });
    this.find(".strip").setAttribute("aria-label", `${text.loss}: ${arms.map((arm) => arm.name).join(", ")}`);
    const spoken = `${label}. ` + arms.map((arm, place) => `${arm.name}: ${facts[place]}`).join(". ");
    if (this.touched && this.find(".spoken").textContent !== spoken) this.find(".spoken").textContent = spoken;
  }

  spoken(arm, frame) {
    const { arms, text } = this.data;
    if (this.lost(arm, frame)) return text.diverged;
    const [first, last] = arms[arm].ends[frame];
    return text.ends.replace("@first", first).replace("@last", last);
  }

  // Whether a run had diverged by a frame.
  lost(arm, frame) {
    return this.data.arms[arm].losses[frame] === null;
  }

  // The canvas in device pixels, cleared; its size in CSS pixels.
  begin(canvas) {
    const { width, height } = canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const across = Math.round(width * ratio);
    const down = Math.round(height * ratio);
    if (canvas.width !== across || canvas.height !== down) {
      canvas.width = across;
      canvas.height = down;
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.globalAlpha = 1;
    pen.lineJoin = "round";
    return { pen, width, height };
  }

  drawSurface(canvas, arm, position) {
    const { pen, width } = this.begin(canvas);
    if (!width) return;
    const { side, text, low, high, ramp } = this.data;
    const values = this.blend(arm, position);
    const left = 20; // room for the axes' numbers
    const size = width - left;
    if (values) {
      this.paint(pen, values, side, left, size);
      contour(pen, values, side, 0, left, size);
    } else {
      pen.fillStyle = this.ink;
      pen.globalAlpha = 0.1;
      pen.fillRect(left, 0, size, size);
      pen.globalAlpha = 1;
      pen.font = this.font(16);
      pen.textAlign = "center";
      const reason = this.lost(arm, Math.floor(position)) ? text.diverged : text.huge;
      pen.fillText(reason, left + size / 2, size / 2);
    }
    const place = (value) => ((value - low) / (high - low)) * size;
    pen.font = this.font(13);
    pen.fillStyle = this.ink;
    for (const tick of [0, 1]) {
      pen.textAlign = "center";
      pen.textBaseline = "top";
      pen.fillText(`${tick}`, left + place(tick), size + 4);
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      pen.fillText(`${tick}`, left - 6, size - place(tick));
    }
    pen.textAlign = "center";
    pen.textBaseline = "top";
    pen.fillText("x₁", left + place(0.5), size + 4);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText("x₂", left - 4, size - place(0.5));
    const radius = Math.max(7, size / 32);
    for (const [first, second, label] of this.data.points) {
      pen.beginPath();
      pen.arc(left + place(first), size - place(second), radius, 0, 2 * Math.PI);
      const [inside, outside] = label ? [ramp.at(-1), ramp[0]] : [ramp[0], "#ffffff"];
      pen.fillStyle = inside;
      pen.fill();
      pen.lineWidth = 2.5;
      pen.strokeStyle = outside;
      pen.stroke();
      pen.fillStyle = outside;
      pen.font = this.font(Math.max(11, radius * 1.3), 600);
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(`${label}`, left + place(first), size - place(second) + 1);
    }
  }

  // [side * side] logits at a frame or between two; null where the first of them is unknown.
  blend(arm, position) {
    const { side, surfaces } = this.data;
    const cells = side * side;
    const low = Math.floor(position);
    const part = position - low;
    const first = surfaces[arm].subarray(low * cells, (low + 1) * cells);
    if (first[0] === UNKNOWN) return null;
    const next = part ? surfaces[arm].subarray((low + 1) * cells, (low + 2) * cells) : first;
    const second = next[0] === UNKNOWN ? first : next;
    if (this.between?.length !== cells) this.between = new Float32Array(cells);
    for (let cell = 0; cell < cells; cell++) {
      const now = this.logits[first[cell]];
      this.between[cell] = now + (this.logits[second[cell]] - now) * part;
    }
    return this.between;
  }

  // Logits are interpolated between the cells' middles before they become colours.
  paint(pen, values, side, left, size) {
    const fine = side * FINE;
    if (!this.sheet || this.sheet.width !== fine) {
      this.sheet = document.createElement("canvas");
      this.sheet.width = this.sheet.height = fine;
      this.image = this.sheet.getContext("2d").createImageData(fine, fine);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const colours = this.palette;
    const middle = (COLOURS - 1) / 2;
    const scale = middle / this.data.steepest;
    let pixel = 0;
    for (let row = fine - 1; row >= 0; row--) {
      const y = Math.max(0, Math.min((row + 0.5) / FINE - 0.5, side - 1));
      const below = Math.min(Math.floor(y), side - 2);
      const up = y - below;
      for (let column = 0; column < fine; column++) {
        const x = Math.max(0, Math.min((column + 0.5) / FINE - 0.5, side - 1));
        const before = Math.min(Math.floor(x), side - 2);
        const right = x - before;
        const cell = below * side + before;
        const low = values[cell] + (values[cell + 1] - values[cell]) * right;
        const high = values[cell + side] + (values[cell + side + 1] - values[cell + side]) * right;
        this.pixels[pixel++] = colours[Math.round((low + (high - low) * up) * scale + middle)];
      }
    }
    this.sheet.getContext("2d").putImageData(this.image, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(this.sheet, left, 0, size, size);
  }

  drawBars(canvas, arm, position) {
    const { pen, width, height } = this.begin(canvas);
    if (!width) return;
    const { gradient, floor, ceiling, powers, text, arms } = this.data;
    const { layers } = arms[arm];
    pen.font = this.font(13);
    pen.fillStyle = this.ink;
    pen.textBaseline = "top";
    pen.textAlign = "left";
    const left = 42;
    const top = 26;
    const bottom = height - 26;
    pen.fillText(text.gradient, Math.max(0, Math.min(left, width - pen.measureText(text.gradient).width)), 2);
    const span = ceiling - floor;
    const y = (value) => bottom - ((value - floor) / span) * (bottom - top);
    const spacing = Math.max(1, Math.ceil(span / Math.max(2, Math.floor((bottom - top) / 45))));
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.strokeStyle = this.ink;
    pen.lineWidth = 1;
    const lowest = Math.ceil(floor);
    for (let tick = lowest; tick <= ceiling; tick += spacing) {
      pen.fillText(powers[tick - lowest], left - 6, y(tick));
      pen.globalAlpha = 0.15;
      line(pen, left, y(tick), width, y(tick));
      pen.globalAlpha = 1;
    }
    const low = Math.floor(position);
    const high = Math.min(low + 1, this.last);
    const room = (width - left) / layers;
    for (let layer = 0; layer < layers; layer++) {
      const first = gradient[arm][low * layers + layer];
      const second = gradient[arm][high * layers + layer];
      const blended = first + (second - first) * (position - low);
      const value = position === low || Number.isNaN(blended) ? first : blended;
      const x = left + layer * room;
      if (Number.isNaN(value)) {
        pen.textAlign = "center";
        pen.fillStyle = this.ink;
        if (room > 9) pen.fillText("–", x + room / 2, bottom - 8);
        continue;
      }
      pen.fillStyle = arms[arm].color;
      const tip = y(Math.min(value, ceiling));
      pen.fillRect(x + room * 0.12, tip, room * 0.76, Math.max(bottom - tip, 1.5));
    }
    pen.fillStyle = this.ink;
    pen.textBaseline = "top";
    pen.textAlign = "left";
    if (layers > 1) pen.fillText("1", left + room / 2 - 4, bottom + 5);
    pen.textAlign = "center";
    pen.fillText(text.layer, left + (width - left) / 2, bottom + 5);
    pen.textAlign = "right";
    if (layers > 1) pen.fillText(`${layers}`, width - Math.max(0, room / 2 - 8), bottom + 5);
  }

  stripSpan() {
    return { left: 42, right: this.find(".strip").getBoundingClientRect().width - 10 };
  }

  drawStrip(position) {
    const canvas = this.find(".strip");
    const { pen, width, height } = this.begin(canvas);
    if (!width) return;
    const { logged, loss, arms, highest, names, text } = this.data;
    const { left, right } = this.stripSpan();
    const top = 22;
    const bottom = height - 22;
    const x = (place) => left + (this.last ? place / this.last : 1) * (right - left);
    const y = (value) => bottom - (Math.min(value, highest) / highest) * (bottom - top);
    pen.font = this.font(13);
    pen.fillStyle = this.ink;
    pen.textBaseline = "top";
    pen.textAlign = "left";
    pen.fillText(text.loss, left, 2);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.strokeStyle = this.ink;
    pen.lineWidth = 1;
    for (const [tick, name] of [[0, "0"], [Math.LN2, "ln 2"]]) {
      pen.fillText(name, left - 6, y(tick));
      pen.globalAlpha = 0.2;
      line(pen, left, y(tick), right, y(tick));
      pen.globalAlpha = 1;
    }
    pen.textBaseline = "top";
    let free = -Infinity;
    for (const place of this.stepTicks()) {
      const name = names[place];
      const half = pen.measureText(name).width / 2;
      const middle = Math.min(x(place), right - half + 8);
      if (middle - half < free) continue;
      pen.textAlign = "center";
      pen.fillText(name, middle, bottom + 6);
      free = middle + half + 12;
    }
    pen.lineWidth = 2.5;
    loss.forEach((values, arm) => {
      pen.strokeStyle = arms[arm].color;
      pen.beginPath();
      values.forEach((value, place) => {
        if (!Number.isNaN(value)) pen.lineTo(x(this.positionOf(logged[place])), y(value));
      });
      pen.stroke();
    });
    pen.strokeStyle = this.ink;
    pen.lineWidth = 2;
    line(pen, x(position), top - 4, x(position), bottom + 3);
    const scrub = this.find(".scrub");
    // The thumb stands under the cursor: its middle moves from half its width to half from the end.
    scrub.style.marginLeft = `${left - 8}px`;
    scrub.style.width = `${right - left + 16}px`;
  }

  // The frames that the strip names: the first, each power of ten, the last.
  stepTicks() {
    if (!this.last) return [0];
    const powers = [...this.data.steps.keys()].filter((place) => /^10*$/.test(this.data.steps[place]));
    // What would stand too close to the last one gives way to it.
    return [0, ...powers.filter((place) => place < this.last * 0.93), this.last];
  }
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

// The line on which the values equal a level (marching squares on the cells' middles).
function contour(pen, values, side, level, left, size) {
  const cell = size / side;
  const x = (column) => left + (column + 0.5) * cell;
  const y = (row) => size - (row + 0.5) * cell;
  pen.beginPath();
  for (let row = 0; row < side - 1; row++) {
    for (let column = 0; column < side - 1; column++) {
      const place = row * side + column;
      const corners = [values[place], values[place + 1], values[place + side + 1], values[place + side]];
      const above = corners[0] >= level;
      if (corners[1] >= level === above && corners[2] >= level === above && corners[3] >= level === above) continue;
      const ends = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
      const crossings = [];
      for (let edge = 0; edge < 4; edge++) {
        const from = corners[edge];
        const to = corners[(edge + 1) % 4];
        if (from >= level === to >= level) continue;
        const part = (level - from) / (to - from);
        const [c1, r1] = ends[edge];
        const [c2, r2] = ends[(edge + 1) % 4];
        crossings.push([x(c1 + (c2 - c1) * part), y(r1 + (r2 - r1) * part)]);
      }
      for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
        pen.moveTo(...crossings[pair]);
        pen.lineTo(...crossings[pair + 1]);
      }
    }
  }
  pen.lineWidth = 2.5;
  pen.strokeStyle = "#ffffff";
  pen.stroke();
}
