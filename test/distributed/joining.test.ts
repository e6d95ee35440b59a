import { runModule } from '../support/child';
import { resultOf, runRanks, underBothMpis, underEachMpi } from '../support/ranks';

const joining = `
  import { configure, runtime, Dataset, dense, network, sgd, Trainer } from 'glissade';
  import { distributed } from 'glissade/distributed';
`;

underEachMpi('the ranks of a job', (launcher) => {
  test.each([1, 3])('of %i knows its rank, its size and its library, and gathers', async (size) => {
    const found = await resultOf(
      launcher,
      size,
      `${joining}
      const ranks = await distributed();
      const all = await ranks.gather({ rank: ranks.rank, size: ranks.size, file: ranks.library.file });
      await ranks.barrier();
      const isSame = ranks === (await distributed({ timeout: 3 }));
      if (ranks.rank === 0) console.log(JSON.stringify({ ranks: all, isSame, isNamed: ranks.library.version.length > 5 }));`,
    );
    const ranks = Array.from({ length: size }, (_, rank) => ({ rank, size, file: launcher.library }));
    expect(found).toEqual({ ranks, isSame: true, isNamed: true });
  });

  test('divides the processors among its ranks, unless their number of threads is given', async () => {
    const program = `${joining}
      const ranks = await distributed();
      const threads = await ranks.gather(runtime().threads);
      if (ranks.rank === 0) console.log(JSON.stringify({ threads, processors: runtime().processors }));`;
    const { threads, processors } = (await resultOf(launcher, 2, program)) as { threads: number[]; processors: number };
    const each = Math.max(1, Math.floor(processors / 2));
    for (const count of threads) expect([each, processors]).toContain(count); // bound to separate processors, or not
    const told = (await resultOf(launcher, 2, program, { env: { GLISSADE_THREADS: '3' } })) as { threads: number[] };
    expect(told.threads).toEqual([3, 3]);
  });

  test('sends the bytes that rank 0 makes to all, or its error', async () => {
    const found = await resultOf(
      launcher,
      3,
      `${joining}
      const ranks = await distributed();
      const bytes = await ranks.fromFirst(() => {
        if (ranks.rank > 0) throw new Error('called on another rank');
        return Uint8Array.of(1, 2, 3);
      });
      const error = await ranks.fromFirst(() => { throw Object.assign(new Error('no file'), { code: 'ERR_FILE' }); })
        .catch((error) => ({ code: error.code, message: error.message }));
      const all = await ranks.gather({ bytes: Array.from(bytes), error });
      if (ranks.rank === 0) console.log(JSON.stringify(all));`,
    );
    const other = { code: 'ERR_FILE', message: 'rank 0: no file' };
    expect(found).toEqual(
      [{ ...other, message: 'no file' }, other, other].map((error) => ({ bytes: [1, 2, 3], error })),
    );
  });

  test('does one operation at a time', async () => {
    const found = await resultOf(
      launcher,
      2,
      `${joining}
      const ranks = await distributed();
      const first = ranks.gather(1);
      const code = await ranks.gather(2).catch((error) => error.code);
      const trainer = new Trainer(network({ inputs: 1, layers: [dense(1)] }), { loss: 'squared', optimizer: sgd({ learningRate: 0.1 }), ranks });
      const inTheMeantime = (() => { try { trainer.step([[1]], [1]); } catch (error) { return error.code; } })();
      await first;
      const run = trainer.fit(new Dataset({ inputs: [[1], [2]], targets: [1, 2] }), { epochs: 3 });
      const besideARun = [await ranks.gather(3).catch((error) => error.code), await trainer.stepAsync([[1]], [1]).catch((error) => error.code)];
      await run;
      const later = await ranks.gather(4);
      if (ranks.rank === 0) console.log(JSON.stringify({ code, inTheMeantime, besideARun, later }));`,
    );
    expect(found).toEqual({
      code: 'ERR_BUSY',
      inTheMeantime: 'ERR_BUSY',
      besideARun: ['ERR_BUSY', 'ERR_BUSY'],
      later: [4, 4],
    });
  });

  test('has the same options on all ranks', async () => {
    const { code, stderr } = await runRanks(
      launcher,
      2,
      `${joining} await distributed({ deterministic: (process.env.OMPI_COMM_WORLD_RANK ?? process.env.PMI_RANK) === '0' });`,
    );
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/ERR_RANKS_DIFFER.*it has …distributed: library… where rank 0 has …distributed: ordered…/);
  });

  test('of a script without a launcher has one rank', async () => {
    const { stdout, stderr } = await runModule(
      `${joining} const { rank, size } = await distributed(); console.log(rank, size);`,
      { env: { GLISSADE_MPI: launcher.library, ...launcher.env } },
    );
    expect({ stdout, stderr }).toEqual({ stdout: '0 1\n', stderr: '' });
  });
});

