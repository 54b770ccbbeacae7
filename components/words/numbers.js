// @ts-check
// How a number is written, by the rule of numbers.py: round first, then see how large what is shown is.
// Not by Intl.NumberFormat: that rounds the shortest decimal that stands for a number, not the number
// itself, so that 2.675 (2.67499…) would read 2.68 here and 2.67 there, 8.345 (8.34500…06) the other way.

const UNKNOWN_NUMBER = "–";
const PLAIN = [-3, 4]; // the first digit’s power of ten, from and up to which a number is written out

// Python rounds a tie to even, where JavaScript takes the larger; far: the same with 30 more places.
function even(shown, far) {
  const odd = "13579".includes(shown.at(-1));
  return odd && far.endsWith(`5${"0".repeat(29)}`) ? shown.slice(0, -1) + (Number(shown.at(-1)) - 1) : shown;
}

const fixed = (size, decimals) => even(size.toFixed(decimals), size.toFixed(decimals + 30));

// A number’s leading digits, and the power of ten that its first one counts.
function scientific(size, digits) {
  const [shown, power] = size.toExponential(digits - 1).split("e");
  const [far, below] = size.toExponential(digits + 29).split("e");
  return [power === below ? even(shown, far) : shown, Number(power)]; // 9.5 has become 1e1: that is even
}

// { minus, digits, exponent }: the exponent is null where the number is written out. null: unknown.
function rounded(value, digits, decimals = null, [least, most] = PLAIN) {
  if (!Number.isFinite(value)) return null;
  const size = Math.abs(value);
  const [mantissa, power] = scientific(size, digits);
  const minus = value < 0 ? "−" : "";
  if (power > most || (power < least && decimals === null)) return { minus, digits: mantissa, exponent: power };
  const shown = fixed(size, decimals ?? (size ? Math.max(0, digits - 1 - power) : 0));
  return { minus: Number(shown) ? minus : "", digits: shown, exponent: null };
}

export const powerOfTen = (exponent) =>
  `10${`${exponent}`.replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)])}`;

// In a sentence: 0.31, −12, 94,999, 4.9×10⁻⁵.
export const number = (value, digits = 2, decimals = null) => inWords(rounded(value, digits, decimals));

function inWords(figure) {
  if (!figure) return UNKNOWN_NUMBER;
  if (figure.exponent !== null) return `${figure.minus}${figure.digits}×${powerOfTen(figure.exponent)}`;
  return figure.minus + figure.digits.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
}

// A count, written out however large it is: 200,000.
export const whole = (value) => inWords(rounded(value, 2, 0, [0, 400]));

// In a circle: as many of three digits as there is room for, 0.31, 12.3, 5e−9.
export function short(value) {
  let figure;
  let power;
  for (const digits of [3, 2, 1]) {
    figure = rounded(value, digits, null, [-2, 2]);
    if (!figure) return UNKNOWN_NUMBER;
    power = figure.exponent === null ? "" : `e${figure.exponent}`.replace("-", "−");
    if ((figure.digits + power).length <= 4) break;
  }
  return figure.minus + figure.digits + power;
}

// Four decimals, or as many as show its side of the middle of its scale.
export function probability(p, middle = 0.5) {
  let shown;
  for (let decimals = 4; decimals < 18; decimals++) {
    shown = number(p, 2, decimals);
    if (p === middle || !Number.isFinite(p) || Number(shown.replace("−", "-")) !== middle) break;
  }
  return shown;
}
