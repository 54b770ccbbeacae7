// @ts-check
// The mathematics of one network in float64, as models/ has it: activations, outputs, the pass forward
// and back, the optimizers. Nothing here knows of the page.
//
// A network is { sizes, pieces, activation, a, output, norm, skip }, with the units of each layer from the
// inputs to the answer. Its parameters are one Float64Array: layer by layer a norm's shifts and scales, if
// there is one, then biases, then weights (row by row, an input each). Points are [count * 2] numbers,
// labels 0 or 1.

const SELU_SCALE = 1.0507009873554804934193349852946;
const SELU_ALPHA = 1.6732632423543772848170429916717;
const SOFTPLUS_LINEAR = 20; // above, PyTorch takes ln(1 + e^z) for z
const RMSPROP_ALPHA = 0.99;
const EPSILON = 1e-8; // RMSprop's and Adam's
const ADAM_BETAS = [0.9, 0.999];
const NO_NORM = "none";
const NORM_EPSILON = 1e-5;
const CLIP_EPSILON = 1e-6;

export const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const softplus = (z) => (z > SOFTPLUS_LINEAR ? z : Math.log1p(Math.exp(z)));
const elu = (z, a) => (z > 0 ? z : a * Math.expm1(z));
const eluSlope = (z, a) => (z > 0 ? 1 : a * Math.exp(z));

// Chebyshev coefficients of ln(erfc(x) e^(x^2) / t) over t = 2 / (2 + x): erfc to 16 digits.
const ERFC = [
  -1.3026537197817094, 6.4196979235649026e-1, 1.9476473204185836e-2, -9.561514786808632e-3,
  -9.465953444820369e-4, 3.6683949785276145e-4, 4.252332480690777e-5, -2.0278578112534242e-5,
  -1.6242900046470256e-6, 1.3036558355805232e-6, 1.5626441722066142e-8, -8.523809591492654e-8,
  6.5290544390988515e-9, 5.059343495551469e-9, -9.91364156493033e-10, -2.273651222931836e-10,
  9.646791102015527e-11, 2.3940380830391146e-12, -6.886027526497553e-12, 8.944879273090725e-13,
  3.130921399342958e-13, -1.1270822361367252e-13, 3.810905255189232e-16, 7.106097613609237e-15,
  -1.5230282014571043e-15, -9.457494571291233e-17, 1.210237189224279e-16, -2.816663087747177e-17,
];

function erfc(x) {
  const size = Math.abs(x);
  const t = 2 / (2 + size);
  const place = 4 * t - 2;
  let now = 0;
  let before = 0;
  for (let order = ERFC.length - 1; order > 0; order--) [now, before] = [place * now - before + ERFC[order], now];
  const upper = t * Math.exp(-size * size + 0.5 * (place * now + ERFC[0]) - before);
  return x < 0 ? 2 - upper : upper;
}

const normal = (z) => 0.5 * erfc(-z / Math.SQRT2); // its distribution function

// Each activation and its derivative; at a kink as PyTorch has it. Maxout is not of one z: see below.
const ACTIVATIONS = {
  sigmoid: { value: sigmoid, slope: (z) => sigmoid(z) * sigmoid(-z) },
  tanh: { value: Math.tanh, slope: (z) => 4 * sigmoid(2 * z) * sigmoid(-2 * z) },
  relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
  leaky_relu: { value: (z, a) => Math.max(a * z, z), slope: (z, a) => a + (1 - a) * (z > 0 ? 1 : 0) },
  elu: { value: elu, slope: eluSlope },
  identity: { value: (z) => z, slope: () => 1 },
  softplus: { value: softplus, slope: sigmoid },
  selu: {
    value: (z) => SELU_SCALE * elu(z, SELU_ALPHA),
    slope: (z) => SELU_SCALE * eluSlope(z, SELU_ALPHA),
  },
  gelu: {
    value: (z) => z * normal(z),
    slope: (z) => normal(z) + (z * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI),
  },
  silu: { value: (z) => z * sigmoid(z), slope: (z) => sigmoid(z) * (1 + z * sigmoid(-z)) },
  mish: {
    value: (z) => z * Math.tanh(softplus(z)),
    slope: (z) => {
      const gate = Math.tanh(softplus(z));
      return gate + z * (1 - gate * gate) * sigmoid(z);
    },
  },
};

const crossEntropy = (h, y) => -(y * Math.log(h) + (1 - y) * Math.log(1 - h));
const crossEntropySlope = (h, y) => (1 - y) / (1 - h) - y / h;

