// Full, sampled and hierarchical softmax on made tables of many classes: seconds of one thread to train, and the log loss
// and accuracy of held-out rows. Arguments: numbers of classes; by default 200, 1000 and 10000.
import { adamw, configure, Dataset, dense, hierarchicalSoftmax, network, sampledSoftmax, schedules } from 'glissade';

configure({ threads: 1, priority: 'normal' });
const columns = 20;
const hidden = () => dense(128, { activation: 'silu' });
/** Rows and epochs by the number of classes. */
const sizes = { 200: [20_000, 8], 1000: [40_000, 8], 10000: [60_000, 4] };

/** Classes with frequencies like those of words, in groups of similar ones: normal around a centre each. */
function made(classes, rows) {
  let state = 7;
  const uniform = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const around = (centre, deviation) => centre.map((x) => x + deviation * normal());
  const zeros = new Array(columns).fill(0);
  const groups = Array.from({ length: Math.ceil(Math.sqrt(classes)) }, () => around(zeros, 1.5));
  const centres = Array.from({ length: classes }, () => around(groups[Math.floor(uniform() * groups.length)], 0.8));
  const sums = [];
  for (let c = 0; c < classes; ++c) sums.push((sums[c - 1] ?? 0) + 1 / (c + 2));
  const targets = Float32Array.from({ length: rows }, () => {
    const place = uniform() * sums[classes - 1];
    return sums.findIndex((sum) => sum > place);
  });
  const inputs = Float32Array.from([...targets].flatMap((c) => around(centres[c], 0.7)));
  return { inputs, targets, columns };
}

const kinds = {
  full: (classes) => dense(classes),
  hierarchical: (classes, frequencies) => hierarchicalSoftmax(classes, { frequencies }),
  'sampled, 64': (classes, frequencies) => sampledSoftmax(classes, { frequencies, count: 64 }),
  'sampled, 256': (classes, frequencies) => sampledSoftmax(classes, { frequencies, count: 256 }),
  'sampled, 1024': (classes, frequencies) => sampledSoftmax(classes, { frequencies, count: 1024 }),
};

console.log('classes  softmax          epochs  seconds  log loss  accuracy');
const asked = process.argv.slice(2).map(Number);
for (const classes of asked.length > 0 ? asked : [200, 1000, 10_000]) {
  const [rows, epochs] = sizes[classes] ?? [40_000, 8];
  const table = made(classes, rows);
  const [training, held] = new Dataset(table).split({ validation: 0.2, seed: 1 });
  const frequencies = new Array(classes).fill(1);
  for (const target of table.targets) ++frequencies[target];
  for (const [kind, make] of Object.entries(kinds))
    for (const times of kind === 'full' ? [1] : [1, 4]) {
      if (Number(kind.split(', ')[1] ?? 0) >= classes) continue;
      const layers = [hidden(), hidden(), make(classes, frequencies)];
      const model = network({ inputs: columns, layers, seed: 1 });
      const optimizer = adamw({ learningRate: schedules.cosine({ from: 3e-3, to: 0 }) });
      const before = process.cpuUsage();
      await model.fit(training, { loss: 'crossEntropy', optimizer, batchSize: 128, epochs: times * epochs, seed: 1 });
      const seconds = process.cpuUsage(before).user / 1e6;
      const { loss, accuracy } = model.evaluate(held, { loss: 'crossEntropy', metrics: ['accuracy'] });
      const numbers = [times * epochs, seconds.toFixed(1), loss.toFixed(3), accuracy.toFixed(3)];
      const widths = [6, 9, 10, 10];
      const text = numbers.map((number, i) => String(number).padStart(widths[i])).join('');
      console.log(`${String(classes).padEnd(9)}${kind.padEnd(17)}${text}`);
    }
}
