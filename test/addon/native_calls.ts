import type { addon } from '../../lib/addon';
import { detach, resizable } from '../support/buffers';

type Native = typeof addon;

/** Any argument of a call, whatever its type declares. */
// biome-ignore lint/suspicious/noExplicitAny: the calls are wrong on purpose
type Anything = any;

const sharedFloats = (length: number) => new Float32Array(new SharedArrayBuffer(4 * length));
export const sharedDoubles = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length));
export const sharedBytes = (length: number) => new Uint8Array(new SharedArrayBuffer(length));

export const optimizerOptions = {
  rules: ['adam'],
  maximize: false,
  clipping: 'none',
  clippingEpsilon: 0,
  checksFinite: false,
  accumulates: false,
  averages: false,
  hasSlowWeights: false,
  scheduled: false,
  isLazy: false,
  state: 'full',
};
const array = { shape: [4, 2], group: 0, frozen: false, mayBeSparse: true, isOneMatrix: false };
const newOptimizer = (native: Native, changes: object = {}): Anything =>
  new native.Optimizer({ type: 'float32', arrays: [array], ...optimizerOptions, ...changes } as Anything);

/** An optimizer of one 4 × 2 matrix, with its memory. */
function boundOptimizer(native: Native) {
  const optimizer = newOptimizer(native);
  const { bytes, recordLength } = optimizer.layout();
  const [theta, gradient] = [sharedFloats(8), sharedFloats(8)];
  optimizer.bind(sharedBytes(bytes), [theta]);
  return { optimizer, theta, gradient, row: new Float64Array(recordLength) };
}

function lentOptimizer(native: Native) {
  const bound = boundOptimizer(native);
  bound.optimizer.borrow([bound.theta], [bound.gradient], [undefined]);
  return bound;
}

const dense = {
  kind: 'dense',
  name: 'layers.0',
  from: [0],
  outputs: 2,
  activation: 'identity',
  bias: true,
  initializer: 'automatic',
  dimensions: [],
};
const input = { kind: 'dense', name: 'inputs', height: 1, width: 1, channels: 3 };
const image = { kind: 'dense', name: 'inputs', height: 4, width: 4, channels: 1 };
const newNetwork = (native: Native, changes: object = {}): Anything =>
  new native.Network({ type: 'float32', inputs: [input], nodes: [dense], ...changes } as Anything);

function boundNetwork(native: Native): Anything {
  const model = newNetwork(native);
  model.bind(sharedFloats(8 + native.readBeyond).subarray(0, 8));
  model.initialize(1);
  return model;
}

const pool = { kind: 'maxPool', name: 'layers.0', from: [0], size: [2, 2], stride: [2, 2], padding: [0, 0] };
const flatten = { kind: 'flatten', name: 'layers.1', from: [1] };
const conv2d = { ...dense, kind: 'conv2d', channels: 1, kernel: [2, 2], stride: [1, 1], padding: [0, 0] };
const onImages = (native: Native, layer: object) => newNetwork(native, { inputs: [image], nodes: [layer, flatten] });

const squared = { name: 'squared' };
const block = { kind: 'dense', name: 'inputs', values: new Float32Array(6), columns: 3, scale: 1, inPlace: false };
const datasetOptions = {
  blocks: [block],
  targets: new Float64Array(4),
  targetColumns: 2,
  targetsInPlace: false,
  weights: undefined,
};
export const newDataset = (native: Native, changes: object = {}): Anything =>
  new native.Dataset({ ...datasetOptions, ...changes } as Anything);
const ofBlock = (native: Native, changes: object) => newDataset(native, { blocks: [{ ...block, ...changes }] });

const tensor = { group: 0, frozen: false, mayBeSparse: false };
const trainerOptions = {
  loss: squared,
  accuracy: false,
  optimizer: optimizerOptions,
  tensors: [tensor, tensor],
  usesSam: false,
  skipsNonFinite: false,
  accumulate: 1,
  precision: 'full',
  mayResume: true,
  seed: 0,
  ranks: undefined,
  synchronizesStatistics: true,
  identity: undefined,
  synchronization: undefined,
};
export const recordLengthOf = (native: Native): number => newOptimizer(native).layout().recordLength;
export const resultCount = 5;

export function newTrainer(native: Native, changes: object = {}, ...given: unknown[]): Anything {
  const [memory] = given.length > 0 ? given : [sharedDoubles(resultCount + recordLengthOf(native))];
  return new native.Trainer(boundNetwork(native), { ...trainerOptions, ...changes } as Anything, memory as Anything);
}

export const runOptions = {
  validation: undefined,
  metrics: [],
  accuracy: false,
  batchSize: 2,
  epochs: 1,
  firstEpoch: 0,
  sampling: 'sequential',
  hogwild: false,
  seed: 0,
  scheduled: false,
  observed: false,
  probe: undefined,
  earlyStopping: {
    part: 'training' as const,
    score: 'loss' as const,
    metric: 0,
    mode: 'min' as const,
    patience: undefined,
    minimumDelta: 0,
    restoreBest: false,
  },
  waitsAtEpochs: false,
  maxSeconds: 0,
  checkpoint: undefined,
  identity: undefined,
  position: undefined,
  best: undefined,
};
export const imageBytes = (native: Native): number => newTrainer(native).imageLayout('none').bytes;
const positionOf = (native: Native, changes: { [name: string]: number } = {}) =>
  Float64Array.from(native.records.runPosition.split(', '), (name) => changes[name] ?? 0);

export function newRun(native: Native, changes: object = {}, ...given: unknown[]): Anything {
  const [rows, listener] = [new Float64Array(recordLengthOf(native)), () => {}].map((own, i) =>
    i in given ? given[i] : own,
  );
  const options = { ...runOptions, data: newDataset(native), ...changes };
  return new native.Run(newTrainer(native), options as Anything, rows as Anything, listener as Anything);
}

const builder = (native: Native): Anything => new native.SparseBuilder(10);

function sparseTable(native: Native): Anything {
  const ours = builder(native);
  ours.append(new Float64Array([0, 1]), 1, new Uint32Array([3]), undefined);
  return ours.build();
}

const builderBlock = { kind: 'dense', name: 'inputs', columns: 3, scale: 1 };
const datasetBuilder = (native: Native, changes: object = {}): Anything =>
  new native.DatasetBuilder({ blocks: [builderBlock], targetColumns: 2, hasWeights: true, ...changes } as Anything);
const builderRows = () => ({
  blocks: [new Float32Array(6)],
  targets: new Float64Array(4),
  weights: new Float64Array(2),
});
const appending = (native: Native, changes: object, rows: unknown = 2, firstRow: unknown = 0) =>
  datasetBuilder(native).append({ ...builderRows(), ...changes }, rows, firstRow);
const codeBuilder = (native: Native): Anything =>
  datasetBuilder(native, {
    blocks: [{ kind: 'categorical', name: 'inputs', cardinalities: new Uint32Array([2, 3]) }],
    targetColumns: 0,
    hasWeights: false,
  });
const dictionary = (native: Native): Anything => new native.Dictionary();
const textFeatures = (native: Native): Anything => new native.TextFeatures(5, 2, 0, 0);
const mappedBlock = {
  kind: 'dense',
  name: 'inputs',
  columns: 3,
  type: 'float32',
  scale: 1,
  largest: 1,
  numbers: { offset: 64, bytes: 12 },
};
/** One row of a file that is long enough for it: this one. */
const mapping = (native: Native, changes: object): Anything =>
  native.mapDataset({ path: __filename, rows: 1, blocks: [{ ...mappedBlock, ...changes }] } as Anything);

/** A record of a word of 13 bytes. */
const longRecord = () => new Uint8Array(new Uint32Array([13, 0, 0, 0]).buffer);
const noOffsets = () => new Uint32Array(1);