// The log odds of where an answer is between 0 and 1; one that goes beyond is taken for surely the one.
function oddsOf(h) {
  const inside = Math.max(0, Math.min(h, 1));
  return Math.log(inside) - Math.log1p(-inside);
}

// The answer h of the logit z, a point's loss and its dLoss / dz; above the threshold z answers 1. The odds
// are those of where h is between its targets. What a label's sign (1 of 0, -1 of 1) is multiplied into does
// not round to 0 where the answer is nearly right.
const CROSS_ENTROPY = {
  answer: sigmoid,
  loss: (z, y) => Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z))),
  delta: (z, y) => (1 - 2 * y) * sigmoid((1 - 2 * y) * z),
  threshold: 0,
  odds: (z) => z,
};
export const OUTPUTS = {
  sigmoid: CROSS_ENTROPY,
  softmax: CROSS_ENTROPY, // its logit is the difference of its two units
  linear: { answer: (z) => z, loss: crossEntropy, delta: crossEntropySlope, threshold: 0.5, odds: oddsOf },
  relu: {
    answer: (z) => Math.max(z, 0),
    loss: (z, y) => crossEntropy(Math.max(z, 0), y),
    delta: (z, y) => (z > 0 ? crossEntropySlope(z, y) : 0), // nothing passes a unit that is off
    threshold: 0.5,
    odds: oddsOf,
  },
  squared: {
    answer: (z) => z,
    loss: (z, y) => (z - y) ** 2,
    delta: (z, y) => 2 * (z - y),
    threshold: 0.5,
    odds: oddsOf,
  },
  relu_squared: {
    answer: (z) => Math.max(z, 0),
    loss: (z, y) => (Math.max(z, 0) - y) ** 2,
    delta: (z, y) => (z > 0 ? 2 * (z - y) : 0),
    threshold: 0.5,
    odds: oddsOf,
  },
  sigmoid_squared: {
    answer: sigmoid,
    loss: (z, y) => sigmoid((1 - 2 * y) * z) ** 2,
    delta: (z, y) => 2 * (1 - 2 * y) * sigmoid((1 - 2 * y) * z) ** 2 * sigmoid((2 * y - 1) * z),
    threshold: 0,
    odds: (z) => z,
  },
  tanh_squared: {
    answer: Math.tanh,
    loss: (z, y) => 4 * sigmoid(2 * (1 - 2 * y) * z) ** 2,
    delta: (z, y) => 16 * (1 - 2 * y) * sigmoid(2 * (1 - 2 * y) * z) ** 2 * sigmoid(2 * (2 * y - 1) * z),
    threshold: 0,
    odds: (z) => 2 * z,
  },
  squared_signed: {
    answer: (z) => z,
    loss: (z, y) => (z + 1 - 2 * y) ** 2,
    delta: (z, y) => 2 * (z + 1 - 2 * y),
    threshold: 0,
    odds: (z) => oddsOf((z + 1) / 2),
  },
  tanh_squared_unit: {
    answer: Math.tanh,
    loss: (z, y) => beyond(z, y) ** 2,
    delta: (z, y) => 8 * beyond(z, y) * sigmoid(2 * z) * sigmoid(-2 * z),
    threshold: Math.atanh(0.5),
    odds: (z) => oddsOf(Math.tanh(z)),
  },
  // From here on: mistakes of programs, as they are trained.
  sigmoid_twice: {
    answer: sigmoid,
    loss: (z, y) => CROSS_ENTROPY.loss(sigmoid(z), y),
    delta: (z, y) => CROSS_ENTROPY.delta(sigmoid(z), y) * sigmoid(z) * sigmoid(-z),
    threshold: 0,
    odds: (z) => z,
  },
  softmax_twice: {
    answer: sigmoid,
    loss: (z, y) => CROSS_ENTROPY.loss(Math.tanh(z / 2), y),
    delta: (z, y) => 2 * CROSS_ENTROPY.delta(Math.tanh(z / 2), y) * sigmoid(z) * sigmoid(-z),
    threshold: 0,
    odds: (z) => z,
  },
  sigmoid_squared_signed: {
    answer: sigmoid,
    loss: (z, y) => (y ? sigmoid(-z) : 1 + sigmoid(z)) ** 2,
    delta: (z, y) => 2 * (y ? -sigmoid(-z) : 1 + sigmoid(z)) * sigmoid(z) * sigmoid(-z),
    threshold: -Infinity, // every answer is nearer to 1 than to -1
    odds: (z) => Math.log1p(sigmoid(z)) - Math.log(sigmoid(-z)),
  },
};

// How far a tanh's answer is beyond 0 or 1; what it lacks to 1 does not round to 0.
function beyond(z, y) {
  return y ? -2 * sigmoid(-2 * z) : Math.tanh(z);
}

