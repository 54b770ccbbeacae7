// @ts-check
// The picture of a network: where its units and lines are, what is under the pointer, how it is drawn.

import { fill } from "../block.js";
import { number, powerOfTen, short } from "../../words/numbers.js";
import { layersOf } from "./math.js";

const ROW = 36; // pixels between units at the usual size of type, where columns are far enough apart
const LOWEST_ROW = 21;
const LOW_ROW = 27; // with more than MANY_ROWS
const MANY_ROWS = 12;
const LARGEST_UNIT = 18; // radius
const BARS = 64; // height of the largest bar
const THICKEST_BAR = 56;
export const REACH = 8; // pixels from a line at which a pointer still means it
const FAINT = 4; // pixels that the faintest line is taken to be farther away than the strongest
const LINES_BELOW = 150; // pixels between columns under which lines are thin
const LEAVES = Math.SQRT1_2; // of a unit's radius: an arc leaves and arrives halfway to its top
const LIFT = 0.5; // of a row that an arc rises above its units' middles

// Everything whose place depends on the width that there is.
export class Geometry {
  constructor({ columns, rows, shown, sizes }, width, scale, font) {
    const edge = Math.min(30 * scale, width / (2 * columns.length));
    this.columns = columns;
    this.scale = scale;
    this.width = width;
    this.across = (width - 2 * edge) / (columns.length - 1);
    const row = Math.min(rows > MANY_ROWS ? LOW_ROW : ROW, Math.max(LOWEST_ROW, this.across * 0.72));
    this.row = Math.min(row, this.across * 0.9) * Math.min(scale, 1.25);
    this.radius = Math.min(this.across * 0.27, this.row * 0.46, LARGEST_UNIT * scale);
    this.x = (column) => edge + column * this.across;
    this.top = 46 * scale;
    const middle = this.top + (rows * this.row) / 2;
    this.y = (layer, unit) => middle + (unit - (shown[layer] - 1) / 2) * this.row;
    this.middle = middle;
    this.names = this.top + rows * this.row + 6 * scale;
    const cut = sizes.some((units, layer) => units > shown[layer]);
    this.bars = this.names + (cut ? 44 : 26) * scale;
    this.height = this.bars + (24 + BARS + 24) * scale;
    this.units = columns.flatMap((layer, column) =>
      layer < 0
        ? []
        : Array.from({ length: shown[layer] }, (_, unit) => ({
            layer, unit, column, x: this.x(column), y: this.y(layer, unit),
          })),
    );
    this.font = font;
  }

  // The unit at a place, the reach being a finger's or a pointer's.
  unitAt(x, y, reach) {
    let found = null;
    let nearest = Math.max(this.radius + 2, reach);
    for (const unit of this.units) {
      const distance = Math.hypot(unit.x - x, unit.y - y);
      if (distance <= nearest) [nearest, found] = [distance, unit];
    }
    return found;
  }

  // Of the lines as they were drawn the nearest one; a faint one gives way to a strong one beside it.
  lineAt(lines, x, y, reach) {
    let found = null;
    let nearest = reach + FAINT;
    for (const line of lines) {
      if (x < line.x1 || x > line.x2) continue;
      const slope = (line.y2 - line.y1) / (line.x2 - line.x1);
      const distance = Math.abs(y - line.y1 - slope * (x - line.x1)) / Math.hypot(1, slope);
      if (distance > reach || distance + FAINT * (1 - line.strength) >= nearest) continue;
      [nearest, found] = [distance + FAINT * (1 - line.strength), line];
    }
    return found;
  }
}

