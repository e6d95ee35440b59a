// Prints a hash of the results of several trainings: npm run hashes
// A change that only moves code leaves all hashes unchanged. Bits differ between instruction sets
// (docs/architecture.md, Numbers). Compare on one machine:
// npm run hashes -- --out before.json, then npm run hashes -- --against before.json
// --without-losses leaves losses out, whose last places may differ between compilers too.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import * as glissade from 'glissade';

const { dense, conv2d, maxPool, flatten, batchNorm, layerNorm, dropout, residual, embedding, parallel, input } =
  glissade;
const { Dataset, Optimizer, Trainer, categories, sparse, network, linear, schedules } = glissade;

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    against: { type: 'string' },
    only: { type: 'string' },
    'without-losses': { type: 'boolean' },
  },
});

/** A linear congruential generator of numbers in [0, 1). */
function numbersFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const filled = (length, next, Type = Float32Array) => Type.from({ length }, next);
const normalLike = (next) => () => next() + next() + next() - 1.5;

const ROWS = 512;
const random = numbersFrom(7);
const numbers = filled(ROWS * 20, normalLike(random));
const classes = Array.from({ length: ROWS }, () => Math.floor(random() * 5));
const reals = filled(ROWS, normalLike(random));
const bits = filled(ROWS, () => Number(random() < 0.4));
const codes = Array.from({ length: ROWS * 2 }, () => Math.floor(random() * 40));
const entries = Array.from({ length: ROWS }, () =>
  Array.from({ length: 6 }, () => [Math.floor(random() ** 3 * 4000), random()]),
);
const pixels = Uint8Array.from({ length: ROWS * 64 }, () => random() * 256);

const rows = (targets = classes) => new Dataset({ inputs: numbers, columns: 20, targets });
const images = () => new Dataset({ inputs: pixels, columns: 64, scale: 1 / 255, targets: classes });
const words = (targets = bits) => new Dataset({ inputs: sparse({ columns: 4000, rows: entries }), targets });
const image = { height: 8, width: 8, channels: 1 };
const perceptron = (more = {}) =>
  network({ inputs: 20, layers: [dense(48, { activation: 'relu' }), dense(5)], seed: 1, ...more });

const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const hashOf = (...arrays) => {
  const hash = createHash('sha256');
  for (const array of arrays) hash.update(bytesOf(array));
  return hash.digest('hex').slice(0, 16);
};

/** Trains a model and hashes its parameters, losses and predictions. */
async function fitted(model, data, fit) {
  const history = await model.fit(data, { epochs: 3, batchSize: 32, seed: 3, ...fit });
  const losses = options['without-losses'] ? [] : history.epochs.map((epoch) => epoch.loss);
  return hashOf(model.parameters, Float64Array.from(losses), model.predict(data));
}

/** Takes steps of an optimizer and hashes parameters and state. */
function stepped(rule, more = {}, { type = Float32Array, steps = 25, gradientOf } = {}) {
  const next = normalLike(numbersFrom(11));
  const shape = [40, 70];
  const data = filled(2800, next, type);
  const optimizer = new Optimizer(
    [
      { data, shape },
      { data: filled(5000, next, type), shape: [5000] },
    ],
    rule,
    more,
  );
  for (let step = 0; step < steps; step++)
    optimizer.step([gradientOf?.(next, step) ?? filled(2800, next, type), filled(5000, next, type)]);
  const points = optimizer.evaluationParameters();
  return hashOf(data, optimizer.save(), ...points);
}

const sparseGradient = (next, step) => ({
  rows: [step % 40, (step * 7) % 40, 3],
  values: filled(210, next),
  columns: 70,
});

const adam = glissade.adam({ learningRate: 0.01 });