// The mean over all labels of what a judge says of a logit, where labels are broadcast; else of its own.
function judged(judge, { broadcast }, logit, labels, point) {
  if (!broadcast) return judge(logit, labels[point]);
  return labels.reduce((sum, label) => sum + judge(logit, label), 0) / labels.length;
}

// Of each layer 1 .. L: units in and out, where its parameters begin and end, and where among them its shifts
// and scales (if that layer is hidden and normed), biases and weights stand; whether a way leads past it.
export function layersOf({ sizes, pieces, norm, skip }) {
  const depth = sizes.length - 2;
  const layers = [];
  let start = 0;
  for (let layer = 1; layer <= depth + 1; layer++) {
    const fanIn = sizes[layer - 1];
    const fanOut = sizes[layer] * (layer <= depth ? pieces : 1);
    const normed = norm !== NO_NORM && layer <= depth;
    const biases = start + (normed ? 2 * fanOut : 0);
    const weights = biases + fanOut;
    const end = weights + fanIn * fanOut;
    const skipped = skip && layer > 1 && layer <= depth && sizes[layer] === fanIn;
    layers.push({ fanIn, fanOut, start, end, shifts: start, scales: start + fanOut, biases, weights, normed, skipped });
    start = end;
  }
  return layers;
}

// What has one mean and one spread, of values [point][unit]: groups of members, by number and steps between them.
function groupsOf(norm, count, fanOut) {
  const units = { number: fanOut, step: 1 };
  const points = { number: count, step: fanOut };
  return norm === "batch" ? { groups: units, members: points } : { groups: points, members: units };
}

// A layer's sums s before a norm: each group's mean, and one over its spread, the root of variance plus epsilon.
function statisticsOf(given, { groups, members }) {
  const means = new Float64Array(groups.number);
  const inverses = new Float64Array(groups.number);
  for (let group = 0; group < groups.number; group++) {
    const first = group * groups.step;
    const after = first + members.number * members.step;
    let mean = 0;
    for (let place = first; place < after; place += members.step) mean += given[place] / members.number;
    let variance = 0;
    for (let place = first; place < after; place += members.step) variance += (given[place] - mean) ** 2 / members.number;
    means[group] = mean;
    inverses[group] = 1 / Math.sqrt(variance + NORM_EPSILON);
  }
  return { means, inverses };
}

// The sums with what is made of them: (s - mean) / spread, and z, that scaled and shifted. The statistics of batch
// norm may be those of other points.
function normalised(norm, parameters, { fanOut, shifts, scales }, given, statistics) {
  const together = groupsOf(norm, given.length / fanOut, fanOut);
  const { means, inverses } = statistics ?? statisticsOf(given, together);
  const standard = new Float64Array(given.length);
  const z = new Float64Array(given.length);
  for (let place = 0; place < given.length; place++) {
    const unit = place % fanOut;
    const group = norm === "batch" ? unit : (place - unit) / fanOut;
    standard[place] = (given[place] - means[group]) * inverses[group];
    z[place] = parameters[scales + unit] * standard[place] + parameters[shifts + unit];
  }
  return { z, given, means, inverses, standard };
}

// What the first layers are each given, and their z, [point][unit]; `values` are the last one's h.
// Below all layers they are the logits, one a point, which are left as they are. `norms` tell how each
// hidden layer was normalised. Batch norm takes its statistics from these points, or from a pass before.
export function forward(network, parameters, points, until = network.sizes.length - 1, before = null) {
  const { sizes, pieces, activation, a, norm } = network;
  const depth = sizes.length - 2;
  const count = points.length / 2;
  const inputs = [points];
  const zs = [];
  const norms = [];
  layersOf(network).slice(0, until).forEach((own, layer) => {
    const { fanIn, fanOut, biases, weights, normed, skipped } = own;
    const given = inputs[layer];
    let z = new Float64Array(count * fanOut);
    for (let point = 0; point < count; point++) {
      const here = point * fanOut;
      for (let unit = 0; unit < fanOut; unit++) z[here + unit] = parameters[biases + unit];
      for (let source = 0; source < fanIn; source++) {
        const value = given[point * fanIn + source];
        const row = weights + source * fanOut;
        for (let unit = 0; unit < fanOut; unit++) z[here + unit] += value * parameters[row + unit];
      }
    }
    if (normed) {
      norms.push(normalised(norm, parameters, own, z, norm === "batch" ? before?.norms[layer] : null));
      z = norms[layer].z;
    }
    zs.push(z);
    if (layer === depth) return;
    const values = pieces > 1 ? largest(z, sizes[layer + 1]) : z.map((each) => ACTIVATIONS[activation].value(each, a));
    inputs.push(skipped ? values.map((each, place) => each + given[place]) : values);
  });
  const values = inputs.length > until ? inputs[until] : logitsOfAnswers(zs.at(-1), sizes.at(-1));
  return { inputs, zs, norms, values };
}

