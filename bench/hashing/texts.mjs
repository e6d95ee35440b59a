// Prints the million words per second from strings to a trained linear model of two classes.
import { Dataset, hashTexts, linear, schedules, sgd } from 'glissade';
import { texts } from './texts_of.mjs';

const [epochs, columns] = [5, 2 ** 18];
const { list, labels, words } = texts();
const times = [];
for (let trial = 0; trial < 7; ++trial) {
  const begin = performance.now();
  const data = new Dataset({ inputs: hashTexts(list, { columns }), targets: labels });
  const learningRate = schedules.linear({ from: 1, to: 0, steps: epochs * list.length });
  const options = { loss: 'logistic', optimizer: sgd({ learningRate }), batchSize: 1, epochs, seed: trial };
  await linear({ inputs: data, outputs: 1 }).fit(data, options);
  times.push((performance.now() - begin) / 1000);
}
console.log(words / times.sort((a, b) => a - b)[3] / 1e6);
