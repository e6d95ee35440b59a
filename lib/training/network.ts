import type { FloatArray } from '../addon/index.js';
import { internal } from '../checks/internal.js';
import { isPlainObject } from '../checks/kinds.js';
import { checkOptions, orDefault } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import type { Dataset } from '../data/dataset.js';
import { isOutOfMemory } from '../errors.js';
import { hasChecksums, readChecked, readHeader } from '../formats/checked.js';
import { withSource } from '../formats/files.js';
import { corrupt, type Header } from '../formats/safetensors.js';
import type { MetricLike } from '../metrics/metric.js';
import type { ScoresOf } from '../metrics/scores.js';
import { extrasOf, restoreExtras } from '../models/extras.js';
import { firstDifference, type NetworkDescription, notAModel, readModelHeader } from '../models/files.js';
import { headerWithoutChecksums } from '../models/load.js';
import { Model, nativeNetwork, slabOf } from '../models/model.js';
import type { NetworkOptions } from '../models/options.js';
import { type Reading, readingInto } from '../models/quantization.js';
import { checkSlab, type SharedModel } from '../models/shared.js';
import type { Run } from './run.js';
import { type RunOptions, runOptions } from './run_options.js';
import { type TrainerOptions, Training, trainingOptions } from './training.js';

/**
 * Options of {@link Network.fit}. With `average`, or a rule such as `scheduleFree`, validation and `predict` use the
 * evaluation point, and at the end the model's parameters are that point.
 */
export interface FitOptions<M extends readonly MetricLike[] = readonly MetricLike[]>
  extends Omit<TrainerOptions<M>, 'queue'>,
    RunOptions<ScoresOf<M>> {}

/** A network that can be trained, as {@link network} makes it. */
export class Network extends Model {
  /**
   * Trains on `data` in the background, and returns the run at once. The rule's state starts anew; a {@link Trainer}
   * keeps it between runs.
   *
   * @throws TypeError, RangeError for options or data that don't fit; GlissadeError `ERR_BUSY` during another run of
   *   the model. The run itself rejects with `ERR_NON_FINITE` if the loss, a gradient or the parameters cease to be
   *   finite; the parameters are then as after the last step that succeeded.
   */
  fit<const M extends readonly MetricLike[] = readonly []>(data: Dataset, options: FitOptions<M>): Run<ScoresOf<M>> {
    checkOptions('fit', options, [...trainingOptions, ...runOptions]);
    const training = new Training(this, pick(options, trainingOptions), { mayResume: false, twinOf });
    try {
      return training.start(data, pick(options, runOptions), () => training.dispose());
    } catch (error) {
      training.dispose();
      throw error;
    }
  }
}

/** A copy of a model, whose parameters `fill` writes. @internal */
export function twinOf(model: Model, fill: (parameters: FloatArray) => void): Network {
  const twin = new Network(model.toJSON(), internal, (native, type) => {
    const slab = slabOf(native, type);
    fill(slab);
    return slab;
  });
  restoreExtras(twin, extrasOf(model));
  return twin;
}

function pick<T extends object, K extends keyof T>(object: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, object[name]])) as Pick<T, K>;
}

/**
 * Makes a feed-forward network with initial weights.
 *
 * @example
 * const model = network({ inputs: 784, layers: [dense(128, { activation: 'relu' }), dense(10)], seed: 7 });
 *
 * @throws TypeError, RangeError for options that don't fit, and for layers that don't fit each other.
 */
export function network(options: NetworkOptions): Network {
  return new Network(options);
}

/**
 * Makes a network of the architecture that `toJSON` of another one returned. Its initial weights are new, drawn by the
 * seed of the description or 0.
 *
 * @example
 * const twin = network.from(JSON.parse(JSON.stringify(model)));
 *
 * @throws The errors of {@link network}.
 */
network.from = (description: NetworkDescription & { readonly seed?: number | undefined }): Network =>
  new Network(description);

/**
 * Makes a model on the memory of another one, which may belong to another thread of this process.
 *
 * @example
 * worker.postMessage(model.share());
 * // in the worker:
 * parentPort.once('message', (handle) => serve(network.fromShared(handle)));
 *
 * @param handle What `share()` of a model returned.
 * @throws TypeError, RangeError unless `handle` is what `share()` returns.
 */
network.fromShared = (handle: SharedModel): Network => {
  checkOptions('fromShared', handle, ['network', 'parameters', 'extras']);
  const { network, parameters, extras } = handle;
  const kept = orDefault(extras, {});
  if (!isPlainObject(kept)) throw invalid('extras', 'a plain object', kept);
  if (!isPlainObject(network)) throw invalid('network', 'the architecture of a network', network);
  const model = new Network(network, internal, (native, type) => checkSlab(parameters, native, type));
  restoreExtras(model, kept);
  model.share();
  return model;
};

/**
 * Reads a model that {@link Network.save} wrote, or {@link Network.toBytes} returned.
 *
 * @param from The path of a file, or its bytes.
 * @throws TypeError unless it is one of these; GlissadeError `ERR_FILE` if the file system refuses, `ERR_CORRUPT_FILE` if
 *   the file is damaged, cut off, or not that of a model.
 */
export function loadModel(from: string | URL | Uint8Array): Promise<Network> {
  return withSource('from', from, async (source) => {
    const header = await readHeader(source);
    if (!hasChecksums(header)) throw notAModel(headerWithoutChecksums(header, source.size));
    const read = await readChecked(source, header, modelFrom);
    read.finish();
    restoreExtras(read.model, read.extras);
    return read.model;
  });
}

/** A model for the header of a file, and the memory for its parameters. No more is allocated than the file has data. */
function modelFrom(header: Header): Reading & { model: Network; extras: Record<string, unknown> } {
  const { network, extras } = readModelHeader(header);
  let isChecked = false; // whether the file has the network's parameters: further errors are not its fault
  try {
    const model = new Network(network, internal, (native, type) => {
      const difference = firstDifference(native.tensors(), type, header);
      if (difference !== undefined) throw corrupt(difference);
      isChecked = true;
      return slabOf(native, type);
    });
    return { ...readingInto(model.parameters, nativeNetwork(model).tensors(), header), model, extras };
  } catch (error) {
    throw isChecked || isOutOfMemory(error) ? error : corrupt((error as Error).message);
  }
}
