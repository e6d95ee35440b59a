import * as glissade from 'glissade';
import { UserError } from './support/hostile';
import { type Anything, describeHostile, of, type Subject } from './support/hostile_calls';
import { close } from './support/safetensors';

const {
  adam,
  categories,
  Dataset,
  DatasetBuilder,
  DatasetWriter,
  dense,
  FeatureHasher,
  hashFeatures,
  network,
  Optimizer,
  schedules,
  SparseBuilder,
  sparse,
  Trainer,
} = glissade;

const inputs = [
  [1, 2],
  [3, 4],
];
const newData = () => new Dataset({ inputs, targets: [0, 1], weights: [1, 2] });
const newStateDict = () => {
  const entries = {
    'fc.weight': { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
    b: { dtype: 'F32', shape: [2], data_offsets: [16, 24] },
  };
  return close(entries, new Uint8Array(24));
};
const newModel = () => network({ inputs: 2, layers: [dense(2)], seed: 1 });

function onModel(call: (model: Anything, ...args: Anything[]) => unknown, ...args: unknown[]): () => Subject {
  return () => {
    const model = newModel();
    return { args: () => args, call: (...given) => call(model, ...given), state: () => model.parameters.slice() };
  };
}

function onTrainer(call: (trainer: Anything, ...args: Anything[]) => unknown, ...args: unknown[]): () => Subject {
  return () => {
    const model = newModel();
    const optimizer = adam({ learningRate: schedules.scale({ schedule: 0.1, by: 1 }) });
    const trainer = new Trainer(model, { loss: 'crossEntropy', optimizer });
    trainer.step(inputs, [0, 1]);
    return {
      args: () => args,
      call: (...given) => call(trainer, ...given),
      state: () => [model.parameters.slice(), trainer.steps, trainer.skipped],
    };
  };
}

function onOptimizer(call: (optimizer: Anything, ...args: Anything[]) => unknown, ...args: unknown[]): () => Subject {
  return () => {
    const parameters = [{ data: new Float32Array(8).fill(1), shape: [4, 2] }, new Float32Array(2)];
    const plateau = schedules.reduceOnPlateau({ from: 0.1 });
    const optimizer = new Optimizer(parameters, adam({ learningRate: plateau }));
    optimizer.step([new Float32Array(8).fill(1), new Float32Array(2).fill(1)]);
    const saved = () => optimizer.save();
    return {
      args: () => args.map((arg) => (arg === 'a saved state' ? saved() : arg)),
      call: (...given) => call(optimizer, ...given),
      state: () => [optimizer.parameters.map((array) => array.slice()), optimizer.steps, plateau.state, saved()],
    };
  };
}

/** Waits for a run, which is stopped after 20 epochs or 20 ms. */
async function settled(run: Anything): Promise<unknown> {
  setTimeout(() => run.stop(), 20);
  let epochs = 0;
  for await (const _ of run) if (++epochs === 20) run.stop();
  return await run;
}

/** x² + y², for at most 500 evaluations. A legal but endless job then ends with the user's error. */
function bowl() {
  let looks = 0;
  return ([x, y]: readonly number[], gradient: Anything) => {
    if (++looks > 500) throw new UserError('looked at too often');
    gradient[0] = 2 * x!;
    gradient[1] = 2 * y!;
    return x! * x! + y! * y!;
  };
}

const onBowl =
  (call: Anything, ...args: unknown[]): (() => Subject) =>
  () => {
    const objective = bowl();
    return { args: () => args.map((arg) => (arg === bowl ? objective : withBowl(arg, objective))), call };
  };

const withBowl = (arg: Anything, objective: unknown) => (arg?.objective === bowl ? { ...arg, objective } : arg);

const gradients = [new Float32Array(8), new Float32Array(2)];
const sparseGradients = [{ rows: [0, 3], values: new Float32Array(4), columns: 2 }, new Float32Array(2)];
const fitOptions = {
  loss: { name: 'crossEntropy', labelSmoothing: 0.1, classWeights: [1, 2] },
  optimizer: { name: 'adam', learningRate: { name: 'scale', schedule: 0.1, by: { name: 'constant', value: 1 } } },
  groups: [{ tensors: ['layers.0.weight'], frozen: false, weightDecay: 0.1 }],
  metrics: ['accuracy'],
  precision: 'full',
  seed: 1,
  batchSize: 1,
  epochs: 1,
  sampling: 'permutation',
  clip: { norm: 1 },
  average: { name: 'ema', decay: 0.9 },
  accumulate: 1,
  onNonFinite: 'throw',
  state: 'full',
  maximize: false,
};
const wrapped = { name: 'lookahead', rule: { name: 'sam', rule: { name: 'sgd' }, radius: 0.1 }, steps: 5, alpha: 0.5 };

/** The rules, with all of their options. */
const rules = Object.entries(glissade)
  .filter(([name]) =>
    /^(ada|adam|sgd|mom|rms|nad|rad|rpr|rowWise|asgd|lion|lamb|lars|adan|prod|ftrl|muon|sched.*Free|lbfgs|acc|gradientD)/.test(
      name,
    ),
  )
  .map(([name, make]): [string, () => Subject] => {
    const made = (make as (options: object) => object)(name === 'accelerated' ? { smoothness: 1 } : {});
    const { name: _, ...options } = made as Record<string, unknown>;
    return [`${name}(…)`, of(make as Subject['call'], options)];
  });

const layerCalls: Record<string, unknown[]> = {
  dense: [3, { activation: 'relu', bias: true, initializer: 'zeros' }],
  conv2d: [3, { kernel: [3, 3], stride: [1, 1], padding: [1, 1], activation: 'relu', bias: true }],
  maxPool: [{ size: [2, 2], stride: [2, 2], padding: [0, 0] }],
  averagePool: [{ size: 2, stride: 2, padding: 0 }],
  globalPool: [{ pooling: 'max' }],
  dropout: [0.5],
  layerNorm: [{ epsilon: 1e-5, activation: 'relu' }],
  batchEnsemble: [3, { members: 2, activation: 'relu', bias: false, initializer: 'zeros', adapters: 'ones' }],
  hierarchicalSoftmax: [3, { frequencies: [1, 2, 3] }],
  sampledSoftmax: [3, { count: 2, frequencies: [1, 2, 3] }],
  batchNorm: [{ epsilon: 1e-5, momentum: 0.1, activation: 'relu' }],
  residual: [[dense(2)], { shortcut: [dense(2)], activation: 'relu' }],
  parallel: [[[dense(2)], []], { join: 'sum', activation: 'relu' }],
  embedding: [{ dimensions: [2, 3] }],
  input: ['words'],
};

const scheduleOptions: Record<string, unknown> = {
  constant: { value: 1 },
  step: { from: 1, every: 3, factor: 0.1 },
  multiStep: { from: 1, milestones: [1, 2], factor: 0.1 },
  linear: { from: 1, to: 0, steps: 3 },
  polynomial: { from: 1, to: 0, steps: 3, power: 2 },
  exponential: { from: 1, factor: 0.9 },
  inverseTime: { from: 1, decay: 1, alpha: 1, allowDivergent: true },
  cosine: { from: 1, to: 0, steps: 3 },
  warmRestarts: { from: 1, to: 0, steps: 3, factor: 2 },
  cyclic: { from: 1, to: 2, up: 2, down: 2, mode: 'triangular' },
  oneCycle: { peak: 1, steps: 10 },
  warmupStableDecay: { peak: 1, warmup: 1, stable: 1, decay: 1 },
  piecewise: { boundaries: [1], values: [1, 2], interpolate: 'constant' },
  join: { schedules: [1, { name: 'constant', value: 2 }], boundaries: [3] },
  scale: { schedule: 1, by: { name: 'constant', value: 2 } },
  reduceOnPlateau: { from: 1, factor: 0.1, patience: 2, mode: 'min' },
  noam: { dimensions: 4, warmup: 2, factor: 1 },
  floor: { schedule: 1, minimum: 0.1 },
};

/** Every function of the package that takes arguments. */
const subjects: Record<string, () => Subject> = {
  ...Object.fromEntries(rules),
  ...Object.fromEntries(
    Object.entries(layerCalls).map(([name, args]) => [`${name}(…)`, of((glissade as Anything)[name], ...args)]),
  ),
  ...Object.fromEntries(
    Object.entries(scheduleOptions).map(([name, options]) => [
      `schedules.${name}(…)`,
      of((given) => {
        const made = (schedules as Anything)[name](given);
        for (const step of [0, 1, 100]) made(step);
        JSON.stringify(made);
      }, options),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(glissade.losses).map(([name, make]) => [
      `losses.${name}(…)`,
      of(make as Subject['call'], {
        delta: 1,
        quantile: 0.5,
        labelSmoothing: 0.1,
        positiveWeight: 1,
        classWeights: [1, 2],
        value: () => 0,
        gradient: () => {},
        check: false,
      }),
    ]),
  ),
  'schedules.from(…)': of(schedules.from as Subject['call'], { name: 'join', ...(scheduleOptions.join as object) }),
  'schedule.tabulate(…)': of((first, count) => schedules.constant({ value: 1 }).tabulate(first, count), 0, 3),
  'plateau.observe(…)': of((metric) => schedules.reduceOnPlateau({ from: 1 }).observe(metric), 3),
  'plateau.restore(…)': of((state) => schedules.reduceOnPlateau({ from: 1 }).restore(state), {
    value: 1,
    best: 1,
    badCount: 0,
    cooldownLeft: 0,
  }),
  'lookahead(…)': of(glissade.lookahead as Subject['call'], wrapped.rule, { steps: 5, alpha: 0.5 }),
  'ruleFrom(…)': of(glissade.ruleFrom as Subject['call'], { name: 'sgd', learningRate: 0.1, momentum: 0.9 }),
  'sam(…)': of(glissade.sam as Subject['call'], { name: 'sgd', learningRate: 0.1 }, { radius: 0.1 }),
  'polyak(…)': of(glissade.polyak as Subject['call'], { start: 1 }),
  'ema(…)': of(glissade.ema as Subject['call'], { decay: 0.5 }),
  'swa(…)': of(glissade.swa as Subject['call'], { start: 1, every: 2 }),
  'float32(…)': of(glissade.float32 as Subject['call'], 3),
  'float64(…)': of(glissade.float64 as Subject['call'], 3),
  'bfloat16(…)': of(glissade.bfloat16 as Subject['call'], new Uint16Array(2)),
  'configure(…)': of(glissade.configure as Subject['call'], { threads: 1 }),
  'curvatureMonitor(…)': of(glissade.curvatureMonitor as Subject['call'], {
    every: 2,
    examples: 3,
    onReport: () => {},
  }),

  'new Optimizer(arrays, …)': of(
    (...args) => new Optimizer(...(args as [never, never, never])),
    [{ data: new Float32Array(8), shape: [4, 2] }, new Float32Array(3)],
    wrapped,
    {
      clip: { adaptive: 0.1, epsilon: 1e-3, units: 'rows' },
      average: { name: 'swa', start: 1, every: 2 },
      accumulate: 2,
      onNonFinite: 'skip',
      maximize: false,
    },
  ),
  'new Optimizer(groups, …)': of(
    (...args) => new Optimizer(...(args as [never, never, never])),
    [{ parameters: [new Float32Array(3)], frozen: false, learningRate: 0.1 }, { parameters: [new Float32Array(2)] }],
    { name: 'sgd', learningRate: 0.1, momentum: 0.9 },
  ),
  'optimizer.step(…)': onOptimizer((optimizer, given) => optimizer.step(given), gradients),
  'optimizer.step(sparse …)': onOptimizer((optimizer, given) => optimizer.step(given), sparseGradients),
  'optimizer.stepAsync(…)': onOptimizer((optimizer, given) => optimizer.stepAsync(given), gradients),
  'optimizer.stepAsync(sparse …)': onOptimizer((optimizer, given) => optimizer.stepAsync(given), sparseGradients),
  'optimizer.gradientPoints(…)': onOptimizer((optimizer, given) => optimizer.gradientPoints(given), gradients),
  'optimizer.observe(…)': onOptimizer((optimizer, metric) => optimizer.observe(metric), 1),
  'optimizer.restore(…)': onOptimizer((optimizer, bytes) => optimizer.restore(bytes), 'a saved state'),

  'new Dataset(rows)': of((options) => new Dataset(options), { inputs, targets: [0, 1], weights: [1, 2], scale: 2 }),
  'new Dataset(numbers)': of((options) => new Dataset(options), {
    inputs: [1, 2, 3, 4],
    targets: [1, 2, 3, 4],
    columns: 2,
    targetColumns: 2,
    type: 'float64',
  }),
  'new Dataset(blocks)': of((options) => new Dataset(options), {
    inputs: {
      numbers: { values: [1, 2], columns: 1, scale: 2, type: 'float32' },
      words: sparse({ columns: 3, rows: [[1], [2]] }),
      places: categories({ values: [0, 1] }),
    },
  }),
  'new DatasetBuilder(…)': of((options) => new DatasetBuilder(options), {
    inputs: { numbers: { columns: 2, scale: 3 }, places: { categories: [2, 3] }, words: { sparse: 3 }, one: 1 },
    targetColumns: 1,
    weights: true,
    type: 'float64',
  }),
  'builder.append(…)': () => {
    const builder = new DatasetBuilder({
      inputs: { numbers: 2, places: { categories: [2] }, words: { sparse: 3 } },
      targetColumns: 1,
      weights: true,
    });
    return {
      args: () => [
        {
          inputs: {
            numbers: [1, 2, 3, 4],
            places: categories({ values: [0, 1] }),
            words: sparse({ columns: 3, rows: [[1], [2]] }),
          },
          targets: [1, 2],
          weights: [1, 2],
        },
      ],
      call: (given) => builder.append(given),
      state: () => builder.rows,
    };
  },
  // A path could be any file; writing to this one fails.
  'new DatasetWriter(…)': of((options) => new DatasetWriter('/dev/null', options), {
    inputs: 1,
    targetColumns: 1,
    weights: false,
    type: 'float32',
  }),
  'data.split(…)': of((options) => newData().split(options), { validation: 0.5, seed: 1, stratified: false }),
  'data.select(…)': of((rows) => newData().select(rows), [0, 1]),
  'sparse(rows)': of(sparse as Subject['call'], { columns: 9, rows: [[[1, 2], 3], [4]] }),
  'sparse(arrays)': of(sparse as Subject['call'], { columns: 9, offsets: [0, 2], indices: [1, 2], values: [1, 2] }),
  'new SparseBuilder(…)': of((options) => new SparseBuilder(options).add([1]).build(), { columns: 9 }),
  'builder.add(…)': () => {
    const builder = new SparseBuilder({ columns: 9 }).add([1]);
    return {
      args: () => [[[1, 2], 3]],
      call: (...args) => builder.add(...(args as [never])),
      state: () => builder.rows,
    };
  },
  'builder.add(indices, values)': () => {
    const builder = new SparseBuilder({ columns: 9 }).add([1]);
    return {
      args: () => [
        [1, 2],
        [3, 4],
      ],
      call: (...args) => builder.add(...(args as [never])),
      state: () => builder.rows,
    };
  },
  'table.row(…)': of((row) => sparse({ columns: 9, rows: [[1]] }).row(row), 0),
  'categories(…)': of(categories as Subject['call'], { values: [[0, 3]], columns: 2, cardinalities: [2, 7] }),
  'hashFeatures(…)': of(
    hashFeatures as Subject['call'],
    [['red', ['price', 9.5]], { user: { id: 'u17', age: 33 }, ad: ['a5'] }],
    { columns: 8, seed: 1, signed: true, crosses: [['user', 'ad']] },
  ),
  'FeatureHasher.add(…)': () => {
    const hasher = new FeatureHasher({ columns: 8 }).add(['a']);
    return {
      args: () => [{ user: { id: 'u17', age: 33 }, ad: ['a5', ['b', true]] }],
      call: (example) => hasher.add(example),
      state: () => hasher.rows,
    };
  },
  'leastSquares(…)': of(glissade.leastSquares as Subject['call'], newData(), { penalty: 1, intercept: true }),
  'logisticRegression(…)': of(glissade.logisticRegression as Subject['call'], newData(), {
    ...{ penalty: 1, intercept: true, classes: 2, maxIterations: 3 },
  }),
  'whiten(…)': of(
    glissade.whiten as Subject['call'],
    [
      [1, 2],
      [3, 5],
      [0, 1],
      [2, 2],
    ],
    {
      method: 'pca',
      center: true,
      epsilon: 0.1,
      components: 1,
    },
  ),

  'network(…)': of(network as Subject['call'], {
    inputs: { picture: { height: 4, width: 4, channels: 1 }, words: { sparse: 9 }, places: { categories: [2, 3] } },
    layers: [
      {
        kind: 'parallel',
        branches: [
          [{ kind: 'input', name: 'picture' }, { kind: 'conv2d', channels: 2, kernel: [3, 3] }, { kind: 'flatten' }],
          [
            { kind: 'input', name: 'words' },
            { kind: 'dense', outputs: 2 },
          ],
          [
            { kind: 'input', name: 'places' },
            { kind: 'embedding', dimensions: [2, 2] },
          ],
        ],
        join: 'concatenate',
      },
      { kind: 'residual', layers: [{ kind: 'layerNorm' }], shortcut: [] },
    ],
    seed: 1,
    type: 'float32',
  }),
  'network(of a dataset)': of(network as Subject['call'], {
    inputs: newData(),
    layers: [{ kind: 'dense', outputs: 2 }],
  }),
  'network.from(…)': of(network.from as Subject['call'], {
    inputs: [
      { name: 'numbers', columns: 2 },
      { name: 'picture', height: 2, width: 2, channels: 1 },
    ],
    layers: [
      {
        kind: 'parallel',
        branches: [[{ kind: 'input', name: 'numbers' }], [{ kind: 'input', name: 'picture' }, { kind: 'flatten' }]],
      },
    ],
    type: 'float32',
    seed: 1,
  }),
  'network.fromShared(…)': of(network.fromShared as Subject['call'], newModel().share()),
  'loadModel(…)': of(glissade.loadModel as Subject['call'], newModel().toBytes()),
  'model.load(a state dict …)': onModel((model, ...args) => model.load(...args), newStateDict(), {
    map: { 'layers.0': 'fc', 'layers.0.bias': 'b' },
    layout: 'pytorch',
  }),
  'model.load(…)': onModel((model, from) => model.load(from), newModel().toBytes()),
  'linear(…)': of(glissade.linear as Subject['call'], { inputs: 2, outputs: 1, bias: true, type: 'float32' }),
  'model.predict(…)': onModel((model, ...args) => model.predict(...args), inputs, { scale: 2, precision: 'full' }),
  'model.predict(numbers)': onModel((model, ...args) => model.predict(...args), new Float32Array(4)),
  'loadONNX(…)': of((...args) => glissade.loadONNX(...(args as [never])), newModel().toONNX(), { output: 'outputs' }),
  'model.appendTo(…)': onModel((model, ...args) => model.appendTo(...args), newModel().toONNX(), { output: 'outputs' }),
  'model.toBytes(…)': onModel((model, ...args) => model.toBytes(...args), { quantize: 'int8' }),
  'model.save(options)': onModel((model, options) => model.save('/dev/null/model', options), { quantize: 'int8' }),
  'model.toONNX(…)': onModel((model, ...args) => model.toONNX(...args), { probabilities: 'softmax' }),
  'model.evaluate(…)': onModel((model, ...args) => model.evaluate(...args), newData(), {
    loss: 'crossEntropy',
    metrics: ['accuracy', { name: 'f1', as: 'f', average: 'macro', threshold: 0.25 }],
    precision: 'full',
  }),
  'model.predictProbabilities(…)': onModel((model, ...args) => model.predictProbabilities(...args), inputs, {
    scale: 2,
    precision: 'full',
    by: 'softmax',
  }),
  'model.predictClasses(…)': onModel((model, ...args) => model.predictClasses(...args), inputs, {
    scale: 2,
    precision: 'full',
    by: 'softmax',
    threshold: 0.25,
  }),
  'calibrate(…)': onModel((model, ...args) => (glissade.calibrate as Subject['call'])(model, ...args), newData(), {
    method: 'temperature',
    by: 'softmax',
  }),
  'score(…)': of(glissade.score as Subject['call'], 'auc', [0.2, 0.7, 0.4], [0, 1, 1], {
    of: 'probabilities',
    columns: 1,
    weights: [1, 2, 3],
  }),
  'thresholdFor(…)': of(glissade.thresholdFor as Subject['call'], { falsePositive: 1, falseNegative: 2 }),
  'metrics.f1(…)': of(glissade.metrics.f1 as Subject['call'], { average: 'micro', threshold: 0.25, as: 'f' }),
  'metrics.topK(…)': of(glissade.metrics.topK as Subject['call'], { k: 1, as: 'first' }),
  'metrics.calibrationError(…)': of(glissade.metrics.calibrationError as Subject['call'], { bins: 3 }),
  'metrics.quantileLoss(…)': of(glissade.metrics.quantileLoss as Subject['call'], { quantile: 0.1 }),
  'model.gradient(…)': onModel((model, ...args) => model.gradient(...args), newData(), {
    loss: 'crossEntropy',
    training: true,
    seed: 3,
  }),
  'model.hessianVectorProduct(…)': onModel(
    (model, ...args) => model.hessianVectorProduct(...args),
    newData(),
    new Float32Array(6),
    { loss: 'crossEntropy' },
  ),
  'model.gradientVariance(…)': onModel((model, ...args) => model.gradientVariance(...args), newData(), {
    loss: 'crossEntropy',
  }),
  'model.fit(…)': onModel((model, data, options) => settled(model.fit(data, options)), newData(), fitOptions),
  'new Trainer(…)': of((...args) => new Trainer(...(args as [never, never])), newModel(), {
    loss: 'crossEntropy',
    optimizer: wrapped,
  }),
  'trainer.step(…)': onTrainer((trainer, ...args) => trainer.step(...args), inputs, [0, 1], {
    scale: 1,
    weights: [1, 2],
  }),
  'trainer.step(typed …)': onTrainer(
    (trainer, ...args) => trainer.step(...args),
    new Float32Array(4),
    new Float64Array(2),
  ),
  'trainer.stepAsync(…)': onTrainer((trainer, ...args) => trainer.stepAsync(...args), inputs, [0, 1], {
    scale: 1,
    weights: [1, 2],
  }),
  'trainer.fit(…)': onTrainer((trainer, data, options) => settled(trainer.fit(data, options)), newData(), {
    epochs: 1,
    batchSize: 2,
    validation: newData(),
    monitor: { name: 'curvature', every: 1, examples: 2 },
    shuffle: true,
    signal: new AbortController().signal,
  }),

  'findLearningRate(…)': of(glissade.findLearningRate as Subject['call'], newModel(), newData(), {
    loss: 'crossEntropy',
    optimizer: { name: 'sgd' },
    from: 1e-3,
    to: 1,
    steps: 3,
    batchSize: 2,
    seed: 1,
    onProgress: ({ step }: { step: number }) => {
      if (step > 50) throw new UserError('looked at too often');
    },
    signal: new AbortController().signal,
  }),
  'trainer.fit(checkpoint …)': onTrainer(
    (trainer, data, pace) => {
      let checkpoint = pace;
      try {
        checkpoint = { ...pace, folder: '/dev/null' };
      } catch {} // a revoked proxy
      return settled(trainer.fit(data, { checkpoint: checkpoint as never, onCheckpointError: 'throw' }));
    },
    newData(),
    { everySeconds: 1, everySteps: 1, keep: 1, onWritten: () => {} },
  ),
  'Trainer.resume(…)': of(
    Trainer.resume as Subject['call'],
    new Trainer(newModel(), { loss: 'crossEntropy', optimizer: adam() }).toBytes(),
  ),
  'newestCheckpoint(…)': of(glissade.newestCheckpoint as Subject['call'], '/dev/null/nowhere'),

  'curvature(model)': of(glissade.curvature as Subject['call'], newModel(), newData(), {
    loss: 'crossEntropy',
    learningRate: 0.1,
    top: 1,
    bottom: 1,
  }),

  'minimize(function)': onBowl(glissade.minimize, bowl, [1, 2], {
    rule: { name: 'sgd', learningRate: 0.1 },
    maxSteps: 3,
    tolerance: 1e-3,
    stepTolerance: 1e-3,
    maxSeconds: 1,
    trajectory: true,
    clip: { value: 1 },
    onNonFinite: 'throw',
  }),
  'minimize(problem)': onBowl(
    glissade.minimize,
    { objective: bowl, start: [1, 2], shape: [2], smoothness: 2 },
    { maxSteps: 3 },
  ),
  'minimize(risk)': of(
    glissade.minimize as Subject['call'],
    { model: newModel(), data: newData(), loss: 'crossEntropy' },
    { maxSteps: 2, maxSeconds: 0.05 },
  ),
  'gradientFlow(…)': onBowl(glissade.gradientFlow, bowl, [1, 2], { time: 1, maxSteps: 100 }),
  'gradientFlow(steps)': onBowl(
    glissade.gradientFlow,
    { objective: bowl },
    { time: 1, method: 'euler', stepSize: 0.1, start: [1, 2] },
  ),
  'hashTexts(…)': of(glissade.hashTexts as Subject['call'], ['a text', 'more'], {
    columns: 8,
    ngrams: 2,
    subwords: { from: 2, to: 3 },
  }),
  'curvature(problem)': onBowl(glissade.curvature, { objective: bowl }, [1, 2], {
    maxProducts: 9,
    tolerance: 0.1,
  }),
};

describeHostile(subjects);

test('the list covers all functions of the package', () => {
  const named = Object.keys(subjects).join(' ');
  // Functions without arguments, the collections, and Random, which takes any number as its seed.
  const others = [
    'defaultRules',
    'flatten',
    'GlissadeError',
    'losses',
    'memberMean',
    'Random',
    'ready',
    'runtime',
    'softmax',
  ];
  expect(Object.keys(glissade).filter((name) => !named.includes(name) && !others.includes(name))).toEqual([]);
});