// The weights that are drawn, as lines: size 0 .. 1, and of a Maxout unit whether its weight set wins at the point.
export function linesOf(data, geometry, parameters, gradient, won) {
  const { columns, sizes, shown, by, decades } = data;
  const layers = layersOf(data);
  const values = by === "gradient" ? gradient : parameters;
  const port = geometry.radius * 0.5;
  const lines = [];
  columns.forEach((layer, column) => {
    if (layer < 1 || columns[column - 1] < 0) return;
    const { fanOut, weights } = layers[layer - 1];
    const sets = fanOut / sizes[layer];
    for (let source = 0; source < shown[layer - 1]; source++) {
      for (let unit = 0; unit < shown[layer]; unit++) {
        for (let set = 0; set < sets; set++) {
          const target = set * sizes[layer] + unit;
          const place = weights + source * fanOut + target;
          if (!values[place]) continue; // what is exactly zero has no line
          lines.push({
            layer, source, target, value: values[place],
            x1: geometry.x(column - 1), y1: geometry.y(layer - 1, source),
            x2: geometry.x(column), y2: geometry.y(layer, unit) + (sets > 1 ? (2 * set - 1) * port : 0),
            wins: sets === 1 || won[layer - 1][unit] === set,
          });
        }
      }
    }
  });
  const top = by === "gradient" ? largestWeight(layers, gradient) : largestOf(lines.map((line) => line.value));
  for (const line of lines) {
    const share = Math.abs(line.value) / top;
    const size = by === "gradient" ? 1 + Math.log10(share) / decades : share;
    line.size = Math.max(0, Math.min(size, 1));
    line.strength = (0.03 + 0.87 * line.size) * (line.wins ? 1 : 0.4);
  }
  return lines.sort((one, other) => one.wins - other.wins || one.size - other.size);
}

// The ways past layers, from unit to unit, with the size 0 .. 1 of the error that goes there: its mean over the points.
// Where lines show weights all are alike: a skip has none.
export function arcsOf(data, geometry, errors) {
  const { columns, sizes, shown, by, decades } = data;
  const passing = layersOf(data).map(({ skipped }, place) => (skipped ? meanSizes(errors[place], sizes[place + 1]) : []));
  const top = largestOf(passing.flat());
  return columns.flatMap((layer, column) => {
    if (layer < 1 || columns[column - 1] < 0) return [];
    return passing[layer - 1].slice(0, shown[layer]).flatMap((error, unit) => {
      if (by === "gradient" && !error) return []; // what is exactly zero has no arc
      const size = by === "gradient" ? Math.max(0, 1 + Math.log10(error / top) / decades) : null;
      return [{ layer, unit, x1: geometry.x(column - 1), x2: geometry.x(column), y: geometry.y(layer, unit), size }];
    });
  });
}

// Of each unit the mean of the values' sizes over the points.
function meanSizes(values, units) {
  const count = values.length / units;
  const means = new Array(units).fill(0);
  values.forEach((value, place) => (means[place % units] += Math.abs(value) / count));
  return means;
}

export function largestOf(values) {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest || 1;
}

// Of all weights, also those that are not drawn; not of the biases.
function largestWeight(layers, values) {
  const of = ({ weights, fanIn, fanOut }) => largestOf(values.subarray(weights, weights + fanIn * fanOut));
  return Math.max(...layers.map((layer) => of(layer)));
}

function strokeLine(pen, line, thin) {
  pen.beginPath();
  pen.moveTo(line.x1, line.y1);
  pen.lineTo(line.x2, line.y2);
  pen.lineWidth = (0.3 + 2.9 * line.size) * thin;
  pen.stroke();
}

