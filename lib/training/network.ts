import { checkOptions } from '../checks/options.js';
import type { Dataset } from '../data/dataset.js';
import { Model, type NetworkOptions } from '../models/model.js';
import { type Run, type RunOptions, runOptions } from './run.js';
import { type TrainerOptions, Training, trainerOptions } from './training.js';

/**
 * Options of {@link Network.fit}. With `average`, or a rule such as `scheduleFree`, validation and `predict` use the
 * evaluation point, and at the end the model's parameters are that point.
 */
export interface FitOptions extends TrainerOptions, RunOptions {}

/** A network that can be trained, as {@link network} makes it. */
export class Network extends Model {
  /**
   * Trains on `data` in the background, and returns the run at once. The rule's state starts anew; a {@link Trainer}
   * keeps it from run to run.
   *
   * @throws TypeError, RangeError for options or data that don't fit; GlissadeError `ERR_BUSY` during another run of
   *   the model. The run itself rejects with `ERR_NON_FINITE` if the loss, a gradient or the parameters cease to be
   *   finite; the parameters are then as after the last step that succeeded.
   */
  fit(data: Dataset, options: FitOptions): Run {
    checkOptions('fit', options, [...trainerOptions, ...runOptions]);
    const training = new Training(this, pick(options, trainerOptions), { mayResume: false });
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