/** All classes of the addon, with an instance of each. */
export const instances: { [name: string]: (native: Native) => Anything } = {
  Optimizer: (native) => boundOptimizer(native).optimizer,
  Network: boundNetwork,
  Trainer: (native) => newTrainer(native),
  Dataset: (native) => newDataset(native),
  DatasetBuilder: (native) => datasetBuilder(native),
  Dictionary: dictionary,
  TextFeatures: textFeatures,
  SparseBuilder: builder,
  SparseTable: sparseTable,
  Communicator: (native) => new native.Communicator(),
};

type Call = [name: string, code: string, call: (native: Native) => unknown];

const wrongArrays: { [name: string]: [code: string, make: (length: number) => unknown] } = {
  undefined: ['ERR_INVALID_ARGUMENT', () => undefined],
  'a plain array': ['ERR_INVALID_ARGUMENT', (length) => new Array(length).fill(0)],
  'a DataView': ['ERR_INVALID_ARGUMENT', (length) => new DataView(new ArrayBuffer(8 * length))],
  'an Int32Array': ['ERR_INVALID_ARGUMENT', (length) => new Int32Array(new SharedArrayBuffer(4 * length))],
  'a BigInt64Array': ['ERR_INVALID_ARGUMENT', (length) => new BigInt64Array(new SharedArrayBuffer(8 * length))],
};

/** Calls with wrong kinds of arrays of the right length, and with the right kind of array of wrong lengths. */
function borrowing<T extends Float32Array | Float64Array | Uint32Array | Uint8Array>(
  name: string,
  Class: new (length: number) => T,
  length: number | ((native: Native) => number),
  call: (native: Native, array: unknown) => unknown,
  { takesMore = false, takesOther = false } = {},
): Call[] {
  const lengthFor = (native: Native) => (typeof length === 'number' ? length : length(native));
  const calls: Call[] = Object.entries(wrongArrays)
    .filter(([kind]) => kind !== 'undefined' || !takesOther)
    .map(([kind, [code, make]]) => [`${name} is ${kind}`, code, (native) => call(native, make(lengthFor(native)))]);
  calls.push(
    [`${name} is detached`, 'ERR_DETACHED', (native) => call(native, detach(new Class(lengthFor(native))))],
    [`${name} is too short`, 'ERR_SHAPE', (native) => call(native, new Class(lengthFor(native) - 1))],
    [
      `${name} is a view beyond its buffer`,
      'ERR_SHAPE',
      (native) => {
        const view = resizable(Class as never, lengthFor(native)) as unknown as T;
        (view.buffer as unknown as { resize(size: number): void }).resize(0);
        return call(native, view);
      },
    ],
  );
  if (!takesMore)
    calls.push([`${name} is too long`, 'ERR_SHAPE', (native) => call(native, new Class(lengthFor(native) + 1))]);
  return calls;
}

const wrongNumbers: unknown[] = [undefined, null, '3', 2n, {}, Number.NaN, -1, 0.5, 2 ** 53, Infinity, 1e300];

/** Calls with each kind of value that is not a whole number. */
const counting = (name: string, call: (native: Native, number: unknown) => unknown): Call[] =>
  wrongNumbers.map(
    (number): Call => [
      `${name} is ${typeof number} ${String(number)}`,
      typeof number === 'number' ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARGUMENT',
      (native) => call(native, number),
    ],
  );

/** Calls with each kind of value that is not a known word. */
const naming = (name: string, call: (native: Native, word: unknown) => unknown): Call[] =>
  ['nonsense', '', 'FULL', undefined, 3, null, {}].map(
    (word): Call => [
      `${name} is ${typeof word} ${String(word)}`,
      'ERR_INVALID_ARGUMENT',
      (native) => call(native, word),
    ],
  );

/** Calls with each kind of value that is not an instance. */
const handling = (name: string, own: string, call: (native: Native, handle: unknown) => unknown): Call[] => [
  ...[undefined, null, 3, {}, [], () => {}, new Map(), Object.create(null), new Proxy({}, {})].map(
    (other): Call => [
      `${name} is ${Object.prototype.toString.call(other)}`,
      'ERR_INVALID_ARGUMENT',
      (native) => call(native, other),
    ],
  ),
  ...Object.entries(instances)
    .filter(([kind]) => kind !== own)
    .map(
      ([kind, make]): Call => [
        `${name} is a native ${kind}`,
        'ERR_INVALID_ARGUMENT',
        (native) => call(native, make(native)),
      ],
    ),
  [
    `${name} is an object of its prototype`,
    'ERR_INVALID_ARGUMENT',
    (native) => call(native, Object.create(Object.getPrototypeOf(instances[own]!(native)))),
  ],
  [
    `${name} is a proxy of one`,
    'ERR_INVALID_ARGUMENT',
    (native) => call(native, new Proxy(instances[own]!(native), {})),
  ],
];

const x = () => new Float32Array(6);
const targets = () => new Float64Array(4);

