import v8 from 'node:v8';
import { allocated, type ErrorCode, errorWith, GlissadeError, outOfMemory } from '../errors.js';
import { diagnosis, failureOf } from './diagnosis.js';
import { faultOf } from './elf.js';
import loader from './load.cjs';

/** A floating-point array. A call computes in the type of the arrays that it gets. */
export type FloatArray = Float32Array | Float64Array;
export type FloatType = 'float32' | 'float64';

/** Options of the native optimizer, in an `Optimizer` as in a trainer. */
export interface NativeOptimizerOptions {
  /** Name of each group's formula. */
  rules: readonly string[];
  maximize: boolean;
  clipping: 'none' | 'value' | 'norm' | 'columns' | 'rows';
  clippingEpsilon: number;
  checksFinite: boolean;
  accumulates: boolean;
  averages: boolean;
  hasSlowWeights: boolean;
  state: 'full' | 'bfloat16' | 'uint8';
  /** Whether step records differ from step to step. */
  scheduled: boolean;
  /** Whether a step leaves alone the rows of a matrix that its gradient leaves out. */
  isLazy: boolean;
}

export interface NativeArray {
  shape: readonly number[];
  group: number;
  frozen: boolean;
  /** Whether sparse gradients are allowed. */
  mayBeSparse: boolean;
  /** For a layer's weights: the shape means one matrix, whose rows are all sides but the last. */
  isOneMatrix: boolean;
}

/** Location of a state in the slab, or of an array in an image. `array` is absent for what belongs to the whole. */
export interface NativeStateEntry {
  name: string;
  array?: number;
  type: FloatType | 'bfloat16' | 'uint8' | 'uint32';
  offset: number;
  length: number;
}

export type NativeOutcome = 'stepped' | 'accumulated' | 'notFinite';

/** One gradient per array; undefined is allowed for frozen arrays. */
export type NativeGradients = readonly (FloatArray | Uint16Array | undefined)[];

/** The rows of each gradient; undefined means all rows. */
export type NativeRows = readonly (Uint32Array | undefined)[];

