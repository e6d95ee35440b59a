// Names that lib itself uses. Entry points import ../definitions.js, which defines the rest.
import '../losses/cross_entropy.js';
import '../losses/logistic.js';
import '../losses/squared.js';
import '../metrics/classes.js';
import {
  addon,
  type FloatArray,
  type FloatType,
  type NativeInput,
  type NativeNetwork,
  type NativeNode,
} from '../addon/index.js';
import { checkInternal } from '../checks/internal.js';
import { isObject } from '../checks/kinds.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { bytesOf } from '../checks/typed_arrays.js';
import { type Inputs, isBlock } from '../data/blocks.js';
import { checkDataset, Dataset, nativeDataset } from '../data/dataset.js';
import { tableOf, type Values } from '../data/table.js';
import { checkRanks, type Ranks } from '../distributed/ranks.js';
import { errorWith } from '../errors.js';
import { checkedBytes, saveChecked } from '../formats/checked.js';
import { contentsOf } from '../formats/contents.js';
import { checkPath } from '../formats/files.js';
import type { TensorFile } from '../formats/safetensors.js';
import { checkLayers } from '../layers/descriptions.js';
import type { Layer } from '../layers/layer.js';
import type { MetricLike } from '../metrics/metric.js';
import type { ScoresOf } from '../metrics/scores.js';
import { floats, sharedFloats, viewOf } from '../numbers/memory.js';
import { appended } from '../onnx/append.js';
import type { NetworkContents } from '../onnx/contents.js';
import { writeOnnx } from '../onnx/write.js';
import { type Calibration, calibrationOf } from './calibration.js';
import './columns.js'; // registers what files save of tables
import { gradientOf, hessianTimes, varianceOf } from './derivatives.js';
import { evaluation } from './evaluation.js';
import { extrasOf, restoreExtras } from './extras.js';
import { modelFile, type NetworkDescription } from './files.js';
import { nodesOf } from './graph.js';
import { inputsOf, shapeOf, widthOf } from './inputs.js';
import { readParameters } from './load.js';
import { viewsOf } from './named_tensors.js';
import type {
  AppendOptions,
  ClassOptions,
  DerivativeOptions,
  EvaluateOptions,
  GradientVariance,
  LossGradient,
  NamedTensor,
  NetworkOptions,
  OnnxOptions,
  PredictOptions,
  ProbabilityOptions,
  VarianceOptions,
} from './options.js';
import { ParameterData } from './parameter_data.js';
import { checkPrecision, type Precision } from './precision.js';
import { checkThreshold, graphProbabilities, readingOf, toClasses, toProbabilities } from './probabilities.js';
import { quantizationFor, quantizedFile, type SaveOptions } from './quantization.js';
import { predictByRanks } from './ranks.js';
import type { SharedModel } from './shared.js';
import type { StateDictOptions } from './state_dict.js';

/**
 * The native network of a model.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` unless it is a model of this module.
 * @internal
 */
export let nativeNetwork: (model: unknown) => NativeNetwork;

/**
 * Call this before the parameters of a model change: files that are being written then keep the present ones.
 *
 * @internal
 */
export let beforeChange: (model: Model) => void;

/** What the ONNX writer reads of a model. @internal */
export let contentsOfNetwork: (model: Model) => NetworkContents;

/** Whether a model's inputs may be arrays: one dense block without a name. @internal */
export let takesArrays: (model: Model) => boolean;

/** Memory for the parameters of a network. @internal */
export const slabOf = (native: NativeNetwork, type: FloatType): FloatArray =>
  sharedFloats(type, native.parameterCount(), addon.readBeyond);

/** Layers with their parameters, without training. */
export class Model {
  /** Number of columns of its datasets, over all input blocks. */
  readonly inputs: number;
  /** Number of outputs at each position. */
  readonly outputs: number;
  /**
   * Number of positions of an example's outputs: 1, or the pixels of an image where the network ends without `flatten` or
   * `globalPool`. Outputs and targets have the numbers of the first position, then of the next; losses, weights and
   * metrics are by position.
   */
  readonly positions: number;
  readonly type: FloatType;
  readonly layers: readonly Layer[];
  /** All parameters, as one array in shared memory. Live: writing to it changes the model. */
  readonly parameters: FloatArray;
  /** Live views of the parameters by name, as `layers.0.weight`. */
  readonly tensors: ReadonlyMap<string, NamedTensor>;