/** Calls of the addon that it must refuse, with the code of the error. */
export const refusedCalls: readonly Call[] = [
  // Handles.
  ...Object.keys(instances).flatMap((own) =>
    handling(`this of ${own}`, own, (native, other) => {
      const methods = Object.getPrototypeOf(instances[own]!(native));
      for (const name of Object.getOwnPropertyNames(methods)) if (name !== 'constructor') methods[name].call(other);
    }),
  ),
  ...[
    'Optimizer',
    'Network',
    'Trainer',
    'Dataset',
    'DatasetBuilder',
    'Dictionary',
    'SparseBuilder',
    'TextFeatures',
    'Run',
    'Communicator',
  ].map((name): Call => [`${name} without new`, 'ERR_INVALID_ARGUMENT', (native) => (native as Anything)[name]()]),
  ...['Optimizer', 'Network', 'Trainer', 'SparseBuilder', 'Run'].map(
    (name): Call => [`${name} of nothing`, 'ERR_INVALID_ARGUMENT', (native) => new (native as Anything)[name]()],
  ),
  ...handling(
    'network of Trainer',
    'Network',
    (native, other) => new native.Trainer(other as Anything, trainerOptions as Anything, sharedDoubles(9)),
  ),
  ...handling(
    'trainer of Run',
    'Trainer',
    (native, other) =>
      new native.Run(other as Anything, { ...runOptions, data: newDataset(native) }, sharedDoubles(9), () => {}),
  ),
  ...handling('ranks of Trainer', 'Communicator', (native, ranks) => newTrainer(native, { ranks: ranks ?? null })),
  ...['describe', 'gather', 'broadcast', 'finish', 'abort'].map(
    (name): Call => [
      `${name} of a communicator that is not connected`,
      'ERR_INVALID_ARGUMENT',
      (native) => (new native.Communicator() as Anything)[name](''),
    ],
  ),
  [
    'a trainer with a communicator that is not connected',
    'ERR_INVALID_ARGUMENT',
    (native) => newTrainer(native, { ranks: new native.Communicator() }),
  ],
  ...[
    [3, 'ordered', 1],
    ['libmpi.so', 'sorted', 1],
    ['libmpi.so', 'ordered', '1'],
  ].map(
    (given): Call => [
      `connect of ${given.join(', ')}`,
      'ERR_INVALID_ARGUMENT',
      (native) => (new native.Communicator() as Anything).connect(...given),
    ],
  ),
  ...handling('data of Run', 'Dataset', (native, data) => newRun(native, { data })),
  ...naming('best of imageLayout', (native, best) => newTrainer(native).imageLayout(best)),
  ...naming('best of saveImage', (native, best) => newTrainer(native).saveImage(new Uint8Array(9), best)),
  ...borrowing('image of saveImage', Uint8Array, imageBytes, (native, image) =>
    newTrainer(native).saveImage(image, 'none'),
  ),
  ...borrowing('image of restoreImage', Uint8Array, imageBytes, (native, image) =>
    newTrainer(native).restoreImage(image, 'none'),
  ),
  [
    'an image that is not aligned',
    'ERR_INVALID_ARGUMENT',
    (native) => newTrainer(native).saveImage(new Uint8Array(imageBytes(native) + 1).subarray(1), 'none'),
  ],
  ...counting('taken of stepsOfRun', (native, taken) => newTrainer(native).stepsOfRun(9, 3, taken)),
  ['more taken than there are', 'ERR_OUT_OF_RANGE', (native) => newTrainer(native).stepsOfRun(9, 3, 10)],
  ...[
    'epochsEnded',
    'examplesTaken',
    'steps',
    'examplesCounted',
    'haveRowsCaughtUp',
    'probeDueAt',
    'bestEpoch',
    'bestSteps',
    'epochsWithoutImprovement',
  ].flatMap((name) =>
    [-1, 0.5, Number.NaN, 2 ** 60].map(
      (value): Call => [
        `a position whose ${name} is ${value}`,
        'ERR_OUT_OF_RANGE',
        (native) => newRun(native, { position: positionOf(native, { [name]: value }) }),
      ],
    ),
  ),
  ...['loss', 'lossWeight', 'correct', 'weight', 'seconds', 'bestValue', 'elapsedSeconds'].flatMap((name) =>
    (name === 'loss' ? [Number.NaN] : [Number.NaN, Number.POSITIVE_INFINITY]).map(
      (value): Call => [
        `a position whose ${name} is ${value}`,
        'ERR_OUT_OF_RANGE',
        (native) => newRun(native, { position: positionOf(native, { [name]: value }) }),
      ],
    ),
  ),
  [
    'a position outside of all epochs',
    'ERR_OUT_OF_RANGE',
    (native) => newRun(native, { position: positionOf(native, { epochsEnded: 1 }) }),
  ],
  ['a position of other numbers', 'ERR_SHAPE', (native) => newRun(native, { position: new Float64Array(3) })],
  ['best parameters of another network', 'ERR_SHAPE', (native) => newRun(native, { best: new Float32Array(7) })],
  ...[{ everySteps: 0 }, { everySeconds: -1 }, { everySeconds: Number.NaN }].map(
    (pace): Call => [
      `checkpoints at ${JSON.stringify(pace)}`,
      'ERR_OUT_OF_RANGE',
      (native) => newRun(native, { checkpoint: { ...pace, image: sharedBytes(imageBytes(native)) } }),
    ],
  ),
  [
    'an image of checkpoints that is not shared',
    'ERR_INVALID_ARGUMENT',
    (native) => newRun(native, { checkpoint: { everySteps: 1, image: new Uint8Array(imageBytes(native)) } }),
  ],
  [
    'an image of checkpoints that is too short',
    'ERR_SHAPE',
    (native) => newRun(native, { checkpoint: { everySteps: 1, image: sharedBytes(8) } }),
  ],
  [
    'options of a run with a getter that disposes the trainer',
    'ERR_DISPOSED',
    (native) => {
      const trainer = newTrainer(native);
      const options = {
        ...runOptions,
        data: newDataset(native),
        get accuracy() {
          trainer.dispose();
          return false;
        },
      };
      const record = new Float64Array(recordLengthOf(native));
      return new native.Run(trainer, options as Anything, record, () => {});
    },
  ],
  ...handling('data of stepOn', 'Dataset', (native, data) => newTrainer(native).stepOn(data)),
  ...handling('data of evaluate', 'Dataset', (native, data) =>
    boundNetwork(native).evaluate(data, squared, false, 'full'),
  ),
  ...handling('data of predict', 'Dataset', (native, data) =>
    boundNetwork(native).predict(data, 1, new Float32Array(4), 'full'),
  ),
  ...handling('data of differentiate', 'Dataset', (native, data) =>
    boundNetwork(native).differentiate(data, squared, false, 0),
  ),
  ...handling('data of gradientVariance', 'Dataset', (native, data) =>
    boundNetwork(native).gradientVariance(data, squared, sharedFloats(8), sharedFloats(8)),
  ),
  ...handling('table of a block', 'SparseTable', (native, table) => ofBlock(native, { kind: 'sparse', table })),
  ['a table that no builder made', 'ERR_INVALID_ARGUMENT', (native) => new (sparseTable(native).constructor)().rows()],
  [
    'a block of a table that no builder made',
    'ERR_INVALID_ARGUMENT',
    (native) => ofBlock(native, { kind: 'sparse', table: new (sparseTable(native).constructor)() }),
  ],
  ['a dataset of nothing', 'ERR_DISPOSED', (native) => new (native as Anything).Dataset().rows()],
  [
    'rows of an empty dataset',
    'ERR_DISPOSED',
    (native) => new (native as Anything).Dataset().select(new Uint32Array(1)),
  ],

  // Options of an optimizer.
  ...naming('type of an optimizer', (native, type) => newOptimizer(native, { type })),
  ...naming('clipping', (native, clipping) => newOptimizer(native, { clipping })),
  ...naming('state', (native, state) => newOptimizer(native, { state })),
  ...naming('rule', (native, rule) => newOptimizer(native, { rules: [rule] })),
  ...counting('side of a shape', (native, side) => newOptimizer(native, { arrays: [{ ...array, shape: [side, 2] }] })),
  ...counting('group of an array', (native, group) => newOptimizer(native, { arrays: [{ ...array, group }] })),
  ['a missing group', 'ERR_OUT_OF_RANGE', (native) => newOptimizer(native, { arrays: [{ ...array, group: 1 }] })],
  [
    'a shape beyond counting',
    'ERR_OUT_OF_RANGE',
    (native) => newOptimizer(native, { arrays: [{ ...array, shape: [2 ** 33, 2 ** 33] }] }),
  ],
  [
    'a vector that may be sparse',
    'ERR_INVALID_ARGUMENT',
    (native) => newOptimizer(native, { arrays: [{ ...array, shape: [4] }] }),
  ],
  ['arrays that are none', 'ERR_INVALID_ARGUMENT', (native) => newOptimizer(native, { arrays: { length: 1 } })],
  ['maximize that is no boolean', 'ERR_INVALID_ARGUMENT', (native) => newOptimizer(native, { maximize: 1 })],

  // Memory of an optimizer.
  ...borrowing(
    'slab',
    Uint8Array,
    (native) => newOptimizer(native).layout().bytes,
    (native, slab) => newOptimizer(native).bind(slab, [sharedFloats(8)]),
    { takesMore: true },
  ),
  [
    'a slab that is not shared',
    'ERR_INVALID_ARGUMENT',
    (native) => newOptimizer(native).bind(new Uint8Array(200_000), [sharedFloats(8)]),
  ],
  [
    'a slab that is not aligned',
    'ERR_INVALID_ARGUMENT',
    (native) => newOptimizer(native).bind(sharedBytes(200_000).subarray(4), [sharedFloats(8)]),
  ],
  [
    'a second slab',
    'ERR_INVALID_ARGUMENT',
    (native) => boundOptimizer(native).optimizer.bind(sharedBytes(200_000), [sharedFloats(8)]),
  ],
  [
    'a slab with a getter of parameters that binds another',
    'ERR_INVALID_ARGUMENT',
    (native) => {
      const optimizer = newOptimizer(native);
      const parameters = Object.defineProperty([], 0, {
        get: () => {
          optimizer.bind(sharedBytes(200_000), [sharedFloats(8)]);
          return sharedFloats(8);
        },
      });
      optimizer.bind(sharedBytes(200_000), parameters);
    },
  ],
  ...borrowing('parameters[0] of bind', Float32Array, 8, (native, theta) =>
    newOptimizer(native).bind(sharedBytes(200_000), [theta]),
  ),
  ...borrowing('parameters[0] of borrow', Float32Array, 8, (native, theta) => {
    const { optimizer, gradient } = boundOptimizer(native);
    optimizer.borrow([theta], [gradient], [undefined]);
  }),
  ...borrowing('gradients[0] of borrow', Float32Array, 8, (native, gradient) => {
    const { optimizer, theta } = boundOptimizer(native);
    optimizer.borrow([theta], [gradient], [undefined]);
  }),
  ...borrowing(
    'rows[0] of borrow',
    Uint32Array,
    4,
    (native, rows) => {
      const { optimizer, theta, gradient } = boundOptimizer(native);
      optimizer.borrow([theta], [gradient], [rows]);
    },
    { takesOther: true },
  ),
  ...['parameters', 'gradients', 'rows'].flatMap((name, place) =>
    [undefined, null, {}, [], [1, 2], { length: 1 }, new Proxy([undefined], {})].map(
      (list): Call => [
        `${name} of borrow: ${Object.prototype.toString.call(list)} ${(list as Anything)?.length}`,
        Array.isArray(list) && list.length !== 1 ? 'ERR_SHAPE' : 'ERR_INVALID_ARGUMENT',
        (native) => {
          const { optimizer, theta, gradient } = boundOptimizer(native);
          const lists: unknown[] = [[theta], [gradient], [undefined]];
          lists[place] = list;
          if (place === 2 && Array.isArray(list) && list.length === 1) lists[1] = [undefined]; // a proxy is an array
          optimizer.borrow(...lists);
        },
      ],
    ),
  ),
  [
    'a step after a stepAsync with a getter that has borrowed',
    'ERR_INVALID_ARGUMENT',
    async (native) => {
      const { optimizer, theta, gradient, row } = boundOptimizer(native);
      const parameters = Object.defineProperty([theta], 0, {
        get: () => {
          optimizer.borrow([theta], [gradient], [undefined]);
          return theta;
        },
      });
      await optimizer.stepAsync(parameters, [gradient], [undefined], row, 1, true);
      optimizer.endStep();
      optimizer.step(row, 1, true);
    },
  ],
  [
    'gradients of borrow with a getter that begins a step',
    'ERR_BUSY',
    (native) => {
      const { optimizer, theta, gradient, row } = boundOptimizer(native);
      const get = () => {
        optimizer.stepAsync([theta], [gradient], [undefined], row, 1, true);
        return gradient;
      };
      optimizer.borrow([theta], Object.defineProperty([undefined], 0, { get }), [undefined]);
    },
  ],
  [
    'borrow before bind',
    'ERR_INVALID_ARGUMENT',
    (native) => newOptimizer(native).borrow([sharedFloats(8)], [sharedFloats(8)], [undefined]),
  ],
  ['step before bind', 'ERR_INVALID_ARGUMENT', (native) => newOptimizer(native).step(new Float64Array(20), 1, true)],
  [
    'step before borrow',
    'ERR_INVALID_ARGUMENT',
    (native) => {
      const { optimizer, row } = boundOptimizer(native);
      optimizer.step(row, 1, true);
    },
  ],
  [
    'step after borrow was refused',
    'ERR_INVALID_ARGUMENT',
    (native) => {
      const { optimizer, theta, row } = lentOptimizer(native);
      try {
        optimizer.borrow([theta], [new Float32Array(3)], [undefined]);
      } catch {
        /* expected */
      }
      optimizer.step(row, 1, true);
    },
  ],
  ...borrowing('row of step', Float64Array, recordLengthOf, (native, row) =>
    lentOptimizer(native).optimizer.step(row, 1, true),
  ),
  [
    'weight that is not a number',
    'ERR_INVALID_ARGUMENT',
    (native) => {
      const { optimizer, row } = lentOptimizer(native);
      optimizer.step(row, '1', true);
    },
  ],
  [
    'isLast that is not a boolean',
    'ERR_INVALID_ARGUMENT',
    (native) => {
      const { optimizer, row } = lentOptimizer(native);
      optimizer.step(row, 1, 1);
    },
  ],
  ...borrowing('row of stepAsync', Float64Array, recordLengthOf, (native, row) => {
    const { optimizer, theta, gradient } = boundOptimizer(native);
    return optimizer.stepAsync([theta], [gradient], [undefined], row, 1, true);
  }),
  [
    'parameters of stepAsync that are not shared',
    'ERR_INVALID_ARGUMENT',
    (native) => {
      const { optimizer, gradient, row } = boundOptimizer(native);
      return optimizer.stepAsync([new Float32Array(8)], [gradient], [undefined], row, 1, true);
    },
  ],
  [
    'gradients of stepAsync that are not shared',
    'ERR_INVALID_ARGUMENT',
    (native) => {
      const { optimizer, theta, row } = boundOptimizer(native);
      return optimizer.stepAsync([theta], [new Float32Array(8)], [undefined], row, 1, true);
    },
  ],
  ...borrowing('parameters[0] of catchUp', Float32Array, 8, (native, theta) =>
    boundOptimizer(native).optimizer.catchUp([theta]),
  ),
  ...borrowing(
    'slab of restore',
    Uint8Array,
    (native) => boundOptimizer(native).optimizer.layout().bytes,
    (native, slab) => boundOptimizer(native).optimizer.restore(slab),
  ),
  ...naming('kind of points', (native, kind) => {
    const { optimizer, theta, row } = lentOptimizer(native);
    optimizer.points(kind, row, [theta], [sharedFloats(8)]);
  }),
  ...borrowing('row of points', Float64Array, recordLengthOf, (native, row) => {
    const { optimizer, theta } = lentOptimizer(native);
    optimizer.points('evaluation', row, [theta], [sharedFloats(8)]);
  }),
  ...borrowing('points[0]', Float32Array, 8, (native, points) => {
    const { optimizer, theta, row } = lentOptimizer(native);
    optimizer.points('evaluation', row, [theta], [points]);
  }),
  [
    'points with a getter that transfers the parameters',
    'ERR_DETACHED',
    (native) => {
      const { optimizer, row } = boundOptimizer(native);
      const theta = new Float32Array(8);
      const points = Object.defineProperty([], 0, {
        get: () => {
          detach(theta);
          return sharedFloats(8);
        },
      });
      optimizer.points('evaluation', row, [theta], points);
    },
  ],
  ...(['catchUp', 'points'] as const).map(
    (method): Call => [
      `${method} whose getter begins a step`,
      'ERR_BUSY',
      async (native) => {
        const { optimizer, theta, gradient, row } = boundOptimizer(native);
        let step: Promise<unknown> | undefined;
        const parameters = Object.defineProperty([], 0, {
          get: () => {
            step = optimizer.stepAsync([theta], [gradient], [undefined], row, 1, true);
            return theta;
          },
        });
        try {
          if (method === 'catchUp') optimizer.catchUp(parameters);
          else optimizer.points('evaluation', row, parameters, [sharedFloats(8)]);
        } finally {
          await step;
        }
      },
    ],
  ),
  [
    'the worst points without gradients',
    'ERR_INVALID_ARGUMENT',
    (native) => {
      const { optimizer, theta, row } = boundOptimizer(native);
      optimizer.points('worst', row, [theta], [sharedFloats(8)]);
    },
  ],

  // Networks.
  ...naming('type of a network', (native, type) => newNetwork(native, { type })),
  ...naming('activation', (native, activation) => newNetwork(native, { nodes: [{ ...dense, activation }] })),
  ...naming('initializer', (native, initializer) => newNetwork(native, { nodes: [{ ...dense, initializer }] })),
  ...naming('kind of a layer', (native, kind) => newNetwork(native, { nodes: [{ ...dense, kind }] })),
  ...naming('kind of an input', (native, kind) => newNetwork(native, { inputs: [{ ...input, kind }] })),
  ...naming('join', (native, join) => newNetwork(native, { nodes: [{ ...dense, kind: 'parallel', join }] })),
  ...naming('pooling', (native, pooling) => onImages(native, { ...pool, kind: 'globalPool', pooling })),
  ['padding of an unknown name', 'ERR_INVALID_ARGUMENT', (native) => onImages(native, { ...conv2d, padding: 'valid' })],
  ...counting('outputs of dense', (native, outputs) => newNetwork(native, { nodes: [{ ...dense, outputs }] })),
  ...[0, ...wrongNumbers].flatMap((side): Call[] => {
    const code = typeof side === 'number' ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARGUMENT';
    return [
      [`stride is ${typeof side} ${String(side)}`, code, (native) => onImages(native, { ...pool, stride: [side, 1] })],
      [
        `kernel is ${typeof side} ${String(side)}`,
        code,
        (native) => onImages(native, { ...conv2d, kernel: [1, side] }),
      ],
      [
        `height is ${typeof side} ${String(side)}`,
        code,
        (native) => newNetwork(native, { inputs: [{ ...input, height: side }] }),
      ],
      [
        `a cardinality is ${typeof side} ${String(side)}`,
        code,
        (native) =>
          newNetwork(native, {
            inputs: [{ kind: 'categorical', name: 'inputs', cardinalities: [side] }],
            nodes: [{ ...dense, kind: 'embedding', dimensions: [2] }],
          }),
      ],
    ];
  }),
  ['three sides of a stride', 'ERR_SHAPE', (native) => onImages(native, { ...pool, stride: [1, 1, 1] })],
  [
    'more parameters than can be counted',
    'ERR_OUT_OF_RANGE',
    (native) =>
      onImages(native, { ...conv2d, channels: 2 ** 24, kernel: [2 ** 20, 2 ** 20], padding: [2 ** 20, 2 ** 20] }),
  ],
  ['a layer after itself', 'ERR_OUT_OF_RANGE', (native) => newNetwork(native, { nodes: [{ ...dense, from: [1] }] })],
  ['a layer of nothing', 'ERR_SHAPE', (native) => newNetwork(native, { nodes: [{ ...dense, from: [] }] })],
  [
    'dimensions of fewer columns',
    'ERR_SHAPE',
    (native) =>
      newNetwork(native, {
        inputs: [{ kind: 'categorical', name: 'inputs', cardinalities: [3, 3] }],
        nodes: [{ ...dense, kind: 'embedding', dimensions: [2] }],
      }),
  ],
  ['no layers', 'ERR_SHAPE', (native) => newNetwork(native, { nodes: [] })],
  ['no inputs', 'ERR_OUT_OF_RANGE', (native) => newNetwork(native, { inputs: [] })],
  ...borrowing('slab of a network', Float32Array, 8, (native, slab) => newNetwork(native).bind(slab)),
  [
    'a slab of a network that is not shared',
    'ERR_INVALID_ARGUMENT',
    (native) => newNetwork(native).bind(new Float32Array(8)),
  ],
  ['a second slab of a network', 'ERR_INVALID_ARGUMENT', (native) => boundNetwork(native).bind(sharedFloats(8))],
  ['initialize before bind', 'ERR_INVALID_ARGUMENT', (native) => newNetwork(native).initialize(1)],
  ...counting('seed of initialize', (native, seed) => boundNetwork(native).initialize(seed)),
  ['share before bind', 'ERR_INVALID_ARGUMENT', (native) => newNetwork(native).share()],
  [
    'readParameters before bind',
    'ERR_INVALID_ARGUMENT',
    (native) => newNetwork(native).readParameters(new Float32Array(8)),
  ],
  ...borrowing('copy of readParameters', Float32Array, 8, (native, copy) => boundNetwork(native).readParameters(copy)),
  [
    'predict before bind',
    'ERR_INVALID_ARGUMENT',
    (native) => newNetwork(native).predict(x(), 1, new Float32Array(4), 'full'),
  ],
  ...borrowing('outputs of predict', Float32Array, 4, (native, outputs) =>
    boundNetwork(native).predict(x(), 1, outputs, 'full'),
  ),
  [
    'inputs of predict that are not whole rows',
    'ERR_SHAPE',
    (native) => boundNetwork(native).predict(new Float32Array(7), 1, new Float32Array(4), 'full'),
  ],
  [
    'inputs of predict that are detached',
    'ERR_DETACHED',
    (native) => boundNetwork(native).predict(detach(x()), 1, new Float32Array(4), 'full'),
  ],
  [
    'inputs of predict of integers',
    'ERR_INVALID_ARGUMENT',
    (native) => boundNetwork(native).predict(new Int32Array(6), 1, new Float32Array(4), 'full'),
  ],
  [
    'scale of predict that is not a number',
    'ERR_INVALID_ARGUMENT',
    (native) => boundNetwork(native).predict(x(), '1', new Float32Array(4), 'full'),
  ],
  ...naming('precision of predict', (native, precision) =>
    boundNetwork(native).predict(x(), 1, new Float32Array(4), precision),
  ),
  ...naming('precision of evaluate', (native, precision) =>
    boundNetwork(native).evaluate(newDataset(native), squared, false, precision),
  ),
  ...naming('metric of evaluate', (native, name) =>
    boundNetwork(native).evaluate(newDataset(native), squared, false, 'full', [{ name, as: 'm' }]),
  ),
  ...naming('average of a metric', (native, average) =>
    boundNetwork(native).evaluate(newDataset(native), squared, false, 'full', [{ name: 'f1', as: 'm', average }]),
  ),
  ...counting('bins of a metric', (native, bins) =>
    boundNetwork(native).evaluate(newDataset(native), squared, false, 'full', [{ name: 'f1', as: 'm', bins }]),
  ),
  ...counting('k of a metric', (native, k) =>
    boundNetwork(native).evaluate(newDataset(native), squared, false, 'full', [{ name: 'topK', as: 'm', k }]),
  ),
  [
    'a calibration without numbers',
    'ERR_INVALID_ARGUMENT',
    (native) => boundNetwork(native).evaluate(newDataset(native), squared, false, 'full', [], {}),
  ],
  [
    'evaluate before bind',
    'ERR_INVALID_ARGUMENT',
    (native) => newNetwork(native).evaluate(newDataset(native), squared, false, 'full'),
  ],
  ...naming('loss', (native, name) => boundNetwork(native).evaluate(newDataset(native), { name }, false, 'full')),
  [
    'an option of a loss that is not a number',
    'ERR_INVALID_ARGUMENT',
    (native) => boundNetwork(native).evaluate(newDataset(native), { name: 'huber', delta: '1' }, false, 'full'),
  ],
  ...borrowing(
    'gradient of differentiate',
    Float32Array,
    8,
    (native, gradient) => boundNetwork(native).differentiate(newDataset(native), squared, false, 0, gradient),
    { takesOther: true },
  ),
  [
    'a direction without a product',
    'ERR_INVALID_ARGUMENT',
    (native) => boundNetwork(native).differentiate(newDataset(native), squared, false, 0, undefined, sharedFloats(8)),
  ],
  ...borrowing('variance', Float32Array, 8, (native, variance) =>
    boundNetwork(native).gradientVariance(newDataset(native), squared, sharedFloats(8), variance),
  ),

  // Datasets.
  ...naming('kind of a block', (native, kind) => ofBlock(native, { kind })),
  ...counting('columns of a block', (native, columns) => ofBlock(native, { columns })),
  ['columns of a block that are none', 'ERR_SHAPE', (native) => ofBlock(native, { columns: 0 })],
  [
    'values of a block that are not whole rows',
    'ERR_SHAPE',
    (native) => ofBlock(native, { values: new Float32Array(7) }),
  ],
  [
    'values of a block that are detached',
    'ERR_DETACHED',
    (native) => ofBlock(native, { values: detach(new Float32Array(6)) }),
  ],
  ['values in place that are not shared', 'ERR_INVALID_ARGUMENT', (native) => ofBlock(native, { inPlace: true })],
  ['inPlace that is no boolean', 'ERR_INVALID_ARGUMENT', (native) => ofBlock(native, { inPlace: undefined })],
  [
    'codes for no columns',
    'ERR_SHAPE',
    (native) => ofBlock(native, { kind: 'categorical', codes: new Uint32Array(2), cardinalities: new Uint32Array(0) }),
  ],
  [
    'codes that are not whole rows',
    'ERR_SHAPE',
    (native) => ofBlock(native, { kind: 'categorical', codes: new Uint32Array(3), cardinalities: new Uint32Array(2) }),
  ],
  [
    'codes that are detached',
    'ERR_DETACHED',
    (native) =>
      ofBlock(native, { kind: 'categorical', codes: detach(new Uint32Array(2)), cardinalities: new Uint32Array(1) }),
  ],
  [
    'codes of another type',
    'ERR_INVALID_ARGUMENT',
    (native) => ofBlock(native, { kind: 'categorical', codes: new Float32Array(2), cardinalities: new Uint32Array(1) }),
  ],
  ['no blocks', 'ERR_SHAPE', (native) => newDataset(native, { blocks: [] })],
  ['targets for other rows', 'ERR_SHAPE', (native) => newDataset(native, { targetColumns: 1 })],
  ['targets of no columns', 'ERR_SHAPE', (native) => newDataset(native, { targetColumns: 0 })],
  ['weights for other rows', 'ERR_SHAPE', (native) => newDataset(native, { weights: new Float64Array(3) })],
  [
    'rows to select beyond the dataset',
    'ERR_OUT_OF_RANGE',
    (native) => newDataset(native).select(new Uint32Array([2])),
  ],
  [
    'rows to select of another type',
    'ERR_INVALID_ARGUMENT',
    (native) => newDataset(native).select(new Float64Array(1)),
  ],
  [
    'rows to select that are detached',
    'ERR_DETACHED',
    (native) => newDataset(native).select(detach(new Uint32Array(1))),
  ],
  ...counting('count of holdOut', (native, count) => newDataset(native).holdOut(count, 0)),
  ...counting('seed of holdOut', (native, seed) => newDataset(native).holdOut(1, seed)),

  // Sparse rows.
  ...counting('columns of a builder', (native, columns) => new native.SparseBuilder(columns as number)),
  ...borrowing(
    'offsets',
    Float64Array,
    3,
    (native, offsets) => builder(native).append(offsets, 2, new Uint32Array(1), undefined),
    { takesMore: true },
  ),
  ...counting('rows of append', (native, rows) =>
    builder(native).append(new Float64Array(3), rows, new Uint32Array(1), undefined),
  ),
  [
    'indices that are detached',
    'ERR_DETACHED',
    (native) => builder(native).append(new Float64Array(2), 1, detach(new Uint32Array(1)), undefined),
  ],
  [
    'indices of another type',
    'ERR_INVALID_ARGUMENT',
    (native) => builder(native).append(new Float64Array(2), 1, new Int32Array(1), undefined),
  ],
  ...borrowing(
    'values of append',
    Float32Array,
    2,
    (native, values) => builder(native).append(new Float64Array([0, 2]), 1, new Uint32Array([1, 2]), values),
    { takesMore: true, takesOther: true },
  ),
  ...counting('row of a table', (native, row) => sparseTable(native).row(row)),

  // Dataset builders.
  ['DatasetBuilder of nothing', 'ERR_INVALID_ARGUMENT', (native) => new (native as Anything).DatasetBuilder()],
  ['a builder of no blocks', 'ERR_SHAPE', (native) => datasetBuilder(native, { blocks: [] })],
  [
    'a builder of no columns',
    'ERR_SHAPE',
    (native) => datasetBuilder(native, { blocks: [{ ...builderBlock, columns: 0 }] }),
  ],
  [
    'a builder of no columns of categories',
    'ERR_SHAPE',
    (native) =>
      datasetBuilder(native, { blocks: [{ ...builderBlock, kind: 'categorical', cardinalities: new Uint32Array(0) }] }),
  ],
  ...naming("kind of a builder's block", (native, kind) =>
    datasetBuilder(native, { blocks: [{ ...builderBlock, kind }] }),
  ),
  ...counting('columns of a builder', (native, columns) =>
    datasetBuilder(native, { blocks: [{ ...builderBlock, columns }] }),
  ),
  ...counting('targetColumns of a builder', (native, targetColumns) => datasetBuilder(native, { targetColumns })),
  ...counting('rows of a builder', (native, rows) => appending(native, {}, rows === undefined ? null : rows)),
  ...counting('firstRow of a builder', (native, first) => appending(native, {}, 2, first === undefined ? null : first)),
  ['no rows of a builder', 'ERR_SHAPE', (native) => appending(native, {}, 0)],
  ['rows of other blocks than the builder', 'ERR_SHAPE', (native) => appending(native, { blocks: [] })],
  ['rows without targets', 'ERR_SHAPE', (native) => appending(native, { targets: undefined })],
  ['rows without weights', 'ERR_SHAPE', (native) => appending(native, { weights: undefined })],
  ...borrowing('numbers of a builder', Float32Array, 6, (native, array) =>
    appending(native, { blocks: [array] }),
  ).filter(([name]) => !name.includes('an Int32Array')),
  ...borrowing('targets of a builder', Float64Array, 4, (native, targets) => appending(native, { targets }), {
    takesOther: true,
  }),
  ...borrowing('weights of a builder', Float64Array, 2, (native, weights) => appending(native, { weights }), {
    takesOther: true,
  }),
  ...borrowing('codes of a builder', Uint32Array, 4, (native, codes) =>
    codeBuilder(native).append({ blocks: [codes], targets: undefined, weights: undefined }, 2, 0),
  ),
  [
    'codes beyond those of their column',
    'ERR_OUT_OF_RANGE',
    (native) =>
      codeBuilder(native).append({ blocks: [new Uint32Array([0, 3])], targets: undefined, weights: undefined }, 1, 0),
  ],
  ...handling('sparse rows of a builder', 'SparseTable', (native, table) =>
    datasetBuilder(native, {
      blocks: [{ ...builderBlock, kind: 'sparse', columns: 10 }],
      targetColumns: 0,
      hasWeights: false,
    }).append({ blocks: [table], targets: undefined, weights: undefined }, 1, 0),
  ),
  [
    'sparse rows of another width',
    'ERR_SHAPE',
    (native) =>
      datasetBuilder(native, {
        blocks: [{ ...builderBlock, kind: 'sparse', columns: 9 }],
        targetColumns: 0,
        hasWeights: false,
      }).append({ blocks: [sparseTable(native)], targets: undefined, weights: undefined }, 1, 0),
  ],
  ['a dataset of no rows', 'ERR_SHAPE', (native) => datasetBuilder(native).build()],

  // Datasets in files.
  ...counting('part of fileRows', (native, part) => newDataset(native).fileRows(part, 'numbers', 0, 1, 0)),
  ...naming('array of fileRows', (native, array) => newDataset(native).fileRows(0, array, 0, 1, 0)),
  ...counting('from of fileRows', (native, from) => newDataset(native).fileRows(0, 'numbers', from, 2, 0)),
  ...counting('to of fileRows', (native, to) => newDataset(native).fileRows(0, 'numbers', 0, to, 0)),
  ...counting('entriesBefore of fileRows', (native, before) => newDataset(native).fileRows(0, 'numbers', 0, 1, before)),
  ['rows of a file that fall', 'ERR_OUT_OF_RANGE', (native) => newDataset(native).fileRows(0, 'numbers', 2, 1, 0)],
  ...['codes', 'offsets', 'values'].map(
    (array): Call => [
      `${array} of dense columns`,
      'ERR_INVALID_ARGUMENT',
      (native) => newDataset(native).fileRows(0, array, 0, 1, 0),
    ],
  ),
  ['a check of rows in memory', 'ERR_INVALID_ARGUMENT', (native) => newDataset(native).check(0, 1)],
  ['a lock of no descriptor', 'ERR_INVALID_ARGUMENT', (native) => native.lockFile('a' as Anything)],
  ['a lock of a negative descriptor', 'ERR_OUT_OF_RANGE', (native) => native.lockFile(-1)],
  ['an abandoned file without a path', 'ERR_INVALID_ARGUMENT', (native) => native.removeAbandoned(3 as Anything)],
  ['a mapped dataset of nothing', 'ERR_INVALID_ARGUMENT', (native) => native.mapDataset(undefined as Anything)],
  ...naming('kind of a mapped block', (native, kind) => mapping(native, { kind })),
  ...naming('type of a mapped block', (native, type) => mapping(native, { type })),
  ...counting('columns of a mapped block', (native, columns) => mapping(native, { columns })),
  ...counting('offset of a section', (native, offset) => mapping(native, { numbers: { offset, bytes: 12 } })),
  ...counting('bytes of a section', (native, bytes) => mapping(native, { numbers: { offset: 64, bytes } })),
  ['a section beyond the file', 'ERR_CORRUPT_FILE', (native) => mapping(native, { columns: 2 ** 28 })],
  [
    'a section far beyond the file',
    'ERR_CORRUPT_FILE',
    (native) => mapping(native, { numbers: { offset: 2 ** 52, bytes: 12 } }),
  ],
  [
    'a section that is not aligned',
    'ERR_CORRUPT_FILE',
    (native) => mapping(native, { numbers: { offset: 65, bytes: 12 } }),
  ],
  ['a section of another length', 'ERR_CORRUPT_FILE', (native) => mapping(native, { columns: 2 })],
  ...[undefined, 3, '', 'no such file'].map(
    (path): Call => [
      `a mapped file at ${String(path)}`,
      typeof path === 'string' ? 'ERR_FILE' : 'ERR_INVALID_ARGUMENT',
      (native) => native.mapDataset({ path, rows: 1, blocks: [mappedBlock], targets: undefined } as Anything),
    ],
  ),

  // Features of texts.
  ...borrowing('counts of count', Uint32Array, 5, (native, counts) =>
    textFeatures(native).count(counts, undefined, new Uint8Array(3), new Uint32Array([0, 3]), new Uint32Array(1)),
  ),
  ...borrowing('weights of encode of texts', Float64Array, 5, (native, weights) =>
    textFeatures(native).encode(weights, undefined, new Uint8Array(3), new Uint32Array([0, 3]), new Uint32Array(1)),
  ).filter(([name]) => !name.includes('is undefined')), // all weights are 1
  ...borrowing(
    'bytes of texts',
    Uint8Array,
    3,
    (native, bytes) =>
      textFeatures(native).count(new Uint32Array(5), undefined, bytes, new Uint32Array([0, 3]), new Uint32Array(1)),
    { takesMore: true },
  ),
  ...borrowing(
    'offsets of texts',
    Uint32Array,
    2,
    (native, offsets) =>
      textFeatures(native).count(new Uint32Array(5), undefined, new Uint8Array(3), offsets, new Uint32Array([0])),
    { takesMore: true },
  ).filter(([name]) => !name.includes('too short')), // fewer texts
  [
    'a code beyond the texts',
    'ERR_OUT_OF_RANGE',
    (native) =>
      textFeatures(native).count(new Uint32Array(5), dictionary(native), undefined, undefined, new Uint32Array(1)),
  ],
  ...handling('words of countWords', 'Dictionary', (native, words) =>
    textFeatures(native).countWords(words, undefined, new Uint8Array(3), new Uint32Array([0, 3]), new Uint32Array(1)),
  ),
  [
    'words of countWords that are the texts',
    'ERR_INVALID_ARGUMENT',
    (native) => {
      const texts = dictionary(native);
      return textFeatures(native).countWords(texts, texts, undefined, undefined, new Uint32Array(0));
    },
  ],
  ...handling('dictionary of texts', 'Dictionary', (native, other) =>
    textFeatures(native).count(new Uint32Array(5), other, undefined, undefined, new Uint32Array(0)),
  ).filter(([name]) => !name.includes('undefined')),
  ...[
    [0, 1, 0, 0],
    [5, 0, 0, 0],
    [5, 1, 3, 2],
    [5, 1, -1, 2],
    [2 ** 31, 1, 0, 0],
  ].map(
    (shape): Call => [
      `features of texts of the shape ${shape}`,
      'ERR_OUT_OF_RANGE',
      (native) => new native.TextFeatures(...(shape as [number, number, number, number])),
    ],
  ),

  // Dictionaries.
  ...borrowing('word of add', Uint8Array, 1, (native, word) => dictionary(native).add(word)).filter(
    ([name]) => !/too (short|long)|beyond/.test(name), // words have any length
  ),
  ...borrowing(
    'bytes of encode',
    Uint8Array,
    3,
    (native, bytes) => dictionary(native).encode(bytes, new Uint32Array([0, 3]), new Uint32Array(1)),
    { takesMore: true },
  ),
  ...borrowing('offsets of encode', Uint32Array, 2, (native, offsets) =>
    dictionary(native).encode(new Uint8Array(3), offsets, new Uint32Array(1)),
  ),
  ...borrowing('codes of encode', Uint32Array, 1, (native, codes) =>
    dictionary(native).encode(new Uint8Array(3), new Uint32Array([0, 3]), codes),
  ),
  [
    'decreasing offsets of words',
    'ERR_SHAPE',
    (native) => dictionary(native).encode(new Uint8Array(3), new Uint32Array([0, 3, 1]), new Uint32Array(2)),
  ],
  [
    'codes that are the offsets, and change them',
    'ERR_SHAPE',
    (native) => {
      const both = new Uint32Array([0, 1, 2, 0, 0, 0]);
      dictionary(native).encode(new Uint8Array([1, 2]), both.subarray(0, 4), both.subarray(1, 4));
    },
  ],
  ...['findLong', 'encodeRecords'].flatMap((method): Call[] => {
    const call = (native: Native, records: unknown, present: unknown, rows: unknown, hashes?: unknown) => {
      const rest =
        method === 'findLong' ? [new Uint32Array(70)] : [new Uint8Array(0), noOffsets(), new Uint32Array(70)];
      return dictionary(native)[method](records, present, rows, hashes, ...rest);
    };
    return [
      ...borrowing(
        `records of ${method}`,
        Uint8Array,
        1040,
        (native, records) => call(native, records, undefined, 65),
        {
          takesMore: true,
        },
      ),
      ...borrowing(
        `hashes of ${method}`,
        Float64Array,
        65,
        (native, hashes) => call(native, new Uint8Array(1040), undefined, 65, hashes),
        { takesMore: true, takesOther: true },
      ),
      ...counting(`rows of ${method}`, (native, rows) => call(native, new Uint8Array(1040), undefined, rows)),
      [
        `too few bits of ${method}`,
        'ERR_SHAPE',
        (native) => call(native, new Uint8Array(1040), new BigUint64Array(1), 65),
      ],
      ...[new BigInt64Array(2), new Uint32Array(4), [1n, 2n], 3, null].map(
        (present): Call => [
          `present of ${method} is ${Object.prototype.toString.call(present)}`,
          'ERR_INVALID_ARGUMENT',
          (native) => call(native, new Uint8Array(1040), present, 65),
        ],
      ),
    ];
  }),
  ...borrowing(
    'found of findLong',
    Uint32Array,
    2,
    (native, found) => dictionary(native).findLong(new Uint8Array(32), undefined, 2, undefined, found),
    { takesMore: true },
  ),
  ...borrowing(
    'longBytes of encodeRecords',
    Uint8Array,
    13,
    (native, bytes) =>
      dictionary(native).encodeRecords(
        longRecord(),
        undefined,
        1,
        undefined,
        bytes,
        new Uint32Array([0, 13]),
        new Uint32Array(1),
      ),
    { takesMore: true },
  ),
  ...borrowing('longOffsets of encodeRecords', Uint32Array, 2, (native, offsets) =>
    dictionary(native).encodeRecords(
      longRecord(),
      undefined,
      1,
      undefined,
      new Uint8Array(13),
      offsets,
      new Uint32Array(1),
    ),
  ),
  ...borrowing(
    'codes of encodeRecords',
    Uint32Array,
    2,
    (native, codes) =>
      dictionary(native).encodeRecords(
        new Uint8Array(32),
        undefined,
        2,
        undefined,
        new Uint8Array(0),
        noOffsets(),
        codes,
      ),
    { takesMore: true },
  ),
  ...counting('from of words', (native, from) => dictionary(native).words(from, 0)),
  ...counting('to of words', (native, to) => dictionary(native).words(0, to)),
  [
    'words that end before they begin',
    'ERR_OUT_OF_RANGE',
    (native) => {
      const words = dictionary(native);
      words.add(new Uint8Array(1));
      words.words(1, 0);
    },
  ],

  // Trainers and runs.
  ...naming('precision of a trainer', (native, precision) => newTrainer(native, { precision })),
  ...counting('accumulate', (native, accumulate) => newTrainer(native, { accumulate })),
  ...counting('seed of a trainer', (native, seed) => newTrainer(native, { seed })),
  ['tensors that are too few', 'ERR_SHAPE', (native) => newTrainer(native, { tensors: [tensor] })],
  [
    'a missing group of tensors',
    'ERR_OUT_OF_RANGE',
    (native) => newTrainer(native, { tensors: [tensor, { ...tensor, group: 7 }] }),
  ],
  ...borrowing(
    'memory of a trainer',
    Float64Array,
    (native) => resultCount + recordLengthOf(native),
    (native, memory) => newTrainer(native, {}, memory),
  ),
  [
    'memory of a trainer that is not shared',
    'ERR_INVALID_ARGUMENT',
    (native) => newTrainer(native, {}, new Float64Array(resultCount + recordLengthOf(native))),
  ],
  [
    'a trainer of a network without a slab',
    'ERR_INVALID_ARGUMENT',
    (native) =>
      new native.Trainer(
        newNetwork(native),
        trainerOptions as Anything,
        sharedDoubles(resultCount + recordLengthOf(native)),
      ),
  ],
  ['x that is no whole rows', 'ERR_SHAPE', (native) => newTrainer(native).step(new Float32Array(7), 1, targets(), 2)],
  ['x that is detached', 'ERR_DETACHED', (native) => newTrainer(native).step(detach(x()), 1, targets(), 2)],
  ['x of integers', 'ERR_INVALID_ARGUMENT', (native) => newTrainer(native).step(new Int32Array(6), 1, targets(), 2)],
  [
    'scale of step that is not a number',
    'ERR_INVALID_ARGUMENT',
    (native) => newTrainer(native).step(x(), undefined, targets(), 2),
  ],
  ['targets of other rows', 'ERR_SHAPE', (native) => newTrainer(native).step(x(), 1, targets(), 1)],
  ...counting('targetColumns of step', (native, columns) => newTrainer(native).step(x(), 1, targets(), columns)),
  ['targetColumns of 0', 'ERR_SHAPE', (native) => newTrainer(native).step(x(), 1, targets(), 0)],
  ...borrowing(
    'weights of step',
    Float64Array,
    2,
    (native, weights) => newTrainer(native).step(x(), 1, targets(), 2, weights),
    { takesOther: true },
  ),
  ...naming('sampling', (native, sampling) => newRun(native, { sampling })),
  ...['part', 'score', 'mode'].flatMap((word) =>
    naming(`the ${word} of earlyStopping`, (native, given) =>
      newRun(native, { earlyStopping: { ...runOptions.earlyStopping, [word]: given } }),
    ),
  ),
  [
    'metrics without a validation',
    'ERR_INVALID_ARGUMENT',
    (native) => newRun(native, { metrics: [{ name: 'r2', as: 'r2' }] }),
  ],
  [
    'early stopping by an unknown metric',
    'ERR_OUT_OF_RANGE',
    (native) =>
      newRun(native, {
        validation: newDataset(native),
        metrics: [{ name: 'r2', as: 'r2' }],
        earlyStopping: { ...runOptions.earlyStopping, part: 'validation', score: 'metric', metric: 1 },
      }),
  ],
  [
    'early stopping by a validation without one',
    'ERR_INVALID_ARGUMENT',
    (native) => newRun(native, { earlyStopping: { ...runOptions.earlyStopping, part: 'validation' } }),
  ],
  ...counting('batchSize', (native, batchSize) => newRun(native, { batchSize })),
  ...counting('epochs', (native, epochs) => newRun(native, { epochs })),
  ...counting('the epoch of goOn', (native, epoch) => newRun(native).goOn(epoch)),
  ...counting('firstEpoch', (native, firstEpoch) => newRun(native, { firstEpoch })),
  ['a batchSize of 0', 'ERR_OUT_OF_RANGE', (native) => newRun(native, { batchSize: 0 })],
  ['epochs of 0', 'ERR_OUT_OF_RANGE', (native) => newRun(native, { epochs: 0 })],
  [
    'a listener that is not a function',
    'ERR_INVALID_ARGUMENT',
    (native) => newRun(native, {}, new Float64Array(recordLengthOf(native)), {}),
  ],
  [
    'a probe every 0 steps',
    'ERR_OUT_OF_RANGE',
    (native) => newRun(native, { probe: { data: newDataset(native), every: 0 } }),
  ],
  ...borrowing('hyperparameters of a run', Float64Array, recordLengthOf, (native, rows) => newRun(native, {}, rows)),
  ['hyperparameters that are none', 'ERR_SHAPE', (native) => newRun(native, {}, new Float64Array(0))],
  ['a shard of no sizes', 'ERR_OUT_OF_RANGE', (native) => newDataset(native).shard([], 0)],
  ['schedules that observe, but are none', 'ERR_INVALID_ARGUMENT', (native) => newRun(native, { observed: true })],

  // Configuration and others.
  ...counting('threads', (native, threads) =>
    native.configure({ threads: (threads === undefined ? null : threads) as number }),
  ),
  ['no threads', 'ERR_OUT_OF_RANGE', (native) => native.configure({ threads: 0 })],
  ...naming('priority', (native, priority) =>
    native.configure({ priority: (priority === undefined ? null : priority) as string }),
  ),
  ['an unknown instruction set', 'ERR_INVALID_ARGUMENT', (native) => native.configure({ instructionSet: 'mmx' })],
  ['options of configure that are none', 'ERR_INVALID_ARGUMENT', (native) => native.configure(3 as Anything)],
  ...counting('length of a permutation', (native, length) => native.permutation(length as number, 0)),
  ...counting('seed of a permutation', (native, seed) => native.permutation(3, seed as number)),
  ['an array to align that is none', 'ERR_INVALID_ARGUMENT', (native) => native.alignment([] as Anything)],
  ['an array to release that is none', 'ERR_INVALID_ARGUMENT', (native) => native.release({} as Anything)],
  ['an array to release that is shared', 'ERR_INVALID_ARGUMENT', (native) => native.release(sharedDoubles(3))],
  ['an array to release that is detached', 'ERR_DETACHED', (native) => native.release(detach(new Float64Array(3)))],
];
