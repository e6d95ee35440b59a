import v8 from 'node:v8';
import { warn } from '../checks/warn.js';
import { allocated, type ErrorCode, errorWith, GlissadeError, outOfMemory } from '../errors.js';
import type { NativeCommunicator } from './communicator.js';
import type {
  NativeBlock,
  NativeBuilderBlock,
  NativeDataset,
  NativeDatasetBuilder,
  NativeDictionary,
  NativeMappedPart,
  NativeSparseBuilder,
  NativeTextFeatures,
} from './data.js';
import { diagnosis, failureOf, isServed } from './diagnosis.js';
import { faultOf } from './elf.js';
import type { FloatType } from './floats.js';
import loader from './load.cjs';
import type { NativeInput, NativeLoss, NativeMetric, NativeNetwork, NativeNode } from './network.js';
import type { NativeArray, NativeOptimizer, NativeOptimizerOptions, NativeRule } from './optimizer.js';
import type { NativeRegression } from './regression.js';
import type { NativeNews, NativeRun, NativeRunOptions } from './run.js';
import type { NativeTrainer, NativeTrainerOptions } from './trainer.js';
import { addonOf, type WasmModule } from './wasm/index.js';

export type * from './communicator.js';
export type * from './data.js';
export type * from './floats.js';
export type * from './network.js';
export type * from './optimizer.js';
export type * from './regression.js';
export type * from './run.js';
export type * from './trainer.js';

/** Priorities of the engine's threads, lowest first. */
export const priorities = ['idle', 'background', 'normal'] as const;
export type Priority = (typeof priorities)[number];

interface Addon extends NativeRegression {
  setup(
    makeError: (code: ErrorCode, message: string) => Error,
    outOfMemory: (message: string) => Error,
    newBytes: (length: number) => Uint8Array,
  ): void;
  /** Of a WebAssembly module: zeroed bytes in its memory, which is shared, at a cache line. */
  newBytes?(length: number): Uint8Array;
  /** Of a WebAssembly module: the same for an array that it returns. */
  newResult?(length: number): Uint8Array;
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
  /**
   * The results of each metric for predictions, which are the inputs of `data`. The loss determines how they are read.
   */
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
   * Locks an open file, without waiting, until it is closed or the process ends. Returns false if another descriptor of
   * the file has the lock. Does nothing and returns true if the file system has no locks, and on Windows, where such a
   * file can be open in only one process.
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
  /** `subwordsFrom` 0: no subwords. */
  TextFeatures: new (
    columns: number,
    longest: number,
    subwordsFrom: number,
    subwordsTo: number,
  ) => NativeTextFeatures;
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

/** In a browser: starts the module, asynchronously. */
const { start } = loader as { start?: () => Promise<WasmModule> };

function load(): Addon {
  if (start) return Object.create(new Proxy({}, { get: refuseUnstarted }));
  if (v8.startupSnapshot?.isBuildingSnapshot())
    throw new GlissadeError(
      'ERR_UNSUPPORTED_PLATFORM',
      "glissade can't be kept in a startup snapshot (node --build-snapshot): its native memory and threads are not part of one. Load it when the snapshot is used, in the function that you give to v8.startupSnapshot.setDeserializeMainFunction, by createRequire(…)('glissade')",
    );
  const wasm = wasmSetting();
  if (wasm === '1') return loadWasm();
  let root: string | undefined;
  let found: string | undefined;
  try {
    root = loader.root();
    found = loader.findAddon();
    const fault = process.platform === 'linux' ? faultOf(found, process.arch) : undefined;
    if (fault !== undefined) throw new Error(fault);
    return loader.loadAddon(found) as Addon;
  } catch (error) {
    const failure = root === undefined ? undefined : failureOf(root, error, found);
    const message = failure ? diagnosis(failure) : (error as Error).message;
    if (wasm === '0' || !loader.hasWasm())
      throw new GlissadeError('ERR_UNSUPPORTED_PLATFORM', message, { cause: error });
    if (!failure || isServed(failure)) warn('GLISSADE_WASM', `glissade runs as WebAssembly, more slowly: ${message}`);
    return loadWasm();
  }
}

const loadWasm = (): Addon => addonOfModule(loader.loadWasm().instantiate() as WasmModule);

/** @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if the module's version is not that of this package. */
function addonOfModule(module: WasmModule): Addon {
  const version = loader.version();
  if (module.version !== version)
    throw new GlissadeError(
      'ERR_UNSUPPORTED_PLATFORM',
      `glissade ${version} needs the same version of glissade-wasm, but ${module.version} is installed: npm install glissade-wasm@${version}`,
    );
  return addonOf(module) as unknown as Addon;
}

/** Whether the addon is the WebAssembly module, `1`, or the native one, `0`. Undefined: the native one if it loads. */
function wasmSetting(): '0' | '1' | undefined {
  const setting = process.env.GLISSADE_WASM;
  if (!setting) return undefined;
  if (setting === '0' || setting === '1') return setting;
  throw new GlissadeError('ERR_INVALID_ARGUMENT', `GLISSADE_WASM must be 0 or 1, not ${setting}`);
}

function refuseUnstarted(): never {
  throw new GlissadeError(
    'ERR_NOT_READY',
    'glissade has not started: in a browser, await ready() before its first use',
  );
}

/** The native addon. No other module loads it. */
export const addon: Addon = load();

const setUp = (): void =>
  addon.setup(errorWith, outOfMemory, (length) =>
    allocated(length, () => addon.newResult?.(length) ?? new Uint8Array(length)),
  );
if (!start) setUp();

let starting: Promise<void> | undefined;

/**
 * Starts glissade in a browser, where WebAssembly starts asynchronously: the first call of anything else must come after
 * it. Elsewhere it resolves at once.
 *
 * @throws The browser's error if it can't start the module.
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if the versions of glissade and glissade-wasm differ.
 */
export function ready(): Promise<void> {
  if (!start) return Promise.resolve();
  starting ??= start().then(
    (module) => {
      Object.assign(Object.setPrototypeOf(addon, null), addonOfModule(module));
      setUp();
    },
    (error: unknown) => {
      starting = undefined; // another call tries again
      throw error;
    },
  );
  return starting;
}

export const { version } = loader;
