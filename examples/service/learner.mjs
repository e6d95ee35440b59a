import fs from 'node:fs';
import path from 'node:path';
import { adamw, dense, network, newestCheckpoint, schedules, Trainer } from 'glissade';
import { archive, classes, pixels, scale } from './data.mjs';
import { Journal } from './journal.mjs';

const keep = 3; // checkpoints

/**
 * A trainer with its state in a folder, and a background run over the archive. The newest file of the folder counts:
 * the last checkpoint of the run, or the one saved after the run.
 */
export class Learner {
  #trainer;
  #journal;
  #saved;
  /** Steps of the last files, oldest first. */
  #kept = /** @type {number[]} */ ([]);
  /** Steps at the start, and how many of them were repeated from the journal. */
  begun = { steps: 0, fromJournal: 0 };
  #waiting = 0;
  #learned = 0;
  /** @type {import('glissade').Run | undefined} */
  #run;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {string} folder
   * @param {{ epochs: number, seconds: number, queue: number }} options Epochs of the run, 0 for none; seconds between
   *   checkpoints; the number of examples that can wait for their turn.
   */
  static async open(folder, { epochs, seconds, queue }) {
    fs.mkdirSync(folder, { recursive: true });
    const [checkpoints, saved] = [path.join(folder, 'checkpoints'), path.join(folder, 'trainer.safetensors')];
    const newest = await newestCheckpoint(checkpoints);
    const files = [newest, fs.existsSync(saved) ? saved : undefined].filter((file) => file !== undefined);
    const trainers = await Promise.all(files.map((file) => Trainer.resume(file)));
    const trainer = trainers.sort((a, b) => b.steps - a.steps)[0] ?? newTrainer(queue);
    const learner = new Learner(trainer, new Journal(folder), saved);
    if (epochs === 0) trainer.abandon();
    await learner.#replay();
    // A run is started once, and finished if it was interrupted.
    if (epochs > 0 && (trainer.interrupted || !newest)) learner.#train(epochs, { folder: checkpoints, seconds });
    else learner.#saveEvery(seconds);
    return learner;
  }

  /** @private */
  constructor(/** @type {Trainer<any>} */ trainer, /** @type {Journal} */ journal, /** @type {string} */ saved) {
    this.#trainer = trainer;
    this.#journal = journal;
    this.#saved = saved;
  }

  /** Takes a step on an example, between two steps of the run. Then the example is in the journal. */
  async learn(/** @type {number[]} */ features, /** @type {number} */ target) {
    this.#waiting += 1;
    try {
      const { steps, loss } = await this.#trainer.stepAsync(features, [target], { scale });
      this.#learned += 1;
      this.#write({ steps, features, target });
      return { steps, loss };
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Throws an error that says what was done: the step can't be undone. */
  #write(/** @type {import('./journal.mjs').Learned} */ learned) {
    try {
      this.#journal.append(learned);
    } catch (cause) {
      const message = `the example was learned at step ${learned.steps}, but the journal can't be written: a kill would lose it. Don't send it again`;
      throw Object.assign(new Error(message, { cause }), { code: 'NOT_IN_JOURNAL' });
    }
  }

  /** The class of an example, and the probability of each class, by the parameters of a recent step. */
  predict(/** @type {number[]} */ features) {
    const probabilities = Array.from(this.#trainer.model.predictProbabilities(features, { scale }));
    return { class: probabilities.indexOf(Math.max(...probabilities)), probabilities };
  }

  status() {
    const { steps, learningRate } = this.#trainer;
    const { epoch, epochs } = this.#run?.progress ?? {};
    const checkpoint = this.#kept.at(-1);
    return { steps, learningRate, learned: this.#learned, waiting: this.#waiting, epoch, epochs, checkpoint };
  }

  /** Ends the run and saves. Call it once all examples are answered. */
  async close() {
    clearInterval(this.#timer);
    if (!this.#run) return this.#save();
    this.#run.stop(); // which writes a checkpoint
    await this.#run;
  }

  async #replay() {
    const again = await this.#journal.resume(this.#trainer.steps);
    for (const { features, target } of again) this.#trainer.step(features, [target], { scale });
    this.#learned = again.length;
    this.begun = { steps: this.#trainer.steps, fromJournal: again.length };
  }

  /**
   * @param {number} epochs
   * @param {{ folder: string, seconds: number }} checkpoints
   */
  async #train(epochs, { folder, seconds }) {
    /** @param {import('glissade').WrittenCheckpoint} written */
    const onWritten = ({ steps }) => this.#onSaved(steps);
    try {
      this.#run = this.#trainer.fit(archive(), {
        batchSize: 64,
        epochs: this.#trainer.interrupted?.epochs ?? epochs,
        checkpoint: { folder, everySeconds: seconds, keep, onWritten },
      });
      const { status } = await this.#run;
      if (status === 'stopped') return;
    } catch (error) {
      console.error('the run has ended:', error); // learning from requests continues
    }
    this.#run = undefined;
    this.#saveEvery(seconds);
  }

  #saveEvery(/** @type {number} */ seconds) {
    this.#timer = setInterval(() => this.#save().catch(console.error), 1000 * seconds).unref();
  }

  async #save() {
    const { steps } = this.#trainer;
    if (steps === this.#kept.at(-1)) return;
    await this.#trainer.save(this.#saved);
    this.#onSaved(steps);
  }

  #onSaved(/** @type {number} */ steps) {
    this.#kept = [...this.#kept, steps].slice(-keep);
    if (this.#kept.length === keep) this.#journal.forget(this.#kept[0]);
  }
}

/** The network of the demo, 784-128-10. Its learning rate decays forever. */
export function newTrainer(/** @type {number} */ queue) {
  const model = network({ inputs: pixels, layers: [dense(128, { activation: 'relu' }), dense(classes)], seed: 1 });
  const learningRate = schedules.inverseTime({ from: 3e-3, decay: 1e-3, alpha: 0.6 });
  return new Trainer(model, { loss: 'crossEntropy', optimizer: adamw({ learningRate }), seed: 1, queue });
}