export interface NativeOptimizer {
  /** @throws GlissadeError `ERR_BUSY` between {@link stepAsync} and {@link endStep}. */
  checkIdle(): void;
  /** Ends an asynchronous step. Call it when the promise has resolved. */
  endStep(): void;
  layout(): { bytes: number; recordLength: number; entries: NativeStateEntry[] };
  bind(slab: Uint8Array, parameters: readonly FloatArray[]): void;
  /** Lends memory for the steps that follow. It must not be moved or detached meanwhile. */
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
  /** Checks a slab of the same layout, then copies it into the optimizer's own. */
  restore(slab: Uint8Array): void;
  points(
    kind: 'gradient' | 'worst' | 'evaluation',
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
  /** Appends the first `rows` rows. `offsets` may be longer than `rows` + 1. Without values, all are 1. */
  append(
    offsets: Float64Array,
    rows: number,
    indices: Uint32Array,
    values: Float32Array | Float64Array | undefined,
  ): void;
  build(): NativeSparseTable;
}

/** A block of a dataset builder; `name` is for messages. */
export type NativeBuilderBlock = { name: string } & (
  | { kind: 'dense'; columns: number; scale: number }
  | { kind: 'categorical'; cardinalities: Uint32Array }
  | { kind: 'sparse'; columns: number }
);

/** Collects rows of a dataset. */
export interface NativeDatasetBuilder {
  /** Adds rows, or none if it throws. Messages count them from `firstRow`. */
  append(
    given: {
      blocks: readonly (ArrayBufferView | NativeSparseTable)[];
      targets: ArrayBufferView | undefined;
      weights: Float64Array | undefined;
    },
    rows: number,
    firstRow: number,
  ): void;
  /** Bytes of memory in use. */
  bytes(): number;
  build(): NativeDataset;
}

/**
 * Words with codes 0, 1, … in order of their first occurrence. A column of words comes as bytes in UTF-8 with offsets, or
 * as records of 16 bytes a row: the length, then up to 12 bytes of the word. Bit i of `present` says whether row i has a
 * word; undefined means that all have.
 */
export interface NativeDictionary {
  add(word: Uint8Array): number;
  encode(bytes: Uint8Array, offsets: Uint32Array, codes: Uint32Array): void;
  /**
   * Fills `found` with the rows whose words are longer than 12 bytes; with hashes, with the first row of each word that is
   * not known. Returns how many they are.
   */
  findLong(
    records: Uint8Array,
    present: BigUint64Array | undefined,
    rows: number,
    hashes: Float64Array | undefined,
    found: Uint32Array,
  ): number;
  /** Writes the code of each row, 2^32 − 1 where it has no word. The long words are those of {@link findLong}. */
  encodeRecords(
    records: Uint8Array,
    present: BigUint64Array | undefined,
    rows: number,
    hashes: Float64Array | undefined,
    longBytes: Uint8Array,
    longOffsets: Uint32Array,
    codes: Uint32Array,
  ): void;
  size(): number;
  /** Bytes of memory in use. */
  bytes(): number;
  /** The words of the codes from `from` to before `to`. */
  words(from: number, to: number): { bytes: Uint8Array; offsets: Uint32Array };
}

/** An input block of a dataset; `name` is for messages. */
export type NativeBlock = { name: string } & (
  | { kind: 'dense'; values: ArrayBufferView; columns: number; scale: number; inPlace: boolean }
  | { kind: 'categorical'; codes: Uint32Array; cardinalities: Uint32Array }
  | { kind: 'sparse'; table: NativeSparseTable }
);

/** An array of a dataset's part in its file. */
export type NativeFileArray = 'numbers' | 'codes' | 'offsets' | 'indices' | 'values' | 'rests';

/** What a part of a dataset holds: an input block, the targets or the weights. */
interface NativePartContents {
  name: string;
  kind: 'dense' | 'categorical' | 'sparse';
  columns: number;
  type?: string;
  scale?: number;
  largest: number;
}

/** A part of a dataset. */
export interface NativePart extends NativePartContents {
  cardinalities?: Uint32Array;
  hasValues?: boolean;
  hasRests?: boolean;
}

/** Where an array lies in a file. */
export interface NativeSection {
  offset: number;
  bytes: number;
}

/** A part in a file. `numbers` are its numbers, codes or offsets. */
export interface NativeMappedPart extends NativePartContents {
  cardinalities: Uint32Array | undefined;
  longest?: number;
  entries?: number;
  numbers: NativeSection;
  indices: NativeSection | undefined;
  values: NativeSection | undefined;
  rests: NativeSection | undefined;
}

export interface NativeDataset {
  select(rows: Uint32Array): NativeDataset;
  /** The same rows as the shard of a rank. `sizes` are the rows of all shards. */
  shard(sizes: readonly number[], rank: number): NativeDataset;
  rows(): number;
  /** A checksum that tells this dataset from others. */
  fingerprint(): number;
  /** Draws `count` rows so that classes keep their proportions. */
  holdOut(count: number, seed: number): Uint32Array;
  /** Its parts: input blocks, targets, weights. */
  describe(): NativePart[];
  /** Bytes of an array of a part for rows from `from` to before `to`. Offsets are ends of rows after other entries. */
  fileRows(part: number, array: NativeFileArray, from: number, to: number, entriesBefore: number): Uint8Array;
  /** Checks rows of a mapped dataset. @throws GlissadeError `ERR_CORRUPT_FILE` */
  check(from: number, to: number): void;
  /** Whether it is mapped and too large for a window of rows. */
  isReadByBlocks(): boolean;
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
  /**
   * `'columns'`: each column belongs to one output of the layer (weights). Absent: nothing is known about the sides.
   */
  outputs?: 'columns';
}

/** An input block of a network. */
export type NativeInput = { name: string } & (
  | { kind: 'dense'; height: number; width: number; channels: number }
  | { kind: 'sparse'; columns: number }
  | { kind: 'categorical'; cardinalities: readonly number[] }
);

/** A layer with its options. `from` are the indices of its inputs: first the input blocks, then the nodes. */
export interface NativeNode {
  kind: string;
  name: string;
  from: readonly number[];
  [option: string]: unknown;
}

export interface NativeTally {
  loss: number;
  accuracy?: number;
  /** The results of each metric that was asked for. */
  metrics?: number[][];
}

export interface NativeNetwork {
  tensors(): NativeTensor[];
  parameterCount(): number;
  outputs(): number;
  /** [height, width, channels] of each node's outputs. */
  shapes(): [number, number, number][];
  /** Whether a run of the model is in progress. */
  isTraining(): boolean;
  /** @throws GlissadeError `ERR_BUSY` while a run of the model is in progress. */
  checkIdle(): void;
  bind(slab: FloatArray): void;
  /**
   * Fills `copy` with the parameters that a run has published after this step. Returns whether they are still the last
   * ones published.
   */
  copySnapshot(step: number, copy: FloatArray): boolean;
  /** Makes access to the slab thread-safe. Call it before another environment gets the slab. */
  share(): void;
  initialize(seed: number): void;
  /** Fills `copy` with the parameters; during a run, with those of its snapshot. */
  readParameters(copy: FloatArray): void;
  predict(rows: NativeDataset | ArrayBufferView, scale: number, outputs: FloatArray, precision: string): void;
  /** Fills `gradient` and, given a direction, the product of the Hessian with it. Returns the loss. */
  differentiate(
    data: NativeDataset,
    loss: object,
    training: boolean,
    seed: number,
    gradient?: FloatArray,
    direction?: FloatArray,
    product?: FloatArray,
  ): number;
  /**
   * Fills the mean gradient of single examples and its variance. Returns the mean loss and the sum of the variances.
   */
  gradientVariance(
    data: NativeDataset,
    loss: object,
    gradient: FloatArray,
    variance: FloatArray,
  ): { loss: number; total: number };
  evaluate(
    data: NativeDataset,
    loss: NativeLoss,
    accuracy: boolean,
    precision: string,
    metrics?: readonly NativeMetric[],
    calibration?: NativeCalibration,
    custom?: NativeCustomLoss,
    ranks?: NativeCommunicator,
    identity?: string,
  ): NativeTally;
}

export interface NativeEpoch extends NativeTally {
  epoch: number;
  steps: number;
  /** Steps of the trainer at the report: some may have been requested since the epoch's last one. */
  stepsNow: number;
  seconds: number;
  skipped: number;
  examplesPerSecond: number;
  validation?: NativeTally;
}

/** Loss and curvature along the gradient, after a step. */
export interface NativeCurvature {
  /** Number of the trainer's epochs that had ended. */
  epoch: number;
  step: number;
  loss: number;
  squaredGradientNorm: number;
  gradientCurvature: number;
}

/** How early stopping observes epochs. The best epoch is found without `patience` and `restoreBest` as well. */
export interface NativeEarlyStopping {
  part: 'training' | 'validation';
  score: 'loss' | 'accuracy' | 'metric';
  /** Which of the run's metrics, if the score is one. */
  metric: number;
  mode: 'min' | 'max';
  /** Successive epochs without improvement that end the run. Undefined: it goes on. */
  patience: number | undefined;
  minimumDelta: number;
  restoreBest: boolean;
}

/** The answer to a requested step. With a code it has failed, and nothing has changed. */
export interface NativeAnswer extends NativeTally {
  id: number;
  steps: number;
  code?: ErrorCode;
  message?: string;
}

export interface NativeNews {
  epochs: NativeEpoch[];
  /** The best epoch so far; absent before any. */
  best?: { epoch: number; steps: number; value: number };
  curvature: NativeCurvature[];
  answers: NativeAnswer[];
  /** An image for a checkpoint, which waits for the description of its file. `steps` are those of the trainer. */
  checkpoint?: { number: number; epochsEnded: number; steps: number };
  /** The checkpoints that have been written, or failed with a code. */
  written: { number: number; code?: ErrorCode; message: string }[];
  wantsRecords: boolean;
  /** Whether the run has had little of the processors for ten seconds. True once. */
  isStarved: boolean;
  steps: number;
  status: 'running' | 'completed' | 'stopped' | 'stoppedEarly' | 'outOfTime' | 'failed';
  code: ErrorCode;
  message: string;
}

export interface NativeRun {
  stop(): void;
  /** Requests an end where the run stands, since it has failed elsewhere. */
  giveUp(): void;
  /**
   * Adds the records of the next steps, made once this many epochs of the run had been observed. Those of an epoch that
   * has ended since are ignored, if schedules observe epochs.
   */
  supply(records: Float64Array, epochsEnded: number): void;
  /**
   * Asks for a step on all rows of a dataset at the next step boundary, which takes the next record. The news has the
   * answer. Returns whether the run takes requests; it does until its end, and leaves some without an answer then.
   */
  request(id: number, data: NativeDataset): boolean;
  /** From the end of the next epoch on, the run waits at the end of each one for {@link goOn}. */
  holdAtEpochs(): void;
  /** Ends the wait at the end of an epoch up to this one. At a later one the run waits on. */
  goOn(epoch: number): void;
  /** The same, and the run no longer waits at others. */
  runThrough(): void;
  /**
   * Describes the file of an image: a header whose eight digits at `checksumAt` become the checksum of the pieces, each
   * an offset in the image and a length; and the files that are removed afterwards.
   */
  writeCheckpoint(
    number: number,
    path: string,
    header: Uint8Array,
    checksumAt: number,
    pieces: Float64Array,
    obsolete: readonly string[],
  ): void;
  /** Gives up an image that waits. */
  dropCheckpoint(number: number): void;
  progress(): {
    epoch: number;
    steps: number;
    totalSteps: number;
    loss?: number;
    examplesPerSecond?: number;
    processorShare?: number;
  };
}

/** A loss as lib/losses makes it: its name and its options. */
export type NativeLoss = { readonly name: string } & { readonly [option: string]: unknown };

/** A metric as lib/metrics makes it: its name, its name in messages, and its options. */
export type NativeMetric = { readonly name: string; readonly as: string } & { readonly [option: string]: unknown };

/** Logits are read as slope·z + intercept. */
export interface NativeCalibration {
  readonly slope: number;
  readonly intercept: number;
}

export interface NativeTrainerOptions {
  loss: NativeLoss;
  accuracy: boolean;
  optimizer: NativeOptimizerOptions;
  tensors: readonly { group: number; frozen: boolean; mayBeSparse: boolean }[];
  usesSam: boolean;
  skipsNonFinite: boolean;
  accumulate: number;
  precision: string;
  /** Whether training may continue after a run. */
  mayResume: boolean;
  /** Seed of the random numbers of layers. */
  seed: number;
  /** The ranks that share minibatches, and whether they share batch statistics. */
  ranks: NativeCommunicator | undefined;
  synchronizesStatistics: boolean;
  /** With ranks: a text that must be the same on all of them. */
  identity: string | undefined;
  /** If ranks take steps of their own: after how many they synchronise, and by what outer step. Undefined: they don't. */
  synchronization: { every: number; outer: { learningRate: number; momentum: number } | undefined } | undefined;
}

/** A custom loss. It gets copies of a minibatch, and `gradient` to write to unless only the loss is wanted. */
export type NativeCustomLoss = (
  outputs: FloatArray,
  targets: FloatArray,
  rows: number,
  weights: Float64Array | undefined,
  gradient: FloatArray | undefined,
) => number;

export interface NativeTrainer {
  /** The arrays are lent for the duration of the call. */
  step(
    inputs: ArrayBufferView,
    scale: number,
    targets: ArrayBufferView,
    targetColumns: number,
    weights?: Float64Array,
    custom?: NativeCustomLoss,
  ): void;
  /** A step on all rows of a dataset with targets. */
  stepOn(data: NativeDataset, custom?: NativeCustomLoss): void;
  /** Largest number of steps in a run's first epoch, and in each later one. Skipped minibatches make it fewer. */
  stepsOfRun(examples: number, batchSize: number, taken: number): [first: number, others: number];
  /**
   * Layout of an image: all that later steps depend on, in one piece of memory. `best` says whether the parameters of a
   * run's best epoch are part of it.
   */
  imageLayout(best: 'none' | 'kept'): { bytes: number; entries: NativeStateEntry[] };
  /** Fills an image. A run's position (`runPosition` of records.ts) and its best epoch are zeros. */
  saveImage(image: Uint8Array, best: 'none' | 'kept'): void;
  /** Goes on from an image of a trainer with the same options. @throws GlissadeError `ERR_CORRUPT_FILE` */
  restoreImage(image: Uint8Array, best: 'none' | 'kept'): void;
  dispose(): void;
}

export interface NativeRunOptions {
  data: NativeDataset;
  validation: NativeDataset | undefined;
  /** Metrics of the validation. */
  metrics: readonly NativeMetric[];
  /** Whether the accuracy is found beside the loss, for epochs and requested steps alike. */
  accuracy: boolean;
  batchSize: number;
  epochs: number;
  firstEpoch: number;
  sampling: string;
  /** Whether threads take steps on single examples without synchronisation. */
  hogwild: boolean;
  seed: number;
  scheduled: boolean;
  /** Whether schedules observe each epoch. Records that it leaves are dropped at its end. */
  observed: boolean;
  /** Data of the curvature monitor, and the number of steps between its reports. */
  probe: { data: NativeDataset; every: number } | undefined;
  earlyStopping: NativeEarlyStopping;
  /** Undefined: no limit. */
  maxSeconds: number | undefined;
  /** Whether it waits at the end of epochs from the first one on. */
  holdsAtEpochs: boolean;
  /** When checkpoints are made, in shared memory for an image. */
  checkpoint: { everySeconds: number | undefined; everySteps: number | undefined; image: Uint8Array } | undefined;
  /** For a trainer with ranks: a text that must be the same on all of them. */
  identity: string | undefined;
  /** Where a run that was interrupted goes on (`runPosition` of records.ts). */
  position: Float64Array | undefined;
  /** Parameters of its best epoch. */
  best: FloatArray | undefined;
  /** A custom loss, and what is called with the error that it throws, and the number of the requested step if it is one's. */
  custom?: { compute: NativeCustomLoss; fail: (error: unknown, request: number | undefined) => void } | undefined;
}

/** The ranks of an MPI job, of which this process is one. */
export interface NativeCommunicator {
  /** Starts MPI, once in a process. @throws GlissadeError `ERR_MPI_UNAVAILABLE`, `ERR_MPI` */
  connect(library: string | undefined, summation: 'library' | 'ordered' | 'bfloat16', patience: number): Promise<void>;
  describe(): { rank: number; size: number; file: string; version: string };
  /** The texts of all ranks. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Fills `all` with the bytes of all ranks in order, while the caller waits. Ranks must give the same identity. */
  collect(identity: string, mine: Uint8Array, all: Uint8Array): void;
  /** Fills shared memory with that of the first rank. */
  broadcast(bytes: Uint8Array): Promise<void>;
  /** Waits until all ranks have come here, and ends MPI. */
  finish(): void;
  /** Ends all processes of the job. */
  abort(code: number): void;
}

/** Name and traits of a formula of native/core/optimizers. */
export interface NativeRule {
  hyperparameters: string[];
  states: string[];
  /** Whether it has moving averages, which can be stored in fewer bits. */
  hasMoments: boolean;
  /** Whether it takes sparse gradients: rows without a gradient can catch up later. */
  takesSparse: boolean;
  /** Whether its gradient point is not θ. */
  hasGradientPoint: boolean;
  /** Whether its evaluation point is not θ. */
  hasEvaluationPoint: boolean;
  /** Whether it needs the shapes of parameters. */
  takesMatrices: boolean;
}

/** Priorities of the engine's threads, lowest first. */
export const priorities = ['idle', 'background', 'normal'] as const;
export type Priority = (typeof priorities)[number];

interface Addon {
  setup(
    makeError: (code: ErrorCode, message: string) => Error,
    outOfMemory: (message: string) => Error,
    newBytes: (length: number) => ArrayBuffer,
  ): void;
  information(): {
    instructionSet: string;
    instructionSets: string[];
    threads: number;
    processors: number;
    processorQuota?: number;
    priority: Priority;
  };
  configure(options: {
    threads?: number | undefined;
    priority?: string | undefined;
    instructionSet?: string | undefined;
  }): void;
  /** The formulas by name. */
  rules(): Record<string, NativeRule>;
  permutation(length: number, seed: number): Uint32Array;
  alignment(array: ArrayBufferView): number;
  /** Detaches the buffer of an array, which frees its memory. */
  release(array: ArrayBufferView): void;
  /** The sentence of an error about values that are not finite: their number, and value and position of the first. */
  nonFiniteSentence(name: string, count: number, value: string, row: number, column: number): string;
  /** Names of the numbers in each record that both sides read and write, in order: `clip, averageWeight, …`. */
  records: { stepSettings: string; counters: string; stepResults: string; runPosition: string };
  /** Bytes beyond the end of a network's parameters that kernels may read. */
  readBeyond: number;
  /** The results of each metric for predictions, which are the inputs of `data`. The loss says what they are. */
  score(data: NativeDataset, loss: NativeLoss, areProbabilities: boolean, metrics: readonly NativeMetric[]): number[][];
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
  /** A dataset over a file. All of its rows must be checked before they are used. */
  mapDataset(options: {
    path: string;
    rows: number;
    blocks: readonly NativeMappedPart[];
    targets: NativeMappedPart | undefined;
    weights: NativeMappedPart | undefined;
  }): NativeDataset;
  /**
   * Locks an open file, without waiting, until it is closed or the process ends; where the file system has no locks, does
   * nothing. False if another descriptor of it has the lock.
   */
  lockFile(descriptor: number): boolean;
  /** Removes a file if its writer, which had it locked, has ended. Returns whether it was removed. */
  removeAbandoned(path: string): boolean;
  DatasetBuilder: new (options: {
    blocks: readonly NativeBuilderBlock[];
    targetColumns: number;
    hasWeights: boolean;
  }) => NativeDatasetBuilder;
  Dictionary: new () => NativeDictionary;
  SparseBuilder: new (columns: number) => NativeSparseBuilder;
  Network: new (specification: {
    type: FloatType;
    inputs: readonly NativeInput[];
    nodes: readonly NativeNode[];
  }) => NativeNetwork;
  /** `memory` is shared: the results of a step (`stepResults` of records.ts), then the record of the next one. */
  Trainer: new (
    network: NativeNetwork,
    options: NativeTrainerOptions,
    memory: Float64Array,
  ) => NativeTrainer;
  Communicator: new () => NativeCommunicator;
  /** How many processes the launcher of this one has started with it; 1 without a launcher. */
  launchedProcesses(): number;
  Run: new (
    trainer: NativeTrainer,
    options: NativeRunOptions,
    hyperparameters: Float64Array,
    listener: (news: NativeNews) => void,
  ) => NativeRun;
}

function load(): Addon {
  if (v8.startupSnapshot?.isBuildingSnapshot())
    throw new GlissadeError(
      'ERR_UNSUPPORTED_PLATFORM',
      "glissade can't be kept in a startup snapshot (node --build-snapshot): its native memory and threads are not part of one. Load it when the snapshot is used, in the function that you give to v8.startupSnapshot.setDeserializeMainFunction, by createRequire(…)('glissade')",
    );
  let root: string | undefined;
  let found: string | undefined;
  try {
    root = loader.root();
    found = loader.findAddon();
    const fault = process.platform === 'linux' ? faultOf(found, process.arch) : undefined;
    if (fault !== undefined) throw new Error(fault);
    return loader.loadAddon(found) as Addon;
  } catch (error) {
    const message = root === undefined ? (error as Error).message : diagnosis(failureOf(root, error, found));
    throw new GlissadeError('ERR_UNSUPPORTED_PLATFORM', message, { cause: error });
  }
}

/** The native addon. No other module loads it. */
export const addon: Addon = load();
addon.setup(errorWith, outOfMemory, (length) => allocated(length, () => new ArrayBuffer(length)));

export const { version } = loader;
