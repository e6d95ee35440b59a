import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { textIfThere } from '../support/folders';
import { type Cluster, hasSlurm, startCluster } from '../support/slurm';

const node = [process.execPath, '--disable-warning=GLISSADE_STARVED', '--input-type=module', '--eval'];

const training = `
  import { adam, Dataset, dense, network, Trainer } from 'glissade';
  import { distributed } from 'glissade/distributed';
  const ranks = await distributed();
  const inputs = Float64Array.from({ length: 400 }, (_, i) => Math.sin(i));
  const data = new Dataset({ inputs, columns: 4, targets: Uint8Array.from({ length: 100 }, (_, i) => i % 2) });
  const model = network({ inputs: 4, layers: [dense(8, { activation: 'tanh' }), dense(2)], seed: 1 });
  await new Trainer(model, { loss: 'crossEntropy', optimizer: adam(), ranks }).fit(data, { epochs: 2 });
  const all = await ranks.gather([ranks.size, model.parameters[0], /Open MPI|MPICH/.exec(ranks.library.version)[0]]);
  if (ranks.rank === 0) console.log(JSON.stringify(all));`;

const failing = `
  import { distributed } from 'glissade/distributed';
  const ranks = await distributed();
  await ranks.barrier();
  if (ranks.rank === 1) throw new Error('the reason');
  await ranks.barrier();`;

(hasSlurm ? describe : describe.skip)(`srun of Slurm${hasSlurm ? '' : ' (needs slurm-wlm, munge, and root)'}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster?.stop());

  const mpis = [
    { mpi: 'pmix', name: 'Open MPI', env: { OMPI_MCA_btl: 'self,sm' } },
    { mpi: 'pmi2', name: 'MPICH', env: {} },
  ];
  test.each(mpis)('launches ranks of $name by --mpi=$mpi', async ({ mpi, name, env }) => {
    const { code, stdout, stderr } = await cluster.run('srun', [`--mpi=${mpi}`, '--ntasks=2', ...node, training], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [first, second] = JSON.parse(stdout);
    expect(first).toEqual([2, expect.any(Number), name]);
    expect(second).toEqual(first);
  });

  test.each(mpis)('ends all ranks of $name with the first that fails', async ({ mpi, env }) => {
    const { code, stderr } = await cluster.run('srun', [`--mpi=${mpi}`, '--ntasks=2', ...node, failing], env);
    expect(code).not.toBe(0);
    expect(stderr).toContain('rank 1: Error: the reason');
  });

  test('glissade train --resume keeps its progress when Slurm sends SIGTERM', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
    try {
      const [data, out, log] = ['data.csv', 'model.safetensors', 'log.jsonl'].map((name) =>
        path.join(folder, name),
      ) as [string, string, string];
      const rows = Array.from(
        { length: 400 },
        (_, i) => `${Math.sin(i)},${Math.cos(i * i)},${i % 3 === 0 ? 'yes' : 'no'}`,
      );
      fs.writeFileSync(data, ['a,b,target', ...rows].join('\n'));
      const train = [
        'dist/cjs/cli/main.js',
        'train',
        data,
        '--target',
        'target',
        '--out',
        out,
        '--resume',
        '--json',
        '--metrics',
        log,
      ];
      const slow = ['--model', '512,512', '--batch', '1', '--epochs', '100000'];
      const job = ['--mpi=pmix', '--ntasks=2', '--job-name=slow', process.execPath, ...train, ...slow];
      const running = cluster.run('srun', job, { OMPI_MCA_btl: 'self,sm' });
      const hasTrained = () => textIfThere(log).includes('"event":"epoch"');
      while (!hasTrained()) await setTimeout(100);
      expect((await cluster.run('scancel', ['--signal=TERM', '--name=slow'])).code).toBe(0);
      const { code, stdout, stderr } = await running;
      expect([code, stdout]).toEqual([143, '']);
      expect(stderr).toContain(`repeat the command to continue from ${out}.progress`);
      expect(fs.existsSync(out)).toBe(false);
      expect(fs.readdirSync(`${out}.progress`)).toContain('training');
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('processes that srun launches without MPI get an explanation', async () => {
    const { code, stderr } = await cluster.run('srun', ['--mpi=none', '--ntasks=2', ...node, training]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(
      /srun of Slurm has launched 2 processes, but .* each of them is alone\. .*--mpi=pmix for Open MPI/,
    );
  });
});
