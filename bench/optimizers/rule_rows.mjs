import { Optimizer } from 'glissade';
import { threadsOf } from '../wording.mjs';
import { arraysOf, bytesOf, limit, ours, sizes, threads, torch } from './contestants.mjs';

const size = 2 ** 26;
const trials = 3; // each takes seconds, and such steps vary little

const rules = [
  ['sgd'],
  ['sgd', { momentum: 0.9 }],
  ['momentum'],
  ['momentum', { nesterov: true }],
  ['adagrad'],
  ['rmsprop'],
  ['lion'],
  ['asgd'],
  ['scheduleFree'],
  ['adam'],
  ['adamw'],
  ['nadam'],
  ['radam'],
  ['adamax'],
  ['adadelta'],
  ['rprop'],
  ['ftrl'],
  ['rmsprop', { momentum: 0.9 }],
  ['rmsprop', { centered: true }],
  ['scheduleFree', { base: 'adamw' }],
  ['adam', { amsgrad: true }],
  ['rmsprop', { centered: true, momentum: 0.9 }],
  ['adan'],
  ['lars'],
  ['lamb'],
  ['prodigy'],
];

/**
 * Passes of rules with steps that depend on norms, in the form of limit.cpp: they need a pass for the norms first.
 * A step of any other rule reads the gradient once, and reads and writes the parameters and each state once.
 */
const passesOfSums = {
  lars: '2:0,3:2', // θ, g; then θ, v, g → θ, v
  lamb: '4:2,3:1', // m, v, θ, g → m, v; then θ, m, v → θ
  prodigy: '6:3,3:1', // m, v, s, θ₀, θ, g → m, v, s; then θ, m, v → θ
};

function passesOf([name, options]) {
  if (passesOfSums[name]) return passesOfSums[name];
  const { state } = new Optimizer([new Float32Array(1)], { name, ...options });
  return `${2 + state.size}:${1 + state.size}`;
}

const nameOf = ([name, options = {}]) => {
  const text = Object.entries(options).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return text.length > 0 ? `${name} { ${text.join(', ')} }` : name;
};

/** A row of rules that move the same bytes, and the limit for moving them. */
const row = (passes, members) => {
  const [read, written] = arraysOf(passes);
  return {
    title: `Rules, ${sizes[size]} float32 parameters, ${read} arrays read and ${written} written${passes.includes(',') ? ' in two passes' : ''}`,
    unit: 'µs',
    bytes: bytesOf(passes, size),
    trials,
    contestants: [
      limit(passes, size),
      ...members.map((rule) => ours(nameOf(rule), { rule: rule[0], options: rule[1] ?? {}, shape: size })),
    ],
  };
};

const byPasses = new Map();
for (const rule of rules) {
  const passes = passesOf(rule);
  byPasses.set(passes, [...(byPasses.get(passes) ?? []), rule]);
}

/** Passes of Adafactor: means of rows and columns (g), norms (θ, g), the update (θ, g → θ). */
const factored = '1:0,2:0,2:1';
const side = Math.sqrt(size);
const adafactor = {
  title: `Rules, adafactor, ${sizes[size]} float32 parameters as ${side} × ${side}`,
  unit: 'µs',
  bytes: bytesOf(factored, size),
  trials,
  contestants: [
    limit(factored, size),
    ours('glissade', { rule: 'adafactor', shape: `${side}x${side}` }),
    torch(`Adafactor`, { rule: 'Adafactor', shape: `${side}x${side}` }),
  ],
};

/** Muon is limited by matrix products, not by memory. PyTorch computes them in bfloat16. */
const muon = {
  title: `Rules, muon, 1024 × 1024 float32 parameters, ${threadsOf(threads)}`,
  unit: 'µs',
  contestants: [
    ours('bfloat16', { rule: 'muon', options: { precision: 'bfloat16' }, shape: '1024x1024' }),
    ours('float32', { rule: 'muon', shape: '1024x1024' }),
    torch('Muon', { rule: 'Muon', shape: '1024x1024' }),
  ],
};

export const rows = [...[...byPasses].map(([passes, members]) => row(passes, members)), adafactor, muon];
