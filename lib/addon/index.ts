import { type ErrorCode, errorWith, GlissadeError } from '../errors.js';
import loader from './load.cjs';

/** Floating-point arrays: every number in a call is of the type of the arrays it came with. */
export type FloatArray = Float32Array | Float64Array;
export type FloatType = 'float32' | 'float64';

/** What an `Optimizer` and a trainer are both told of the rule and what wraps it. */
export interface NativeOptimizerOptions {
  /** The formula of each group. */
  rules: readonly string[];
  maximize: boolean;
  clipping: 'none' | 'value' | 'norm' | 'columns' | 'rows';
  clippingEpsilon: number;
  checksFinite: boolean;
  accumulates: boolean;
  averages: boolean;
  looksBack: boolean;
  state: 'full' | 'bfloat16' | 'uint8';
  /** Whether rows differ from step to step. */
  scheduled: boolean;
  /** Whether rows of a matrix rest in steps whose gradient leaves them out. */
  rowsRest: boolean;
}

export interface NativeArray {
  shape: readonly number[];
  group: number;
  frozen: boolean;
  /** Whether gradients may come for some of its rows only. */
  mayBeSparse: boolean;
  /** Of a layer's weights: all sides but the last stand for rows. */
  isOneMatrix: boolean;
}

/** Where a part of the state lies in its slab: of one of the arrays, or of all. */
export interface NativePlace {
  name: string;
  array?: number;
  type: FloatType | 'bfloat16' | 'uint8' | 'uint32';
  offset: number;
  length: number;
}

export type NativeOutcome = 'stepped' | 'accumulated' | 'notFinite';

/** Of frozen arrays they may be undefined. */
export type NativeGradients = readonly (FloatArray | Uint16Array | undefined)[];

/** For each gradient, which rows it is for: of all, where undefined. */
export type NativeRows = readonly (Uint32Array | undefined)[];

export interface NativeOptimizer {
  /** @throws GlissadeError `ERR_BUSY` from {@link stepAsync} to {@link endStep}. */
  checkIdle(): void;
  /** Ends an asynchronous step, once what it led to has been taken over. */
  endStep(): void;
  layout(): { bytes: number; recordLength: number; places: NativePlace[] };
  bind(slab: Uint8Array, parameters: readonly FloatArray[]): void;
  /** For the steps that follow, until their memory moves. */
  lend(parameters: readonly FloatArray[], gradients: NativeGradients, rows: NativeRows): void;
  step(record: Float64Array, weight: number, isLast: boolean): NativeOutcome;
  stepAsync(
    parameters: readonly FloatArray[],
    gradients: NativeGradients,
    rows: NativeRows,
    record: Float64Array,
    weight: number,
    isLast: boolean,
  ): Promise<NativeOutcome>;
  catchUp(parameters: readonly FloatArray[]): void;
  /** Takes over what a slab like its own holds, once that is checked. */
  restore(slab: Uint8Array): void;
  points(
    kind: 'lookahead' | 'worst' | 'evaluation',
    record: Float64Array,
    parameters: readonly FloatArray[],
    points: readonly FloatArray[],
  ): void;
}

export interface NativeSparseTable {
  rows(): number;
  columns(): number;
  entries(): number;
  row(i: number): { indices: Uint32Array; values: Float32Array };
}

export interface NativeSparseBuilder {
  /** The first so many rows of arrays that may be longer. */
  append(
    offsets: Float64Array,
    rows: number,
    indices: Uint32Array,
    values: Float32Array | Float64Array | undefined,
  ): void;
  build(): NativeSparseTable;
}

/** Columns of a dataset; `name` is for messages. */
export type NativeBlock = { name: string } & (
  | { kind: 'dense'; values: ArrayBufferView; columns: number; scale: number; inPlace: boolean }
  | { kind: 'categorical'; codes: Uint32Array; cardinalities: Uint32Array }
  | { kind: 'sparse'; table: NativeSparseTable }
);

export interface NativeDataset {
  select(rows: Uint32Array): NativeDataset;
  rows(): number;
  /** Rows drawn by class. */
  holdOut(count: number, seed: number): Uint32Array;
  dispose(): void;
}

