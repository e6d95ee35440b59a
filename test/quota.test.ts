import { runtime } from '../lib/runtime';
import { outputOf } from './support/child';
import { quotaGroup } from './support/control_group';

const trial = quotaGroup(1);
trial?.remove();
const describeInGroups = (name: string, tests: () => void): void =>
  trial ? describe(name, tests) : describe.skip(`${name} (this process may not make control groups)`, tests);

/** The output of a process in a control group. It joins the group before it loads the package. */
async function outputIn(processors: number, source: string, env = {}) {
  const group = quotaGroup(processors)!;
  try {
    const begin = `
      import fs from 'node:fs';
      fs.writeFileSync(${JSON.stringify(group.procs)}, String(process.pid));
      const statistics = () => fs.readFileSync(${JSON.stringify(group.stat)}, 'utf8');`;
    const unset = { GLISSADE_THREADS: undefined, OMP_NUM_THREADS: undefined, GLISSADE_PRIORITY: undefined };
    return JSON.parse(await outputOf(`${begin}\n${source}`, { env: { ...unset, ...env } }));
  } finally {
    group.remove();
  }
}

const show = `const { runtime } = await import('glissade'); console.log(JSON.stringify(runtime()));`;

describeInGroups('a process with a quota of processors', () => {
  test.each([0.5, 1, 1.5, 2, 100])('of %p gives one thread per whole processor, and at least one', async (quota) => {
    const { processors, processorQuota: around = Infinity } = runtime();
    const least = Math.min(quota, around);
    expect(await outputIn(quota, show)).toMatchObject({
      processorQuota: least,
      processors,
      threads: Math.max(1, Math.min(processors, Math.floor(least))),
    });
  });

  test('has the threads that the user asks for', async () => {
    expect(await outputIn(1, show, { GLISSADE_THREADS: '3' })).toMatchObject({ threads: 3 });
    expect(await outputIn(1, show, { OMP_NUM_THREADS: '2' })).toMatchObject({ threads: 2 });
    expect(
      await outputIn(1, `const { configure } = await import('glissade'); configure({ threads: 2 });\n${show}`),
    ).toMatchObject({ threads: 2 });
  });

  test('trains to the same bits as one without', async () => {
    const train = `
      const { adam, Dataset, dense, network } = await import('glissade');
      const data = new Dataset({ inputs: Float32Array.from({ length: 6400 }, (_, i) => Math.sin(i)), targets: Float32Array.from({ length: 100 }, (_, i) => i % 7), columns: 64 });
      const model = network({ inputs: 64, layers: [dense(32, { activation: 'relu' }), dense(1)], seed: 1 });
      const { epochs } = await model.fit(data, { loss: 'squared', optimizer: adam(), batchSize: 20, epochs: 3, seed: 1 });
      console.log(JSON.stringify(epochs.map(({ loss }) => loss)));`;
    expect(await outputIn(0.5, train)).toEqual(JSON.parse(await outputOf(train)));
  });

  test.each(['background', 'idle'])('trains at priority %s without being stopped by the system', async (priority) => {
    const source = `
      const { adam, Dataset, dense, network } = await import('glissade');
      const data = new Dataset({ inputs: new Float32Array(100_000).fill(0.5), targets: new Float32Array(1000), columns: 100 });
      const model = network({ inputs: 100, layers: [dense(100, { activation: 'relu' }), dense(1)], seed: 1 });
      const run = model.fit(data, { loss: 'squared', optimizer: adam(), batchSize: 20, epochs: 1e6 });
      const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
      const count = (name) => Number(new RegExp(name + ' (.+)').exec(statistics())[1]);
      await pause(1); // the start of Node uses a whole processor
      const [periods, stopped, steps] = [count('nr_periods'), count('nr_throttled'), run.progress.steps];
      while (run.progress.steps - steps <= 100 || count('nr_periods') - periods <= 20) await pause(0.1);
      console.log(JSON.stringify({
        periods: count('nr_periods') - periods, stopped: count('nr_throttled') - stopped, steps: run.progress.steps - steps,
      }));
      process.exit();`;
    const { periods, stopped, steps } = await outputIn(0.5, source, { GLISSADE_PRIORITY: priority });
    expect(steps).toBeGreaterThan(100);
    expect(periods).toBeGreaterThan(5);
    expect(stopped / periods).toBeLessThan(0.3); // 0.9 and more without rests
  });
});