underBothMpis('a launcher and a library of different families', (openMpi, mpich) => {
  test.each([
    [openMpi, mpich],
    [mpich, openMpi],
  ])('$name with another library: an error, not several trainings', async (launcher, other) => {
    const { code, stdout, stderr } = await runRanks(
      launcher,
      2,
      `${joining} await distributed(); console.log('trained');`,
      { env: { GLISSADE_MPI: other.library } },
    );
    expect({ failed: code !== 0, stdout }).toEqual({ failed: true, stdout: '' });
    expect(stderr).toContain('ERR_MPI_UNAVAILABLE');
    expect(stderr).toContain(`mpirun of ${launcher.name} has launched 2 processes, but in ${other.library}`);
  });
});

describe('without a library of MPI', () => {
  const failure = `${joining} await distributed().catch((error) => console.log(error.code, error.message));`;

  test.each(['libnothing.so.1', '/tmp/no/such/libmpi.so'])(
    'GLISSADE_MPI=%s: the error says how to get a library',
    async (file) => {
      const { stdout } = await runModule(failure, { env: { GLISSADE_MPI: file } });
      expect(stdout).toContain(`ERR_MPI_UNAVAILABLE no library of MPI can be opened; tried:\n  ${file}: cannot open`);
      expect(stdout).toContain('apt-get install openmpi-bin');
    },
  );

  test('refuses a library of something else', async () => {
    const { stdout } = await runModule(failure, { env: { GLISSADE_MPI: 'libm.so.6' } });
    expect(stdout).toContain('ERR_MPI_UNAVAILABLE libm.so.6 has no MPI_Init_thread: it is not a library of MPI');
  });

  test('glissade itself opens no library, and loads without one', async () => {
    const { stdout } = await runModule(
      `${joining} import fs from 'node:fs'; console.log(/libmpi/.test(fs.readFileSync('/proc/self/maps', 'utf8')));`,
      { env: { GLISSADE_MPI: 'libnothing.so.1' } },
    );
    expect(stdout).toBe('false\n');
  });
});

test('a Worker cannot be a rank', async () => {
  const { stdout } = await runModule(`
    import { Worker } from 'node:worker_threads';
    new Worker("import('glissade/distributed').then(({ distributed }) => distributed()).catch((error) => console.log(error.code))", { eval: true });`);
  expect(stdout).toBe('ERR_MPI_UNAVAILABLE\n');
});

test.each([
  ['{ timeout: 0 }', 'ERR_OUT_OF_RANGE'],
  ['{ timeout: "1" }', 'ERR_INVALID_ARGUMENT'],
  ['{ deterministic: 1 }', 'ERR_INVALID_ARGUMENT'],
  ['{ exchange: "float16" }', 'ERR_INVALID_ARGUMENT'],
  ['{ determinstic: true }', 'ERR_INVALID_ARGUMENT'],
])('distributed(%s) is refused, and later calls are not', async (options, code) => {
  const { stdout } = await runModule(`${joining}
    const refused = await distributed(${options}).catch((error) => error.code);
    const again = await distributed({ exchange: 'none' }).catch((error) => error.code);
    console.log(refused, again);`);
  expect(stdout).toBe(`${code} ERR_INVALID_ARGUMENT\n`);
});