export interface NativeTensor {
  name: string;
  shape: number[];
  offset: number;
  size: number;
  decays: boolean;
  trains: boolean;
  /** Whether a minibatch touches only some of its rows. */
  isSparse: boolean;
  /** Of weights: which side a layer's outputs are along. */
  outputs?: 'columns';
}

/** A block of a network's inputs. */
export type NativeInput = { name: string } & (
  | { kind: 'dense'; height: number; width: number; channels: number }
  | { kind: 'sparse'; columns: number }
  | { kind: 'categorical'; cardinalities: readonly number[] }
);

/** A layer, with its options. */
export interface NativeNode {
  kind: string;
  name: string;
  from: readonly number[];
  [option: string]: unknown;
}

export interface NativeTally {
  loss: number;
  accuracy?: number;
}

export interface NativeNetwork {
  tensors(): NativeTensor[];
  parameterCount(): number;
  outputs(): number;
  /** Whether a run of the model is under way. */
  isTraining(): boolean;
  /** @throws GlissadeError `ERR_BUSY` while a run of the model is under way. */
  checkIdle(): void;
  bind(slab: FloatArray): void;
  initialize(seed: number): void;
  predict(rows: NativeDataset | ArrayBufferView, scale: number, outputs: FloatArray, precision: string): void;
  /** Fills `gradient`, where it is given, and, along a direction, the Hessian's product with it; returns the loss. */
  differentiate(
    data: NativeDataset,
    loss: object,
    training: boolean,
    seed: number,
    gradient?: FloatArray,
    direction?: FloatArray,
    product?: FloatArray,
  ): number;
  /** Of single examples: fills the mean gradient and its variance; returns the mean loss and the sum of the variances. */
  gradientVariance(
    data: NativeDataset,
    loss: object,
    gradient: FloatArray,
    variance: FloatArray,
  ): { loss: number; total: number };
  evaluate(data: NativeDataset, loss: NativeLoss, accuracy: boolean, precision: string): NativeTally;
}

export interface NativeEpoch extends NativeTally {
  epoch: number;
  steps: number;
  seconds: number;
  skipped: number;
  examplesPerSecond: number;
  validation?: NativeTally;
}

/** A look at the curvature along the gradient. */
export interface NativeCurvature {
  /** How many epochs of the trainer had ended. */
  epoch: number;
  step: number;
  loss: number;
  squaredGradientNorm: number;
  gradientCurvature: number;
}

export interface NativeNews {
  epochs: NativeEpoch[];
  curvature: NativeCurvature[];
  wantsRecords: boolean;
  steps: number;
  status: 'running' | 'completed' | 'stopped' | 'failed';
  code: ErrorCode;
  message: string;
}

export interface NativeRun {
  stop(): void;
  supply(records: Float64Array): void;
  progress(): { epoch: number; steps: number; totalSteps: number; loss?: number; examplesPerSecond?: number };
}

/** A loss as lib/losses makes it: its name, and the options that it has. */
export type NativeLoss = { readonly name: string } & { readonly [option: string]: unknown };

export interface NativeTrainerOptions {
  loss: NativeLoss;
  accuracy: boolean;
  optimizer: NativeOptimizerOptions;
  tensors: readonly { group: number; frozen: boolean; mayBeSparse: boolean }[];
  sharpens: boolean;
  skipsNonFinite: boolean;
  accumulate: number;
  precision: string;
  /** Whether training may go on after a run. */
  goesOn: boolean;
  /** Of the random numbers of layers. */
  seed: number;
}

export interface NativeTrainer {
  /** Lends arrays for the time of the call. */
  step(
    inputs: ArrayBufferView,
    scale: number,
    targets: ArrayBufferView,
    targetColumns: number,
    weights?: Float64Array,
  ): void;
  /** The same, of a dataset with targets. */
  stepOn(data: NativeDataset): void;
  /** The most steps that a run over so many examples takes: of its first epoch, and of each other one. */
  stepsOfRun(examples: number, batchSize: number): [first: number, others: number];
  dispose(): void;
}

