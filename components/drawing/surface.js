// @ts-check
// Pictures of a value over both inputs, shared by the components. Values come as [side * side] numbers in -reach .. reach, row by row from the
// lowest second input on, each at the middle of its cell.

const SHADES = 1024; // from -reach to reach
const FINE = 4; // pixels a side that a cell is drawn with
const SMALLEST_POINT = 7; // pixels of radius, for one letter
const PER_LETTER = 2; // and for each one more

// The colour of each shade, packed as canvases keep it; share(-1 .. 1) tells its place between the stops.
export function shades(stops, share) {
  const channels = stops.map((hex) => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16)));
  const packed = new Uint32Array(SHADES);
  const bytes = new Uint8ClampedArray(packed.buffer);
  for (let shade = 0; shade < SHADES; shade++) {
    const place = (stops.length - 1) * share((2 * shade) / (SHADES - 1) - 1);
    const stop = Math.min(Math.floor(place), stops.length - 2);
    channels[stop].forEach((low, channel) => {
      bytes[4 * shade + channel] = low + (channels[stop + 1][channel] - low) * (place - stop);
    });
    bytes[4 * shade + 3] = 255;
  }
  return packed;
}

// Values are interpolated between the cells' middles before they become colours.
export class Sheet {
  paint(pen, values, side, colours, reach, left, size) {
    const fine = side * FINE;
    if (!this.canvas || this.canvas.width !== fine) {
      this.canvas = document.createElement("canvas");
      this.canvas.width = this.canvas.height = fine;
      this.image = this.canvas.getContext("2d").createImageData(fine, fine);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const middle = (SHADES - 1) / 2;
    const scale = middle / reach;
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
    this.canvas.getContext("2d").putImageData(this.image, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(this.canvas, left, 0, size, size);
  }
}

// A canvas in device pixels, cleared, and its size in CSS pixels.
export function begin(canvas) {
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

// Fonts of a part of the page; sizes are in pixels at the usual size of type and grow with it.
export function fontsOf(root) {
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const family = getComputedStyle(root).fontFamily;
  return { scale, font: (size, weight = 400) => `${weight} ${size * scale}px ${family}` };
}

// Both axes' numbers and names, left of and under a square that spans low .. high: a plane as plane.py has it.
export function drawAxes(pen, { low, high, marks }, { font }, ink, left, size) {
  const place = (value) => ((value - low) / (high - low)) * size;
  const write = (name, value) => {
    pen.textAlign = "center";
    pen.textBaseline = "top";
    pen.fillText(name[0], left + place(value), size + 4);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(name[1], left - 5, size - place(value));
  };
  pen.font = font(13.6);
  pen.fillStyle = ink;
  for (const [value, name] of marks) write([name, name], value);
  write(["x₁", "x₂"], (low + high) / 2);
}

// A plane's points in the colours of the labels 0 and 1, with their targets.
export function drawPoints(pen, { low, high, points }, ramp, { font, scale }, left, size) {
  const place = (value) => ((value - low) / (high - low)) * size;
  const letters = Math.max(...points.map(([, , , target]) => target.length));
  const radius = Math.max((SMALLEST_POINT + PER_LETTER * (letters - 1)) * scale, size / 32);
  for (const [first, second, label, target] of points) {
    pen.beginPath();
    pen.arc(left + place(first), size - place(second), radius, 0, 2 * Math.PI);
    const [inside, outside] = label ? [ramp.at(-1), ramp[0]] : [ramp[0], "#ffffff"];
    pen.fillStyle = inside;
    pen.fill();
    pen.lineWidth = 2.5;
    pen.strokeStyle = outside;
    pen.stroke();
    pen.fillStyle = outside;
    pen.font = font(Math.max(11, (radius * 1.3) / scale / letters ** 0.5), 600);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(target, left + place(first), size - place(second) + 1);
  }
}

// The line on which the values equal a level (marching squares on the cells' middles).
export function contour(pen, values, side, level, left, size) {
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
