import { checkOptions } from '../checks/options.js';
import type { Dataset } from '../data/dataset.js';
import { Model, type NetworkOptions } from '../models/model.js';
import { type Run, type RunOptions, runOptions } from './run.js';
import { type TrainerOptions, Training, trainerOptions } from './training.js';

/**
 * With `average`, or a rule such as `scheduleFree`, validation, `predict` and the parameters in the end are those that the model
 * is to be evaluated with.
 */
export interface FitOptions extends TrainerOptions, RunOptions {}

/** Layers with their parameters, as {@link network} makes it. */
export class Network extends Model {
  /**
   * Trains on `data` in the background, and returns the run at once. The rule's state begins anew: a {@link Trainer} keeps it from
   * run to run.
   *
   * @throws TypeError, RangeError for options or data that do not fit; GlissadeError `ERR_BUSY` while another run is under
   *   way. The run itself rejects with `ERR_NON_FINITE` where the loss or a gradient stops being finite; the parameters are
   *   then as after the last step before.
   */
  fit(data: Dataset, options: FitOptions): Run {
    checkOptions('fit', options, [...trainerOptions, ...runOptions]);
    const training = new Training(this, pick(options, trainerOptions), { goesOn: false });
    try {
      return training.start(data, pick(options, runOptions), () => training.dispose());
    } catch (error) {
      training.dispose();
      throw error;
    }
  }
}

function pick<T extends object, K extends keyof T>(object: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, object[name]])) as Pick<T, K>;
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