export interface NativeRunOptions {
  data: NativeDataset;
  validation: NativeDataset | undefined;
  batchSize: number;
  epochs: number;
  firstEpoch: number;
  sampling: string;
  /** Whether threads take steps on single examples without regard to each other. */
  hogwild: boolean;
  seed: number;
  scheduled: boolean;
  /** Data over which the curvature is looked at every so many steps. */
  probe: { data: NativeDataset; every: number } | undefined;
}

/** A formula of native/core/optimizers. */
export interface NativeRule {
  hyperparameters: string[];
  states: string[];
  /** Whether it keeps moving averages, which can be stored in fewer bits. */
  hasMoments: boolean;
  /** Whether it can make up for steps without a gradient. */
  takesSparse: boolean;
  /** Whether θ follows from the state and the hyperparameters of the last step alone. */
  followsHyperparameters: boolean;
  /** Whether gradients are to be taken at another point than θ. */
  hasGradientPoint: boolean;
  /** Whether the model is to be evaluated at another point than θ. */
  hasEvaluationPoint: boolean;
  /** Whether it sees a matrix as a whole, and so needs the shape of parameters. */
  takesMatrices: boolean;
}

interface Addon {
  setup(makeError: (code: ErrorCode, message: string) => Error): void;
  information(): {
    instructionSet: string;
    instructionSets: string[];
    threads: number;
    priority: 'background' | 'normal';
  };
  configure(options: {
    threads?: number | undefined;
    priority?: string | undefined;
    instructionSet?: string | undefined;
  }): void;
  /** By name. */
  rules(): Record<string, NativeRule>;
  permutation(length: number, seed: number): Uint32Array;
  alignment(array: ArrayBufferView): number;
  /** What is to be said of values that are not finite: how many there are, and the first of them. */
  nonFiniteSentence(name: string, count: number, value: string, row: number, column: number): string;
  /** The names of the numbers of records that both sides read and write, in order: `clip, averageWeight, …`. */
  records: { stepSettings: string; counters: string; stepResults: string };
  /** Bytes after a network's parameters that may be read. */
  readBeyond: number;
  Optimizer: new (
    options: NativeOptimizerOptions & { type: FloatType; arrays: readonly NativeArray[] },
  ) => NativeOptimizer;
  Dataset: new (options: {
    blocks: readonly NativeBlock[];
    targets: ArrayBufferView | undefined;
    targetColumns: number;
    targetsInPlace: boolean;
    weights: Float64Array | undefined;
  }) => NativeDataset;
  SparseBuilder: new (columns: number) => NativeSparseBuilder;
  Network: new (specification: {
    type: FloatType;
    inputs: readonly NativeInput[];
    nodes: readonly NativeNode[];
  }) => NativeNetwork;
  /** In shared memory: the results of a step (`stepResults` of records.ts), then the record of the next one. */
  Trainer: new (
    network: NativeNetwork,
    options: NativeTrainerOptions,
    memory: Float64Array,
  ) => NativeTrainer;
  Run: new (
    trainer: NativeTrainer,
    options: NativeRunOptions,
    hyperparameters: Float64Array,
    listener: (news: NativeNews) => void,
  ) => NativeRun;
}

function load(): Addon {
  try {
    return loader.loadAddon() as Addon;
  } catch (error) {
    throw new GlissadeError(
      'ERR_UNSUPPORTED_PLATFORM',
      [
        `glissade's native addon could not be loaded on ${process.platform}-${process.arch}, Node ${process.versions.node}:`,
        `  ${(error as Error).message}`,
        'Possible ways out:',
        `  build it here (needs a C++20 compiler, make and Python): npm rebuild glissade --foreground-scripts`,
        '  on Linux, OpenMP is needed at run time: install libgomp1 (Debian, Ubuntu) or libgomp (Fedora, Alpine)',
        '  if dependencies come from another machine or a container image, install them on this one',
      ].join('\n'),
      { cause: error },
    );
  }
}

/** The native addon. This is the only module that loads it. */
export const addon: Addon = load();
addon.setup(errorWith);

export const { version } = loader;
