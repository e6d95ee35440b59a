import { runtime } from 'glissade';
import { outputOf } from './support/child';
import { quotaGroup } from './support/control_group';

const trial = quotaGroup(1);
trial?.remove();
const describeInGroups = (name: string, tests: () => void): void =>
  trial ? describe(name, tests) : describe.skip(`${name} (this process may not make control groups)`, tests);

/** What a process in a control group prints. It joins the group before it loads the package. */
async function outputIn(processors: number, source: string, env = {}) {
  const group = quotaGroup(processors)!;
  try {
    const join = `(await import('node:fs')).writeFileSync(${JSON.stringify(group.procs)}, String(process.pid));`;
    const unset = { GLISSADE_THREADS: undefined, OMP_NUM_THREADS: undefined };
    return JSON.parse(await outputOf(`${join}\n${source}`, { env: { ...unset, ...env } }));
  } finally {
    group.remove();
  }
}

const show = `const { runtime } = await import('glissade'); console.log(JSON.stringify(runtime()));`;

describeInGroups('a process with a quota of processors', () => {
  test.each([0.5, 1, 1.5, 2, 100])('of %p has a thread for each whole one, at least one', async (quota) => {
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
});