export function drawLines(pen, lines, { negative, positive }, geometry) {
  const thin = Math.max(0.45, Math.min(1, geometry.across / LINES_BELOW + 0.55));
  for (const line of lines) {
    pen.strokeStyle = line.value < 0 ? negative : positive;
    pen.globalAlpha = line.strength;
    pen.setLineDash(line.wins ? [] : [3, 3]);
    strokeLine(pen, line, thin);
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

// Over the straight line between their units, as bridges: with a rim that parts them from the lines below.
export function drawArcs(pen, arcs, { ink, units: [, paper] }, { radius, row }) {
  const out = radius * LEAVES;
  const peak = out + 2 * (Math.max(row * LIFT, out) - out); // of the curve's control: it is reached halfway
  for (const { x1, x2, y, size } of arcs) {
    const width = size === null ? 1.2 : 0.6 + 1.6 * size;
    pen.beginPath();
    pen.moveTo(x1 + out, y - out);
    pen.quadraticCurveTo((x1 + x2) / 2, y - peak, x2 - out, y - out);
    const stroke = (color, alpha, wide) => {
      Object.assign(pen, { strokeStyle: color, globalAlpha: alpha, lineWidth: wide });
      pen.stroke();
    };
    const strength = size === null ? 0.5 : 0.15 + 0.6 * size;
    stroke(paper, strength, width + 2);
    stroke(ink, strength, width);
  }
  pen.globalAlpha = 1;
}

// Where a norm stands: before each unit, whose points it compares, or before all units of a layer together.
export function drawMarks(pen, data, geometry, { ink }) {
  const { columns, shown, norm } = data;
  const { x, y, radius, scale } = geometry;
  const layers = layersOf(data);
  pen.strokeStyle = ink;
  pen.lineCap = "round";
  pen.lineWidth = Math.min(2.5 * scale, radius / 4);
  columns.forEach((layer, column) => {
    if (layer < 1 || !layers[layer - 1].normed) return;
    const place = x(column) - radius * 1.35;
    const bar = (first, last, over) => {
      pen.beginPath();
      pen.moveTo(place, y(layer, first) - over);
      pen.lineTo(place, y(layer, last) + over);
      pen.stroke();
    };
    if (norm === "layer") bar(0, shown[layer] - 1, radius * 0.7);
    else for (let unit = 0; unit < shown[layer]; unit++) bar(unit, unit, radius * 0.5);
  });
  pen.lineCap = "butt";
}

// The line that is chosen, or pointed at: on a band in the colour that marks it, at its full strength.
export function markLine(pen, line, { negative, positive, mark }, width) {
  pen.lineCap = "round";
  pen.strokeStyle = mark;
  pen.globalAlpha = 0.45;
  strokeLine(pen, { ...line, size: 1 }, width);
  pen.globalAlpha = 1;
  pen.strokeStyle = line.value < 0 ? negative : positive;
  strokeLine(pen, line, 1);
  pen.lineCap = "butt";
}

// "#rrggbb" between three stops at -1, 0 and 1.
function tint(stops, value) {
  const place = Math.max(-1, Math.min(Number.isNaN(value) ? 0 : value, 1)) + 1;
  const stop = Math.min(Math.floor(place), 1);
  const channel = (hex, start) => parseInt(hex.slice(start, start + 2), 16);
  const mixed = [1, 3, 5].map((start) => {
    const low = channel(stops[stop], start);
    return Math.round(low + (channel(stops[stop + 1], start) - low) * (place - stop));
  });
  return `rgb(${mixed})`;
}

// A unit in the colour of its value, which is written in it; of Maxout the half of the set that wins.
export function drawUnit(pen, { x, y }, { value, share, half, written }, colours, geometry) {
  const { radius, scale, font } = geometry;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = colours.units[1];
  pen.fill();
  const from = half === "lower" ? 0 : Math.PI;
  const arc = () => {
    pen.beginPath();
    pen.arc(x, y, radius, half ? from : 0, half ? from + Math.PI : 2 * Math.PI);
  };
  arc();
  pen.fillStyle = tint(colours.units, share);
  pen.fill();
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.lineWidth = 1.5;
  pen.strokeStyle = colours.quiet;
  pen.stroke();
  if (half) {
    arc();
    pen.lineWidth = radius > 11 * scale ? 2.5 : 1.75;
    pen.strokeStyle = colours.ink;
    pen.stroke();
  }
  if (!written) return;
  pen.font = font(13.6);
  pen.fillStyle = colours.ink;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(short(value), x, y + 1);
}

export function ringUnit(pen, { x, y }, colours, { radius, scale }) {
  pen.beginPath();
  pen.arc(x, y, radius + 3.5 * scale, 0, 2 * Math.PI);
  pen.lineWidth = 3 * scale;
  pen.strokeStyle = colours.mark;
  pen.stroke();
}

// Lines of writing at their places, as many as do not touch: the last one first, then from the left.
function writeRow(pen, entries, geometry, y, baseline) {
  const { scale, width } = geometry;
  const gap = 6 * scale;
  const line = 17 * scale;
  pen.textAlign = "center";
  pen.textBaseline = baseline;
  const boxes = entries.map((entry) => {
    const lines = entry.label.split("\n");
    const reach = Math.max(...lines.map((part) => pen.measureText(part).width)) / 2;
    return { lines, reach, x: Math.max(reach, Math.min(entry.x, width - reach)) };
  });
  const last = boxes.pop();
  let free = -Infinity;
  for (const box of [...boxes.filter(({ x, reach }) => x + reach + gap < last.x - last.reach), last]) {
    if (box.x - box.reach < free) continue;
    const start = baseline === "bottom" ? y - (box.lines.length - 1) * line : y;
    box.lines.forEach((part, place) => pen.fillText(part, box.x, start + place * line));
    free = box.x + box.reach + gap;
  }
}

// Names of the layers below, of the weights and their shapes above, and the gap's dots.
export function drawNames(pen, data, geometry, colours) {
  const { columns, sizes, shown, text } = data;
  const depth = sizes.length - 2;
  const { x, across, scale, font } = geometry;
  const layers = layersOf(data);
  pen.font = font(13.6);
  pen.fillStyle = colours.ink;
  const fits = (entry) => pen.measureText(entry).width < across - 5 * scale;
  const shape = ({ fanIn, fanOut }) => `[${fanIn}, ${fanOut}]`;
  const long = layers.every((layer) => fits(shape(layer)));
  const weights = columns.flatMap((layer, column) =>
    layer < 1 || columns[column - 1] < 0
      ? []
      : [{ x: x(column - 0.5), label: `W${layer}${long ? `\n${shape(layers[layer - 1])}` : ""}` }],
  );
  writeRow(pen, weights, geometry, geometry.top - 6 * scale, "bottom");
  const hidden = (layer) => fill(text.hidden, { layer });
  const named = depth > 0 && fits(hidden(depth));
  const more = (layer) => {
    const extra = `+${sizes[layer] - shown[layer]}`;
    return sizes[layer] > shown[layer] && fits(extra) ? `\n${extra}` : "";
  };
  const name = (layer) => {
    if (layer < 0) return "";
    if (layer === 0) return text.input;
    if (layer > depth) return text.output;
    return (named ? hidden(layer) : `${layer}`) + more(layer);
  };
  const names = columns.map((layer, column) => ({ x: x(column), label: name(layer) }));
  writeRow(pen, names, geometry, geometry.names, "top");
  const gap = columns.indexOf(-1);
  if (gap < 0) return;
  pen.font = font(28);
  pen.textBaseline = "middle";
  pen.fillStyle = colours.quiet;
  pen.fillText("⋯", x(gap), geometry.middle);
}

// Where the axis of the gradients begins and ends, in powers of ten; it grows while it is looked at.
export function axisOf(norms, before) {
  const logs = Array.from(norms, Math.log10).filter(Number.isFinite);
  if (!logs.length) return before ?? { low: -1, high: 0 };
  const low = Math.floor(Math.min(...logs) - 0.3);
  const high = Math.ceil(Math.max(...logs));
  return { low: Math.min(low, before?.low ?? low), high: Math.max(high, before?.high ?? high) };
}

// Each layer's gradient norm under its lines; those of the layers left out stand close in the gap.
export function drawNorms(pen, data, geometry, norms, { low, high }, colours) {
  const { columns, text, color } = data;
  const { x, across, scale, font, width } = geometry;
  const bottom = geometry.height - 24 * scale;
  const tall = BARS * scale;
  const y = (power) => bottom - ((power - low) / (high - low)) * tall;
  pen.font = font(13.6);
  pen.fillStyle = colours.ink;
  pen.textAlign = "left";
  pen.textBaseline = "top";
  pen.fillText(text.norms, 0, geometry.bars);
  const thick = Math.min(across * 0.6, THICKEST_BAR * scale);
  const begins = x(0.5) - thick / 2;
  const powers = [low, high].map(powerOfTen);
  const labelled = powers.every((power) => pen.measureText(power).width < begins - 4 * scale);
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  [low, high].forEach((power, place) => {
    if (labelled) pen.fillText(powers[place], begins - 6 * scale, y(power));
    pen.globalAlpha = 0.25;
    pen.fillRect(begins, y(power), width - 2 * begins, 1);
    pen.globalAlpha = 1;
  });
  const bar = (middle, room, norm) => {
    if (!(norm > 0)) return;
    const tip = y(Math.min(Math.log10(norm), high));
    pen.fillRect(middle - room / 2, tip, room, Math.max(bottom - tip, 1.5));
  };
  pen.fillStyle = color;
  const gap = columns.indexOf(-1);
  columns.forEach((layer, column) => {
    if (layer > 0 && column - 1 !== gap) bar(x(column - 0.5), thick, norms[layer - 1]);
  });
  if (gap > 0) {
    const [first, after] = [columns[gap - 1] + 1, columns[gap + 1]];
    const room = (2 * across) / (after - first + 1);
    for (let layer = first; layer <= after; layer++) {
      bar(x(gap - 1) + (layer - first + 0.5) * room, room * 0.6, norms[layer - 1]);
    }
  }
  pen.fillStyle = colours.ink;
  const ends = [{ x: x(0.5), label: number(norms[0]) }];
  if (norms.length > 1) ends.push({ x: x(columns.length - 1.5), label: number(norms.at(-1)) });
  writeRow(pen, ends, geometry, bottom + 5 * scale, "top");
}
