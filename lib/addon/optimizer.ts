import type { FloatArray, FloatType } from './floats.js';

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
  /** Whether a step does not change the rows of a matrix that its gradient leaves out. */
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
  /** Borrows memory for the steps that follow. It must not be moved or detached meanwhile. */
  borrow(parameters: readonly FloatArray[], gradients: NativeGradients, rows: NativeRows): void;
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
