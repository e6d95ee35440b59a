import { type Dataset, dense, type Network, network, Random, type Rule, type schedules } from '../../index.js';
import { Course } from './course.js';
import type { RaceSettings } from './settings.js';
import type { RaceTask } from './task.js';

/** The largest number of examples on which loss and gradient are measured. */
const mostSampled = 1000;

/** The setting of a race: the examples, in the order of each network, and the initial networks. */
export class Grounds {
  readonly task: RaceTask;
  /** The number of measurements in the whole race, without the one at the start. */
  readonly measurements: number;
  /** The steps that schedules span. */
  readonly span: schedules.ClosedOptions;
  readonly #settings: RaceSettings;
  readonly #sample: Dataset;
  readonly #batchSize: number;

  constructor(task: RaceTask, settings: RaceSettings) {
    const { rows } = task.training;
    this.task = task;
    this.#settings = settings;
    this.#sample = task.training.select(Uint32Array.from({ length: Math.min(rows, mostSampled) }, (_, i) => i));
    this.#batchSize = Math.min(settings.batchSize, rows);
    const stepsPerEpoch = Math.ceil(rows / this.#batchSize);
    this.span = { steps: settings.passes * stepsPerEpoch, stepsPerEpoch };
    this.measurements = settings.passes * Math.min(settings.measurements, stepsPerEpoch);
  }

  /** A network before its first step. One seed gives the same initial weights. */
  network(seed: number): Network {
    const { hidden } = this.#settings;
    const { training, outputs } = this.task;
    const layers = [...(hidden > 0 ? [dense(hidden, { activation: 'relu' })] : []), dense(outputs)];
    return network({ inputs: training.columns, layers, seed });
  }

  course(rule: Rule, seed: number): Course {
    return new Course(this.network(seed), rule, seed, { ...this.task, sample: this.#sample });
  }

  /** The mean loss of a network over the sample. */
  lossOf(model: Network): number {
    return model.evaluate(this.#sample, { loss: this.task.loss }).loss;
  }

  /** Trains courses of one seed to the next measurement, all on the same minibatches. */
  async advance(courses: readonly Course[], measurement: number, seed: number): Promise<void> {
    const { stepsPerEpoch, steps } = this.span;
    const stepAt = (k: number) => Math.round((k * steps) / this.measurements);
    const pass = Math.floor(stepAt(measurement) / stepsPerEpoch);
    const rowAt = (k: number) => (stepAt(k) - pass * stepsPerEpoch) * this.#batchSize;
    const { rows } = this.task.training;
    const order = new Random(seed + 7919 * pass).permutation(rows);
    const part = this.task.training.select(order.subarray(rowAt(measurement), Math.min(rows, rowAt(measurement + 1))));
    try {
      for (const course of courses) await course.advance(part, this.#batchSize);
    } finally {
      part.dispose();
    }
  }

  dispose(): void {
    for (const data of [this.#sample, this.task.training, this.task.heldOut]) data.dispose();
  }
}
