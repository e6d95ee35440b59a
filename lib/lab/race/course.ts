import { type Dataset, type Network, type Rule, Trainer } from '../../index.js';
import { norm } from '../vectors.js';
import type { RaceTask } from './task.js';

/** Measurements of a network after some of its steps. */
export interface Measurement {
  readonly step: number;
  /** Time in training alone. */
  readonly seconds: number;
  /** Mean over a sample of the training examples. */
  readonly loss: number;
  /** ‖∇R‖ over the same sample. */
  readonly gradientNorm: number;
  /** On the examples held out. */
  readonly score: number;
}

/** The data and metrics for measuring a network. */
export interface Measures extends Pick<RaceTask, 'heldOut' | 'loss' | 'score'> {
  readonly sample: Dataset;
}

/** The training of one network by one rule. */
export class Course {
  readonly model: Network;
  /** From the start on. After divergence, loss and norm are infinite and the score is NaN. */
  readonly measurements: Measurement[] = [];
  readonly #trainer: Trainer;
  readonly #measures: Measures;

  constructor(model: Network, optimizer: Rule, seed: number, measures: Measures) {
    this.model = model;
    this.#trainer = new Trainer(model, { loss: measures.loss, optimizer, seed });
    this.#measures = measures;
    this.#measure(0, 0);
  }

  /** Whether its numbers have overflowed. It is then not trained further. */
  get isDiverged(): boolean {
    return this.measurements.at(-1)!.loss === Infinity;
  }

  /** Trains on the minibatches of these rows, in their order, and measures. */
  async advance(rows: Dataset, batchSize: number): Promise<void> {
    if (this.isDiverged) return;
    const { seconds } = this.measurements.at(-1)!;
    try {
      const { steps, epochs } = await this.#trainer.fit(rows, { batchSize, shuffle: false });
      this.#measure(steps, seconds + epochs[0]!.seconds);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_NON_FINITE') throw error;
      this.measurements.push({
        step: this.#trainer.steps,
        seconds,
        loss: Infinity,
        gradientNorm: Infinity,
        score: Number.NaN,
      });
    }
  }

  dispose(): void {
    this.#trainer.dispose();
  }

  #measure(step: number, seconds: number): void {
    const { sample, heldOut, loss, score } = this.#measures;
    const { loss: mean, gradient } = this.model.gradient(sample, { loss });
    const scores = this.model.evaluate(heldOut, { loss, metrics: [score] });
    this.measurements.push({ step, seconds, loss: mean, gradientNorm: norm(gradient), score: scores[score]! });
  }
}
