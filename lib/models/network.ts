import { addon, type FloatArray, type FloatType, type NativeNetwork } from '../addon/index.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions, finite, invalid, orDefault } from '../checks.js';
import { checkDataset, Dataset } from '../data/dataset.js';
import { tableOf, type Values } from '../data/table.js';
import { errorWith } from '../errors.js';
import { dense } from '../layers/dense.js';
import type { Layer } from '../layers/layer.js';
import { checkLoss, checkMetrics, type LossLike, type Metric } from '../losses/loss.js';
import { floats, sharedFloats } from '../memory.js';
import type { Run, Scores } from '../training/run.js';
import { type FitOptions, Trainer } from '../training/trainer.js';
import { setNative } from './native.js';
import { checkPrecision, type Precision } from './precision.js';

export interface NetworkOptions {
  /** The number of inputs of an example. */
  inputs: number;
  /** The layers, from the inputs on. */
  layers: readonly Layer[];
  /** Of the initial weights. Default 0. */
  seed?: number | undefined;
  /** The type of parameters and of all arithmetic. Default `'float32'`. */
  type?: FloatType | undefined;
}

/** A named parameter: a live view of {@link Network.parameters}, row-major. */
export interface NamedTensor {
  readonly data: FloatArray;
  readonly shape: readonly number[];
}

export interface EvaluateOptions {
  /** A name, or a loss with options, as `losses.huber({ delta: 2 })`. */
  loss: LossLike;
  /** Default none. */
  metrics?: readonly Metric[] | undefined;
  /** Of the products. Default `'full'`. */
  precision?: Precision | undefined;
}

export interface PredictOptions {
  /** What each input is multiplied by, for arrays; a dataset has its own. Default 1. */
  scale?: number | undefined;
  /** Of the products. Default `'full'`. */
  precision?: Precision | undefined;
}

/** A chain of layers with its parameters, as {@link network} makes it. */
export class Network {
  readonly inputs: number;
  readonly outputs: number;
  readonly type: FloatType;
  readonly layers: readonly Layer[];
  /** All parameters, flat, in shared memory. Live: writing to it changes the model. */
  readonly parameters: FloatArray;
  /** The same by name, as `layers.0.weight`. */
  readonly tensors: ReadonlyMap<string, NamedTensor>;

  readonly #native: NativeNetwork;

  /** @internal */
  constructor(options: NetworkOptions) {
    checkOptions('network', options, ['inputs', 'layers', 'seed', 'type']);
    this.inputs = checkInteger('inputs', options.inputs, 1, 2 ** 31 - 1);
    this.type = checkOneOf('type', orDefault(options.type, 'float32'), ['float32', 'float64']);
    const seed = checkInteger('seed', orDefault(options.seed, 0), 0);
    if (!Array.isArray(options.layers) || options.layers.length === 0)
      throw invalid('layers', 'an array of at least one layer', options.layers);
    this.layers = Object.freeze(Array.from(options.layers, checkLayer));
    this.outputs = this.layers.at(-1)!.outputs;

    this.#native = new addon.Network({ type: this.type, inputs: this.inputs, layers: this.layers });
    setNative(this, this.#native);
    this.parameters = sharedFloats(this.type, this.#native.parameterCount(), addon.readBeyond);
    this.#native.bind(this.parameters);
    this.#native.initialize(seed);
    this.tensors = new Map(
      this.#native
        .tensors()
        .map(({ name, shape, offset, size }) => [
          name,
          Object.freeze({ data: this.parameters.subarray(offset, offset + size), shape: Object.freeze(shape) }),
        ]),
    );
  }

  /**
   * Trains on `data` in the background, and returns the run at once. The rule's state begins anew: a {@link Trainer} keeps it from
   * run to run.
   *
   * @throws TypeError, RangeError for options or data that do not fit; GlissadeError `ERR_BUSY` while another run is under
   *   way. The run itself rejects with `ERR_NON_FINITE` where the loss or a gradient stops being finite; the parameters are
   *   then as after the last step before.
   */
  fit(data: Dataset, options: FitOptions): Run {
    return Trainer.fit(this, data, options);
  }

  /**
   * The outputs of the last layer, row after row: logits under `crossEntropy` and `logistic`. While the model is being
   * trained, those of its parameters after a recent step.
   *
   * @param x A dataset, an array of rows, or numbers row after row.
   */
  predict(x: Dataset | Values, options: PredictOptions = {}): FloatArray {
    checkOptions('predict', options, ['scale', 'precision']);
    const precision = checkPrecision(options.precision);
    const scale = checkNumber('scale', orDefault(options.scale, 1), finite);
    if (Dataset.is(x)) {
      if (options.scale !== undefined)
        throw errorWith('ERR_INVALID_ARGUMENT', 'predict: scale is for arrays; a dataset has its own');
      const outputs = floats(this.type, checkDataset('the data', x, this.inputs).rows * this.outputs);
      this.#native.predict(Dataset.native(x), 1, outputs, precision);
      return outputs;
    }
    const { values } = tableOf('x', x, this.inputs, "the network's number of inputs", this.type);
    const outputs = floats(this.type, (values.length / this.inputs) * this.outputs);
    this.#native.predict(values, scale, outputs, precision);
    return outputs;
  }

  /** The mean loss over a dataset, and what `metrics` asks for. */
  evaluate(data: Dataset, options: EvaluateOptions): Scores {
    checkOptions('evaluate', options, ['loss', 'metrics', 'precision']);
    const loss = checkLoss(options.loss);
    const accuracy = checkMetrics(orDefault(options.metrics, []), loss);
    const precision = checkPrecision(options.precision);
    return this.#native.evaluate(
      Dataset.native(checkDataset('the data', data, this.inputs)),
      loss,
      accuracy,
      precision,
    );
  }
}

/**
 * A feed-forward network.
 *
 * @example
 * const model = network({ inputs: 784, layers: [dense(128, { activation: 'relu' }), dense(10)], seed: 7 });
 */
export function network(options: NetworkOptions): Network {
  return new Network(options);
}

function checkLayer(layer: Layer, i: number): Layer {
  if (layer === null || typeof layer !== 'object' || layer.kind !== 'dense')
    throw invalid(`layers[${i}]`, 'a layer such as dense(10)', layer);
  const { kind, outputs, ...options } = layer;
  return dense(outputs, options);
}
