// Prints the million words per second of processor time from strings to a trained linear model of two classes, and the
// accuracy on 5,000 further texts.
import { Dataset, hashTexts, linear, schedules, sgd } from 'glissade';
import { texts } from './texts_of.mjs';

const [epochs, columns] = [5, 2 ** 18];
const { list, labels, words } = texts();
const seconds = ({ user, system }) => (user + system) / 1e6;
const times = [];
let model;
for (let trial = 0; trial < 7; ++trial) {
  const begin = process.cpuUsage();
  const data = new Dataset({ inputs: hashTexts(list, { columns }), targets: labels });
  const learningRate = schedules.linear({ from: 2, to: 0, steps: epochs * list.length });
  const options = { loss: 'logistic', optimizer: sgd({ learningRate }), batchSize: 1, epochs, seed: trial };
  model = linear({ inputs: data, outputs: 1 });
  await model.fit(data, options);
  times.push(seconds(process.cpuUsage(begin)));
}
const held = texts(list.length, 5000);
const test = new Dataset({ inputs: hashTexts(held.list, { columns }), targets: held.labels });
const { accuracy } = model.evaluate(test, { loss: 'logistic', metrics: ['accuracy'] });
console.error(`accuracy ${accuracy}`);
console.log(words / times.sort((a, b) => a - b)[3] / 1e6);