// One a point, of the last layer's z: of two units, one a label, their difference.
function logitsOfAnswers(z, units) {
  if (units === 1) return z;
  return Float64Array.from({ length: z.length / 2 }, (_, point) => z[2 * point + 1] - z[2 * point]);
}

// Maxout: of each unit's two z, all first ones before all second ones, the larger.
export function largest(z, width) {
  const values = new Float64Array(z.length / 2);
  for (let place = 0; place < values.length; place++) {
    const first = Math.floor(place / width) * 2 * width + (place % width);
    values[place] = Math.max(z[first], z[first + width]);
  }
  return values;
}

// Of each hidden layer's Maxout units the set that counts at a point: 0 or 1.
export function winners({ sizes, pieces }, zs, point) {
  if (pieces === 1) return [];
  return sizes.slice(1, -1).map((width, layer) => {
    const z = zs[layer];
    const here = z.subarray(point * 2 * width, (point + 1) * 2 * width);
    return Array.from({ length: width }, (_, unit) => Number(here[unit + width] > here[unit]));
  });
}

// How much of the larger z each of a Maxout layer's z is: 1, 0, or at a tie a half.
export function wins(z, width) {
  return z.map((each, place) => {
    const other = z[place % (2 * width) < width ? place + width : place - width];
    return (Math.sign(each - other) + 1) / 2;
  });
}

// Of dLoss / dz of a normed layer dLoss / ds, to which what its mean and spread do belongs; into the gradient what
// its shifts and scales get. Over the points, dLoss / ds is of the sum of their losses.
function throughNorm(norm, parameters, { fanOut, shifts, scales }, { standard, inverses }, deltas, gradient) {
  const count = deltas.length / fanOut;
  const found = new Float64Array(deltas.length);
  for (let place = 0; place < deltas.length; place++) {
    const unit = place % fanOut;
    gradient[shifts + unit] += deltas[place] / count;
    gradient[scales + unit] += (deltas[place] * standard[place]) / count;
    found[place] = deltas[place] * parameters[scales + unit];
  }
  const { groups, members } = groupsOf(norm, count, fanOut);
  for (let group = 0; group < groups.number; group++) {
    const first = group * groups.step;
    const after = first + members.number * members.step;
    let mean = 0;
    let along = 0;
    for (let place = first; place < after; place += members.step) {
      mean += found[place] / members.number;
      along += (found[place] * standard[place]) / members.number;
    }
    for (let place = first; place < after; place += members.step) {
      found[place] = (found[place] - mean - standard[place] * along) * inverses[group];
    }
  }
  return found;
}

// The mean loss over the points, its gradient (as the parameters stand), each layer's norm of dLoss / dW, and
// each hidden layer's dLoss / dh, [point][unit], from a pass forward through all layers.
export function backward(network, parameters, { inputs, zs, norms: normed }, labels) {
  const { sizes, pieces, activation, a, output, norm } = network;
  const depth = sizes.length - 2;
  const { loss, delta } = OUTPUTS[output];
  const count = labels.length;
  const layers = layersOf(network);
  const gradient = new Float64Array(parameters.length);
  const norms = new Float64Array(depth + 1);
  const errors = [];
  const units = sizes.at(-1);
  const logits = logitsOfAnswers(zs[depth], units);
  let mean = 0;
  let deltas = new Float64Array(count * units);
  for (let point = 0; point < count; point++) {
    mean += judged(loss, network, logits[point], labels, point) / count;
    const last = judged(delta, network, logits[point], labels, point);
    deltas[point * units] = -last; // of two units the first one's is the other's opposite
    deltas[point * units + units - 1] = last;
  }
  for (let layer = depth; layer >= 0; layer--) {
    const { fanIn, fanOut, biases, weights, skipped } = layers[layer];
    const given = inputs[layer];
    const sent = skipped ? errors[0].slice() : new Float64Array(count * fanIn); // past the layer, and through it
    for (let point = 0; point < count; point++) {
      const here = point * fanOut;
      for (let unit = 0; unit < fanOut; unit++) gradient[biases + unit] += deltas[here + unit] / count;
      for (let source = 0; source < fanIn; source++) {
        const share = given[point * fanIn + source] / count;
        const row = weights + source * fanOut;
        let error = 0;
        for (let unit = 0; unit < fanOut; unit++) {
          gradient[row + unit] += share * deltas[here + unit];
          error += parameters[row + unit] * deltas[here + unit];
        }
        sent[point * fanIn + source] += error;
      }
    }
    norms[layer] = euclidean(gradient.subarray(weights, weights + fanIn * fanOut));
    if (!layer) break;
    errors.unshift(sent);
    const z = zs[layer - 1];
    const width = sizes[layer];
    const slopes = pieces > 1 ? wins(z, width) : z.map((each) => ACTIVATIONS[activation].slope(each, a));
    const fan = pieces * width;
    deltas = slopes.map((slope, place) => slope * sent[Math.floor(place / fan) * width + (place % width)]);
    const own = layers[layer - 1];
    if (own.normed) deltas = throughNorm(norm, parameters, own, normed[layer - 1], deltas, gradient);
  }
  return { loss: mean, gradient, norms, errors };
}

