// Logistic regression, one example at a time, on the examples of a folder (logistic_examples.mjs). Prints JSON:
// examples per second of the whole fit, and the final log loss over all examples. Arguments: folder, columns,
// dense|sparse, learning rate, epochs, order|shuffled and, for threads that don't wait for each other, hogwild.
import { Dataset, dense, linear, network, sgd, sparse } from 'glissade';
import { load } from './files.mjs';

const [folder, width, kind, rate, epochText, order, parallel] = process.argv.slice(2);
const columns = Number(width);
const epochs = Number(epochText);
const targets = load(folder, 'targets', Uint8Array);

const [model, data] = {
  dense: () => [
    network({ inputs: columns, layers: [dense(1, { initializer: 'zeros' })] }),
    new Dataset({ inputs: load(folder, 'inputs', Float32Array), columns, targets }),
  ],
  sparse: () => {
    const offsets = load(folder, 'offsets', Float64Array);
    const indices = load(folder, 'indices', Uint32Array);
    const values = load(folder, 'values', Float32Array);
    return [
      linear({ inputs: { sparse: columns }, outputs: 1 }),
      new Dataset({ inputs: sparse({ columns, offsets, indices, values }), targets }),
    ];
  },
}[kind]();

const begin = performance.now();
await model.fit(data, {
  loss: 'logistic',
  optimizer: sgd({ learningRate: Number(rate) }),
  batchSize: 1,
  epochs,
  shuffle: order === 'shuffled',
  seed: 1,
  ...(parallel ? { parallel } : {}),
});
const seconds = (performance.now() - begin) / 1e3;
const { loss } = model.evaluate(data, { loss: 'logistic' });
console.log(JSON.stringify({ rate: (data.rows * epochs) / seconds, loss }));
