// node forked.cjs <addon of forked.c>: forks this process without glissade, then many times during and after two runs.
// Prints how the children have ended in each way: without glissade, then beside it. It is CommonJS, because
// a forked child of a program of ES modules dies in Node's exit() without glissade too, and with Node 26 of any
// program.
const { setTimeout: sleep } = require('node:timers/promises');
const forked = require(process.argv[2]);

const ways = [0, 1, 2, 3];
const alone = ways.map((how) => [forked(how)]);

const { adam, Dataset, dense, network } = require('glissade');
const columns = 50;
const inputs = Float32Array.from({ length: 320 * columns }, (_, i) => Math.sin(i));
const data = new Dataset({ inputs, columns, targets: Array.from({ length: 320 }, (_, i) => i % 5) });
const start = () =>
  network({ inputs: columns, layers: [dense(40, { activation: 'relu' }), dense(5)] }).fit(data, {
    loss: 'crossEntropy',
    optimizer: adam(),
    batchSize: 16,
    epochs: 1e6,
  });

(async () => {
  const found = ways.map(() => new Set());
  const forkInAllWays = () => {
    for (const how of ways) found[how].add(forked(how));
  };
  const runs = [start(), start()];
  for (let i = 0; i < 20; ++i) {
    await sleep(i % 3);
    forkInAllWays();
  }
  for (const run of runs) run.stop();
  await Promise.all(runs);
  forkInAllWays();
  console.log(JSON.stringify([alone, found.map((statuses) => [...statuses])]));
})();
