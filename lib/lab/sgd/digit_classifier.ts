import { Dataset, dense, type Network, network, type Random, sgd, Trainer } from '../../index.js';
import { digitPixels, digits } from '../data.js';

/** Handwritten digits for a small classifier: examples to train on, and others to test with. */
export interface DigitTask {
  /** Sorted by digit, with equally many examples of each. */
  readonly training: Dataset;
  /** Other examples, in a dataset for each digit. */
  readonly heldOut: readonly Dataset[];
  dispose(): void;
}

export const loss = 'crossEntropy';

/** Draws `perDigit` training examples of each digit, and `heldOutPerDigit` others. */
export async function digitTask(perDigit: number, heldOutPerDigit: number, random: Random): Promise<DigitTask> {
  const { images, labels } = await digits();
  const all = new Dataset({ inputs: images, columns: digitPixels, targets: labels, scale: 1 / 255 });
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const first = labels.indexOf(digit);
    const count = labels.lastIndexOf(digit) + 1 - first;
    return Array.from(random.permutation(count), (i) => first + i);
  });
  const training = all.select(rows.flatMap((list) => list.slice(0, perDigit)));
  const heldOut = rows.map((list) => all.select(list.slice(perDigit, perDigit + heldOutPerDigit)));
  all.dispose();
  return {
    training,
    heldOut,
    dispose() {
      for (const data of [training, ...heldOut]) data.dispose();
    },
  };
}

export function digitTrainer(hidden: number, learningRate: number, seed: number): Trainer {
  const layers = [dense(hidden, { activation: 'relu' }), dense(10)];
  const model: Network = network({ inputs: digitPixels, layers, seed });
  return new Trainer(model, { loss, optimizer: sgd({ learningRate }) });
}

/**
 * Trains a network on rows in their order, minibatch after minibatch.
 *
 * @returns The seconds that the steps took.
 */
export async function show(trainer: Trainer, data: Dataset, rows: Uint32Array, batchSize: number): Promise<number> {
  using stretch = data.select(rows);
  const { epochs } = await trainer.fit(stretch, { batchSize, shuffle: false });
  return epochs[0]!.seconds;
}