const trainings = {
  'perceptron, adam': () => fitted(perceptron(), rows(), { loss: 'crossEntropy', optimizer: adam }),
  'perceptron, float64, adamw, cosine': () =>
    fitted(perceptron({ type: 'float64' }), rows(), {
      loss: 'crossEntropy',
      optimizer: glissade.adamw({ learningRate: schedules.cosine({ from: 0.02, steps: 48 }) }),
    }),
  'perceptron, clipped, accumulated, averaged': () =>
    fitted(perceptron(), rows(), {
      loss: 'crossEntropy',
      optimizer: glissade.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
      clip: { norm: 0.5 },
      accumulate: 2,
      average: glissade.ema({ decay: 0.9 }),
    }),
  'perceptron, sam': () =>
    fitted(perceptron(), rows(), { loss: 'crossEntropy', optimizer: glissade.sam(adam, { radius: 0.05 }) }),
  'perceptron, lookahead around momentum, Nesterov': () =>
    fitted(perceptron(), rows(), {
      loss: 'hinge',
      optimizer: glissade.lookahead(glissade.momentum({ learningRate: 0.02, nesterov: true })),
    }),
  'perceptron, muon': () => fitted(perceptron(), rows(), { loss: 'crossEntropy', optimizer: glissade.muon() }),
  'perceptron, schedule-free': () =>
    fitted(perceptron(), rows(), { loss: 'crossEntropy', optimizer: glissade.scheduleFree() }),
  'perceptron of bytes, validation': () =>
    fitted(network({ inputs: 64, layers: [dense(64, { activation: 'gelu' }), dense(5)], seed: 2 }), images(), {
      loss: 'crossEntropy',
      optimizer: adam,
      validation: images(),
    }),
  'perceptron, bfloat16': () =>
    fitted(perceptron(), rows(), { loss: 'crossEntropy', optimizer: adam, precision: 'bfloat16' }),
  'convolutional network': () =>
    fitted(
      network({
        inputs: image,
        layers: [
          conv2d(8, { activation: 'relu', padding: 1 }),
          residual([conv2d(8, { padding: 1 }), batchNorm({ activation: 'relu' })]),
          maxPool(),
          flatten(),
          dropout(0.2),
          dense(5),
        ],
        seed: 3,
      }),
      images(),
      { loss: 'crossEntropy', optimizer: adam },
    ),
  'layerNorm, regression': () =>
    fitted(
      network({ inputs: 20, layers: [dense(32, { activation: 'silu' }), layerNorm(), dense(1)], seed: 4 }),
      rows(reals),
      { loss: 'huber', optimizer: glissade.rmsprop() },
    ),
  'embeddings, adam': () =>
    fitted(
      network({ inputs: { categories: [40, 40] }, layers: [embedding({ dimensions: 8 }), dense(1)], seed: 5 }),
      new Dataset({ inputs: categories({ values: codes, columns: 2, cardinalities: [40, 40] }), targets: bits }),
      { loss: 'logistic', optimizer: adam, batchSize: 4 },
    ),
  'sparse columns, adam': () =>
    fitted(
      network({ inputs: { sparse: 4000 }, layers: [dense(16, { activation: 'relu' }), dense(1)], seed: 6 }),
      words(),
      { loss: 'logistic', optimizer: adam, batchSize: 8 },
    ),
  'wide and deep, lazy': () => {
    const data = new Dataset({
      inputs: { numbers: { values: numbers, columns: 20 }, words: sparse({ columns: 4000, rows: entries }) },
      targets: bits,
    });
    const deep = [input('numbers'), dense(16, { activation: 'relu' }), dense(1)];
    const layers = [parallel([[input('words'), dense(1)], deep], { join: 'sum' })];
    return fitted(network({ inputs: data, layers, seed: 7 }), data, {
      loss: 'logistic',
      optimizer: glissade.adamw({ learningRate: 0.01 }),
      sparse: 'lazy',
    });
  },
  'linear, ftrl, single examples': () =>
    fitted(linear({ inputs: { sparse: 4000 } }), words(), {
      loss: 'logistic',
      optimizer: glissade.ftrl({ learningRate: 0.1, l1: 1e-3 }),
      batchSize: 1,
    }),
  'linear, sgd, single examples of numbers': () =>
    fitted(linear({ inputs: 20 }), rows(reals), {
      loss: 'squared',
      optimizer: glissade.sgd({ learningRate: 0.01, weightDecay: 0.01 }),
      batchSize: 1,
    }),
  'trainer, single steps': () => {
    const model = perceptron();
    const trainer = new Trainer(model, { loss: 'crossEntropy', optimizer: adam, seed: 1 });
    for (let i = 0; i < 40; i++) trainer.step(numbers.subarray(i * 60, i * 60 + 60), classes.slice(i * 3, i * 3 + 3));
    return hashOf(model.parameters, Float64Array.of(trainer.steps));
  },
  'curvature: gradient, Hessian product': () => {
    const model = perceptron({ type: 'float64' });
    const { gradient } = model.gradient(rows(), { loss: 'crossEntropy' });
    return hashOf(gradient, model.hessianVectorProduct(rows(), gradient, { loss: 'crossEntropy' }));
  },
};

for (const rule of [
  glissade.adadelta,
  glissade.adafactor,
  glissade.adagrad,
  glissade.adamax,
  glissade.adan,
  glissade.asgd,
  glissade.lamb,
  glissade.lars,
  glissade.lion,
  glissade.muon,
  glissade.nadam,
  glissade.prodigy,
  glissade.radam,
  glissade.rmsprop,
  glissade.rowWiseAdagrad,
  glissade.rprop,
  glissade.scheduleFree,
])
  trainings[`steps of ${rule.name}`] = () => stepped(rule());
Object.assign(trainings, {
  'steps of adam, float64': () => stepped(adam, {}, { type: Float64Array }),
  'steps of adamw, bytes': () => stepped(glissade.adamw(), { state: 'uint8' }),
  'steps of adam, bfloat16': () => stepped(glissade.adam({ amsgrad: true }), { state: 'bfloat16' }),
  'steps of adam, adaptive clipping': () => stepped(adam, { clip: { adaptive: 0.01 } }),
  'steps of adam, clipped numbers, SWA': () =>
    stepped(adam, { clip: { value: 0.3 }, average: glissade.swa({ start: 5, every: 3 }) }),
  'sparse steps of adam': () => stepped(adam, {}, { gradientOf: sparseGradient }),
  'sparse steps of sgd with decay': () =>
    stepped(glissade.sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 }), {}, { gradientOf: sparseGradient }),
  'lazy steps of adamw': () => stepped(glissade.adamw(), { sparse: 'lazy' }, { gradientOf: sparseGradient }),
  'sparse steps of rowWiseAdagrad': () => stepped(glissade.rowWiseAdagrad(), {}, { gradientOf: sparseGradient }),
});

const former = options.against ? JSON.parse(fs.readFileSync(options.against, 'utf8')) : {};
const hashes = {};
let changed = 0;
for (const [name, train] of Object.entries(trainings)) {
  if (options.only && !name.includes(options.only)) continue;
  const hash = await train();
  hashes[name] = hash;
  const differs = options.against && former[name] !== hash;
  changed += differs;
  console.log(`${hash}  ${name}${differs ? `  (was ${former[name]})` : ''}`);
}
console.log(`${glissade.runtime().instructionSet}${options.against ? `, ${changed} changed` : ''}`);
if (options.out) fs.writeFileSync(options.out, `${JSON.stringify(hashes, null, 2)}\n`);
if (changed > 0) process.exitCode = 1;
