import { existsSync, readFileSync } from 'node:fs';
import { definingPeakMemory, outputOf } from '../support/child';

const MB = 2 ** 20;

/** Growth of a process's peak memory by data, model and run, in bytes. */
async function growth(precision: string): Promise<number> {
  const printed = await outputOf(`
    ${definingPeakMemory}
    import { adam, Dataset, dense, float32, network } from 'glissade';
    const before = peakMemory();
    const inputs = float32(1024 * 1024).fill(0.5); // used in place
    const data = new Dataset({ inputs, targets: new Uint8Array(1024), columns: 1024 });
    const model = network({ inputs: 1024, layers: [dense(2048, { activation: 'relu' }), dense(2048, { activation: 'relu' }), dense(1000)] });
    const run = model.fit(data, { loss: 'crossEntropy', optimizer: adam(), batchSize: 256, epochs: 1, precision: '${precision}' });
    await run;
    console.log(peakMemory() - before);
  `);
  return Number(printed);
}

describe('the peak of memory in a run', () => {
  const parameters = 4 * (1024 * 2048 + 2048 + 2048 * 2048 + 2048 + 2048 * 1000 + 1000);
  const state = 2 * parameters;
  const dataset = 4 * 1024 * 1024 + 1024;
  const rest = (process.env.GLISSADE_WASM ? 96 : 64) * MB; // Node compiles WebAssembly while it runs
  const most = dataset + 2 * (parameters + state) + rest;

  test.each(['full', 'bfloat16'])(
    'is at most data + 2 · (parameters + state) + 64 MB, in precision %s',
    async (precision) => {
      const grown = await growth(precision);
      expect(grown).toBeGreaterThan(dataset + parameters + state);
      expect(grown).toBeLessThan(most);
    },
  );
});

const policy = '/sys/kernel/mm/transparent_hugepage/enabled';
const hasLargePages =
  !process.env.GLISSADE_WASM && existsSync(policy) && !readFileSync(policy, 'utf8').includes('[never]');

(hasLargePages ? test : test.skip)('trains large tables in large pages (where Linux gives them)', async () => {
  const printed = await outputOf(`
    import fs from 'node:fs';
    import { adam, Dataset, linear, sparse } from 'glissade';
    const largePages = () => 1024 * Number(/AnonHugePages: *(\\d+) kB/.exec(fs.readFileSync('/proc/self/smaps_rollup', 'utf8'))[1]);
    const columns = 2 ** 22;
    const rows = Array.from({ length: 4096 }, (_, i) => [(i * 1023) % columns]);
    const data = new Dataset({ inputs: sparse({ columns, rows }), targets: rows.map(() => 1) });
    const before = largePages();
    const model = linear({ inputs: { sparse: columns } });
    const run = model.fit(data, { loss: 'squared', optimizer: adam(), batchSize: 64, epochs: 1_000_000 });
    const grown = () => largePages() - before;
    while (grown() < 2 * 4 * columns && run.progress.steps < 100_000) await new Promise((resolve) => setTimeout(resolve, 20));
    console.log(grown());
    run.stop();
    await run;
  `);
  expect(Number(printed)).toBeGreaterThanOrEqual(2 * 4 * 2 ** 22); // of parameters and two states, at least two
});