  readonly #native: NativeNetwork;
  readonly #blocks: readonly NativeInput[];
  readonly #nodes: readonly NativeNode[];
  readonly #takesArrays: boolean;
  #isShared = false;
  /** Files that are being written. */
  readonly #saving = new Set<ParameterData>();

  /**
   * `slabFor`, which requires the key `internal`, returns the memory of the parameters, which are then not initialised.
   *
   * @internal
   */
  constructor(options: NetworkOptions, key?: unknown, slabFor?: typeof slabOf) {
    if (slabFor !== undefined) checkInternal(key, 'make a network by network() or loadModel()');
    checkOptions('network', options, ['inputs', 'layers', 'seed', 'type']);
    const inputs = inputsOf(options.inputs);
    this.inputs = inputs.reduce((sum, input) => sum + widthOf(input), 0);
    this.#takesArrays = inputs.length === 1 && inputs[0]!.kind === 'dense' && inputs[0]!.name === 'inputs';
    this.type = checkOneOf('type', orDefault(options.type, 'float32'), ['float32', 'float64']);
    const seed = checkInteger('seed', orDefault(options.seed, 0), 0);
    this.layers = checkLayers('layers', options.layers, 1);

    this.#blocks = inputs;
    this.#nodes = nodesOf(inputs, this.layers);
    this.#native = new addon.Network({ type: this.type, inputs, nodes: this.#nodes });
    this.outputs = this.#native.outputs();
    const [height, width] = this.#native.shapes().at(-1)!;
    this.positions = height * width;
    this.parameters = (slabFor ?? slabOf)(this.#native, this.type);
    this.#native.bind(this.parameters);
    if (slabFor === undefined) this.#native.initialize(seed);
    this.tensors = viewsOf(this.#native.tensors(), this.parameters);
  }

  /**
   * The outputs of the last layer, of shape [rows, outputs], row-major: logits under `crossEntropy` and `logistic`.
   * During a run of the model they are those of its parameters after a recent step. Denormal inputs and parameters
   * count as zero.
   *
   * @param x A dataset, or inputs as a dataset takes them: an array of rows, numbers row after row, `sparse(…)`,
   *   `categories(…)` or blocks of these.
   * @returns An array of the model's type.
   * @throws TypeError, RangeError for inputs or options that don't fit.
   */
  predict(x: Dataset | Inputs, options: PredictOptions = {}): FloatArray {
    checkOptions('predict', options, ['scale', 'precision', 'ranks']);
    const ranks = checkRanks(options.ranks);
    const precision = checkPrecision(options.precision);
    const scale = checkNumber('scale', orDefault(options.scale, 1), finite);
    if (ranks && !Dataset.is(x)) throw invalid('x', 'a Dataset, whose rows the ranks share', x);
    if (Dataset.is(x) || !this.#takesArrays || isBlock(x)) {
      if (options.scale !== undefined)
        throw errorWith('ERR_INVALID_ARGUMENT', 'predict: scale is for arrays; a dataset has its own');
      if (Dataset.is(x)) return this.#predictOn(x, precision, ranks);
      const data = new Dataset({ inputs: x });
      try {
        return this.#predictOn(data, precision);
      } finally {
        data.dispose();
      }
    }
    const { values, length } = tableOf('x', x as Values, this.inputs, "the network's number of inputs", this.type);
    const outputs = floats(this.type, (length / this.inputs) * this.#outputsOfRow);
    this.#native.predict(values, scale, outputs, precision);
    return outputs;
  }

  /** How outputs are read as logits, if {@link calibrate} was called since the model was last trained. */
  get calibration(): Calibration | undefined {
    return calibrationOf(this);
  }

  /**
   * Probabilities from the outputs of {@link predict}, in the same shape and type: softmax over the classes of each
   * row, or σ of each output, calibrated if the model is calibrated. For models that were trained with `crossEntropy`,
   * `logistic` or `focal`. If the last layer already returns probabilities, these are the result.
   *
   * @throws TypeError, RangeError for inputs or options that don't fit.
   */
  predictProbabilities(x: Dataset | Inputs, options: ProbabilityOptions = {}): FloatArray {
    checkOptions('predictProbabilities', options, ['scale', 'precision', 'ranks', 'by']);
    const { by, ...rest } = options;
    const reading = readingOf(this, by);
    return toProbabilities(this.predict(x, rest), this.outputs, reading);
  }

  /**
   * The decisions that follow from the probabilities: the class of each row; or, for σ of each output, 1 for yes and 0
   * for no. Without a threshold, the more probable one.
   *
   * @throws TypeError, RangeError for inputs or options that don't fit.
   */
  predictClasses(x: Dataset | Inputs, options: ClassOptions = {}): Uint32Array {
    checkOptions('predictClasses', options, ['scale', 'precision', 'ranks', 'by', 'threshold']);
    const { by, threshold, ...rest } = options;
    const reading = readingOf(this, by);
    const least = checkThreshold(threshold, this.outputs, reading.by);
    return toClasses(this.predict(x, rest), this.outputs, reading, least);
  }

  get #outputsOfRow(): number {
    return this.positions * this.outputs;
  }

  #predictOn(data: Dataset, precision: Precision, ranks?: Ranks): FloatArray {
    const { rows } = checkDataset('the data', data, this.inputs);
    const outputs = floats(this.type, rows * this.#outputsOfRow);
    if (ranks) predictByRanks(this, this.#native, data, precision, ranks, outputs);
    else this.#native.predict(nativeDataset(data), 1, outputs, precision);
    return outputs;
  }

  /**
   * The mean loss over a dataset, and the metrics that `metrics` lists, by their names. Metrics are computed in float64
   * from the outputs, a minibatch at a time: only `auc` and `averagePrecision` keep a score for each row. The bits are
   * the same for any number of threads. All metrics but accuracy are NaN if an output is NaN. Metrics of a calibrated
   * model read outputs by the calibration; the loss does not.
   *
   * @example
   * const { loss, auc } = model.evaluate(validation, { loss: 'logistic', metrics: ['auc'] });
   *
   * @throws TypeError, RangeError for options or data that don't fit, and for a metric that has no meaning for the loss
   *   or the targets.
   */
  evaluate<const M extends readonly MetricLike[] = readonly []>(
    data: Dataset,
    options: EvaluateOptions<M>,
  ): ScoresOf<M> {
    return evaluation(this, this.#native, data, options);
  }

  /**
   * The mean loss over a dataset and its exact gradient with respect to all parameters, in the type of the network.
   * During a run of the model they are those at its parameters after a recent step.
   *
   * @throws TypeError, RangeError for options or data that don't fit.
   */
  gradient(data: Dataset, options: DerivativeOptions): LossGradient {
    return gradientOf(this, this.#native, data, options);
  }

  /**
   * The Hessian of the mean loss over a dataset times a vector: the exact derivative of the gradient along it, by a
   * forward and backward pass of dual numbers (Pearlmutter 1994). The Hessian itself is never formed.
   *
   * @param vector Has the length and type of `model.parameters`. Its numbers for batchNorm's statistics are ignored.
   * @returns An array like `vector`.
   * @throws TypeError, RangeError for options, data or a vector that don't fit; GlissadeError `ERR_DETACHED`.
   */
  hessianVectorProduct(data: Dataset, vector: FloatArray, options: DerivativeOptions): FloatArray {
    return hessianTimes(this, this.#native, data, vector, options);
  }

  /**
   * The noise of the gradients gᵢ of single examples over a dataset: their mean ḡ, and their variance for each
   * parameter.
   *
   *     ḡ = Σ wᵢgᵢ / Σ wᵢ     variance = Σ wᵢ(gᵢ − ḡ)² / Σ wᵢ     total = Σ variance = E‖gᵢ − ḡ‖²
   *
   * wᵢ are the weights of examples (and their classes) in the mean loss; examples of weight 0 don't count. The gradient
   * of a minibatch of k examples drawn with replacement has the mean ḡ and 1/k of this variance. Drawn without
   * replacement from N examples of equal weight, it has (N − k)/(N − 1) of that.
   *
   * The network always runs as in {@link Network.evaluate}, because batchNorm makes examples depend on each other in
   * training. Each example passes through it by itself. Gradients are summed in float64 for any type of the network.
   * During a run of the model they are those at its parameters after a recent step.
   *
   * @throws TypeError, RangeError for options or data that don't fit.
   */
  gradientVariance(data: Dataset, options: VarianceOptions): GradientVariance {
    return varianceOf(this, this.#native, data, options);
  }

  /**
   * The bytes of an ONNX file that computes what `predict` does: opset 17, IR version 8, float32 (numbers of a float64
   * network are rounded), with any number of rows.
   *
   * Inputs have the names of the network's blocks, or `inputs`: numbers are [batch, columns], images [batch, height,
   * width, channels], categories int64 [batch, columns]. Sparse columns are two inputs, `name.indices` (int64) and
   * `name.values`, both [batch, entries], where rows with fewer entries are filled up with values of 0. The output is
   * `outputs`, [batch, outputs]. The factor `scale` of a dataset is not part of the graph.
   *
   * A graph has no dropout and no initial distributions. The metadata `glissade.network` describe the layers with all
   * their options, from which `loadONNX` restores them. Files with calibrated probabilities have no such metadata.
   *
   * @example
   * await writeFile('digits.onnx', model.toONNX({ probabilities: 'softmax' }));
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` for options that don't fit; GlissadeError `ERR_BUSY` during a run of the
   *   model.
   */
  toONNX(options: OnnxOptions = {}): Uint8Array {
    checkOptions('toONNX', options, ['probabilities']);
    return writeOnnx(this.#contents(), graphProbabilities('toONNX', this, options));
  }

  /**
   * Appends this network to an output of an encoder's ONNX file. The result is one file: the encoder as it is, then
   * what {@link toONNX} would write. The network's output replaces the encoder's; other outputs stay. If the encoder
   * already uses one of the network's names, these get the prefix `head.`.
   *
   * @example
   * const head = network({ inputs: 384, layers: [dense(64, { activation: 'relu' }), dense(5)] }); // trained on embeddings
   * await writeFile('whole.onnx', await head.appendTo('encoder.onnx', { output: 'embedding', probabilities: 'softmax' }));
   *
   * @param encoder The path of a file, or its bytes. Its operators are of opset 13 to 26; of 17 or later if the network
   *   has a `layerNorm`.
   * @returns The bytes of the whole file.
   * @throws TypeError `ERR_INVALID_ARGUMENT` or RangeError `ERR_SHAPE` for an encoder, a network or options that don't
   *   fit each other; GlissadeError `ERR_CORRUPT_FILE`, `ERR_FILE`, or `ERR_BUSY` during a run of the model.
   */
  async appendTo(encoder: string | URL | Uint8Array, options: AppendOptions = {}): Promise<Uint8Array> {
    checkOptions('appendTo', options, ['output', 'probabilities']);
    const { output } = options;
    if (output !== undefined && typeof output !== 'string') throw invalid('output', 'the name of an output', output);
    graphProbabilities('appendTo', this, options);
    const bytes = await contentsOf('encoder', encoder);
    return appended(bytes, this.#contents(), output, graphProbabilities('appendTo', this, options));
  }

  #contents(): NetworkContents {
    this.#native.checkIdle();
    return {
      description: this.toJSON(),
      inputs: this.#blocks,
      nodes: this.#nodes,
      tensors: this.tensors,
      outputs: this.outputs,
      shapes: this.#native.shapes(),
    };
  }

  /** The architecture, from which `network.from` builds the network again. `JSON.stringify(model)` writes it. */
  toJSON(): NetworkDescription {
    return { inputs: shapeOf(this.#blocks), layers: this.layers, type: this.type };
  }

  /**
   * Writes the model to a file, which {@link loadModel} reads: architecture, parameters and checksums, in the
   * safetensors format. The new file is written beside `path`, synced and renamed: at any moment `path` is either the
   * old file or the new one, complete.
   *
   * The parameters are those at the time of the call, whatever training does before the promise resolves; during a run
   * of the model, those after a recent step. If you write to `parameters` yourself, wait for the promise first.
   *
   * @throws TypeError unless `path` is a path; GlissadeError `ERR_FILE` if the file system refuses; RangeError `ERR_OUT_OF_RANGE`
   *   for weights that `quantize` can't represent. An existing file is then unchanged.
   */
  async save(path: string | URL, options: SaveOptions = {}): Promise<void> {
    const place = checkPath('path', path);
    if (quantizationFor('save', options)) return saveChecked(place, this.#quantized());
    const isCopy = this.#isShared || this.#native.isTraining();
    const data = new ParameterData(bytesOf(isCopy ? this.#copy() : this.parameters));
    if (!isCopy) this.#saving.add(data);
    try {
      await saveChecked(place, { ...this.#file(), data });
    } finally {
      this.#saving.delete(data);
    }
  }

  /**
   * A handle for another thread of this process. After `postMessage`, `network.fromShared(handle)` makes the same model
   * there on the same memory. Nothing is copied: when one thread trains, the others predict with its parameters.
   *
   * Any of them may train, but one at a time: during a run of one, the others predict from its snapshot, and their
   * steps and runs are refused with `ERR_BUSY`. A prediction never sees half a step. Writing to `parameters` and `load`
   * are not coordinated.
   */
  share(): SharedModel {
    this.#native.share();
    this.#isShared = true;
    return { network: this.toJSON(), parameters: this.parameters, extras: extrasOf(this) };
  }

  /** The file that {@link save} writes, as bytes. */
  toBytes(options: SaveOptions = {}): Uint8Array {
    if (quantizationFor('toBytes', options)) return checkedBytes(this.#quantized());
    const copy = (_: number, into: Uint8Array) =>
      this.#native.readParameters(viewOf(into, this.type, 0, this.parameters.length));
    return checkedBytes({ ...this.#file(), data: { length: this.parameters.byteLength, copy } });
  }

  /**
   * Replaces the parameters by those of a file. A model of the same architecture wrote it, or it is a state dict of
   * PyTorch in the safetensors format, in float32, float64, float16 or bfloat16. Statistics of batchNorm are
   * parameters.
   *
   * @param from The path of a file, or its bytes.
   * @param options For a state dict: which tensor goes where, and their layout.
   * @throws RangeError `ERR_SHAPE` that names the first tensor that differs; TypeError `ERR_INVALID_ARGUMENT` that
   *   names tensors of a state dict that are missing or left over, and the likely `map`, which is also the error's
   *   property `map`; GlissadeError `ERR_CORRUPT_FILE`, `ERR_FILE`, or `ERR_BUSY` during a run of the model. Nothing
   *   has changed then.
   */
  async load(from: string | URL | Uint8Array, options: StateDictOptions = {}): Promise<void> {
    const { parameters, extras } = await readParameters(from, options, {
      description: this.toJSON(),
      type: this.type,
      inputs: this.#blocks,
      nodes: this.#nodes,
      shapes: this.#native.shapes(),
      tensors: this.#native.tensors(),
    });
    this.#native.checkIdle();
    restoreExtras(this, extras);
    beforeChange(this);
    this.parameters.set(parameters);
  }

  #file(): TensorFile {
    return modelFile(this.toJSON(), this.tensors, extrasOf(this));
  }

  #quantized(): TensorFile {
    return quantizedFile(this.#file(), this.#native.tensors(), this.#copy());
  }

  #copy(): FloatArray {
    const copy = floats(this.type, this.parameters.length);
    this.#native.readParameters(copy);
    return copy;
  }

  static {
    beforeChange = (model) => {
      for (const data of model.#saving) data.keep();
    };
    nativeNetwork = (model) => {
      if (!isObject(model) || !(#native in model)) throw invalid('model', 'a network', model);
      return model.#native;
    };
    takesArrays = (model) => model.#takesArrays;
    contentsOfNetwork = (model) => model.#contents();
  }
}