// In units of the largest, whose square might be no number any more.
function euclidean(values) {
  let top = 0;
  for (const value of values) top = Math.max(top, Math.abs(value));
  if (!top || !Number.isFinite(top)) return top;
  let square = 0;
  for (const value of values) square += (value / top) ** 2;
  return top * Math.sqrt(square);
}

// Each makes a function that moves the parameters once, as torch.optim does, and remembers what it must.
const OPTIMIZERS = {
  sgd: () => (parameters, gradient, rate) => {
    for (let place = 0; place < parameters.length; place++) parameters[place] -= rate * gradient[place];
  },
  momentum: (count, momentum) => {
    const velocity = new Float64Array(count);
    return (parameters, gradient, rate) => {
      for (let place = 0; place < count; place++) {
        velocity[place] = momentum * velocity[place] + gradient[place];
        parameters[place] -= rate * velocity[place];
      }
    };
  },
  nesterov: (count, momentum) => {
    const velocity = new Float64Array(count);
    return (parameters, gradient, rate) => {
      for (let place = 0; place < count; place++) {
        velocity[place] = momentum * velocity[place] + gradient[place];
        parameters[place] -= rate * (gradient[place] + momentum * velocity[place]);
      }
    };
  },
  rmsprop: (count, momentum) => {
    const square = new Float64Array(count);
    const velocity = new Float64Array(count);
    return (parameters, gradient, rate) => {
      for (let place = 0; place < count; place++) {
        const slope = gradient[place];
        square[place] = RMSPROP_ALPHA * square[place] + (1 - RMSPROP_ALPHA) * slope * slope;
        velocity[place] = momentum * velocity[place] + slope / (Math.sqrt(square[place]) + EPSILON);
        parameters[place] -= rate * velocity[place];
      }
    };
  },
  adam: (count) => {
    const [first, second] = ADAM_BETAS;
    const mean = new Float64Array(count);
    const square = new Float64Array(count);
    let steps = 0;
    return (parameters, gradient, rate) => {
      steps += 1;
      const stride = rate / (1 - first ** steps);
      const scale = Math.sqrt(1 - second ** steps);
      for (let place = 0; place < count; place++) {
        const slope = gradient[place];
        mean[place] += (1 - first) * (slope - mean[place]);
        square[place] = second * square[place] + (1 - second) * slope * slope;
        parameters[place] -= (stride * mean[place]) / (Math.sqrt(square[place]) / scale + EPSILON);
      }
    };
  },
};

// What becomes of a gradient before it is taken: each layer's part is divided by its own norm, what is 0 stays
// 0; then the whole is scaled down to the largest norm that it may have.
function treated(network, gradient) {
  const { clip, unitGradient } = network;
  let found = gradient;
  if (unitGradient) {
    found = found.slice();
    for (const { start, end } of layersOf(network)) {
      const norm = euclidean(found.subarray(start, end)) || 1;
      for (let place = start; place < end; place++) found[place] /= norm;
    }
  }
  if (clip === null) return found;
  const share = Math.min(1, clip / (euclidean(found) + CLIP_EPSILON));
  return found.map((slope) => slope * share);
}

// A run's own, begun anew for so many parameters; what decays is added to the gradient. Where gradients
// accumulate, a step's is added to what became of the last one.
export function descent(network, count) {
  const { optimizer, momentum, decay, accumulate } = network;
  const move = OPTIMIZERS[optimizer](count, momentum);
  let left = new Float64Array(count);
  return (parameters, gradient, rate) => {
    const taken = treated(network, accumulate ? gradient.map((slope, place) => slope + left[place]) : gradient);
    left = taken;
    move(parameters, decay ? taken.map((slope, place) => slope + decay * parameters[place]) : taken, rate);
  };
}
