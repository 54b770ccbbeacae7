// @ts-check
// How a hidden unit is made, written out, where there is more to it than an activation: a norm, a skip.

import { number } from "../../words/numbers.js";
import { layersOf, winners } from "./math.js";

const DIGITS = 3;

const written = (value) => number(value, DIGITS);
const plus = (value) => `${value < 0 ? "−" : "+"} ${written(Math.abs(value))}`; // a term of a sum
const times = (value) => (value < 0 ? `(${written(value)})` : written(value)); // a factor

// Of hidden layers, without numbers; `before` is what comes past it.
export function formulas({ pieces, text }, { normed, skipped }, before) {
  const normalised = [`x̂ = (s − ${text.mean}) / √(v+ε)`, "z = γ x̂ + β"];
  const activated = pieces > 1 ? "max z" : "φ(z)";
  return [...(normed ? normalised : ["z = h W + b"]), `h = ${activated}${skipped ? ` + ${before}` : ""}`];
}

// The same with a unit's numbers at the chosen point; of Maxout those of the set that wins.
export function sumsOf(data, parameters, { inputs, zs, norms }, { layer, unit }, before) {
  const { sizes, norm, point } = data;
  const own = layersOf(data)[layer - 1];
  const { fanOut, normed, skipped, scales, shifts } = own;
  const width = sizes[layer];
  const [z, values] = [zs[layer - 1], inputs[layer]];
  const column = unit + (fanOut > width ? width * winners(data, zs, point)[layer - 1][unit] : 0);
  const place = point * fanOut + column;
  const value = values[point * width + unit];
  const past = skipped ? inputs[layer - 1][point * width + unit] : 0;
  const numbers = [[written(z[place])]];
  if (normed) {
    const { given, means, inverses, standard } = norms[layer - 1];
    const group = norm === "batch" ? column : point;
    const away = `(${written(given[place])} ${plus(-means[group])}) / ${written(1 / inverses[group])}`;
    const scaled = `${written(parameters[scales + column])} × ${times(standard[place])}`;
    numbers[0].unshift(`${scaled} ${plus(parameters[shifts + column])}`);
    numbers.unshift([away, written(standard[place])]);
  }
  numbers.push(skipped ? [`${written(value - past)} ${plus(past)}`, written(value)] : [written(value)]);
  return formulas(data, own, before).map((formula, line) => [formula, ...numbers[line]].join(" = "));
}
