import { adamw, dense, network, schedules } from 'glissade';

export const batchSize = 64;

/**
 * The network of the demo, and its training options.
 *
 * @param {import('glissade').Dataset} train
 * @param {import('glissade').Dataset} held
 * @param {{ epochs: number, seed: number }} options
 */
export function digitReader(train, held, { epochs, seed }) {
  const model = network({ inputs: train.columns, layers: [dense(128, { activation: 'relu' }), dense(10)], seed });
  const optimizer = adamw({
    learningRate: schedules.cosine({ from: 0.01, steps: epochs * Math.ceil(train.rows / batchSize) }),
    weightDecay: 0.1,
  });
  /** @type {import('glissade').FitOptions} */
  const options = {
    loss: 'crossEntropy',
    optimizer,
    batchSize,
    epochs,
    validation: held,
    metrics: ['accuracy'],
    seed,
  };
  return { model, options };
}
