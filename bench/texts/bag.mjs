// Trains the model of fastText's supervised mode: a vector for each hashed word, and a layer of classes. Prints the JSON of
// fast_text.py; the time is that from strings to the trained network. Arguments: file of prepare.mjs, options as JSON, number of
// the split from 1. Options: rate, epochs, words, columns, width.
import { Dataset, dense, hashTexts, network, schedules, sgd } from 'glissade';
import { accuracyOf, processorSeconds, splitOf } from './split.mjs';

const [file, json, number] = process.argv.slice(2);
const { rate, epochs, words, columns, width } = JSON.parse(json);
const { training, held } = splitOf(file, Number(number));
const labels = [...new Set(training.map(({ label }) => label))].sort();
const [texts, unseen] = [training, held].map((rows) => rows.map(({ text }) => text));
const count = texts.reduce((sum, text) => sum + text.split(' ').length, 0);
const batchSize = 16;

const begin = processorSeconds();
const inputs = hashTexts(texts, { columns, ngrams: words });
const targets = Uint8Array.from(training, ({ label }) => labels.indexOf(label));
const data = new Dataset({ inputs, targets });
const layers = [dense(width, { bias: false }), dense(labels.length, { initializer: 'zeros' })];
const bag = network({ inputs: data, layers, seed: Number(number) });
const steps = Math.ceil(texts.length / batchSize) * epochs;
const optimizer = sgd({ learningRate: schedules.linear({ from: rate, to: 0, steps }) });
await bag.fit(data, { loss: 'crossEntropy', optimizer, batchSize, epochs, seed: Number(number) });
const seconds = processorSeconds() - begin;

const classes = bag.predictClasses(hashTexts(unseen, { columns, ngrams: words }));
const predicted = Array.from(classes, (k) => labels[k]);
console.log(JSON.stringify({ score: accuracyOf(predicted, held), seconds, rate: (count * epochs) / seconds / 1e6 }));
