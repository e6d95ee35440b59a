import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageRoot } from '../support/child';
import { resultOf, underEachMpi } from '../support/ranks';

const sources = path.join(__dirname, 'native');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Compiles a source with a compiler of an MPI, or returns undefined without one (Debian: libopenmpi-dev, libmpich-dev). */
function compiled(compiler: string, source: string, options: string[]): string | undefined {
  if (spawnSync(compiler, ['--version']).status !== 0) return undefined;
  const file = path.join(folder, `${compiler}-${path.parse(source).name}`);
  execFileSync(compiler, [...options, path.join(sources, source), '-o', file], { stdio: 'pipe' });
  return file;
}

const core = `-I${path.join(packageRoot, 'native/core')}`;

describe.each([
  ['Open MPI', 'openmpi', 'FAMILY_OPEN_MPI'],
  ['MPICH', 'mpich', 'FAMILY_MPICH'],
])('the table of %s', (_, suffix, family) => {
  const build = (changes: string[] = []) =>
    compiled(`mpicxx.${suffix}`, 'tables.cpp', ['-std=c++20', `-DGLISSADE_FAMILY=${family}`, core, ...changes]);
  const program = build();

  (program ? test : test.skip)('equals that of its mpi.h (needs its headers)', () => {
    expect(execFileSync(program!, { encoding: 'utf8' })).toBe('all alike\n');
  });

  (program ? test : test.skip)('differs from that of another family (needs its headers)', () => {
    const asStandard = () => build(['-UGLISSADE_FAMILY', '-DGLISSADE_FAMILY=FAMILY_STANDARD']);
    if (suffix === 'mpich')
      expect(asStandard).toThrow('static assertion failed'); // its handles are numbers
    else expect(spawnSync(asStandard()!, { encoding: 'utf8' }).stdout).toContain('MPI_COMM_WORLD differs\n');
  });
});

underEachMpi('the interface of the standard, over another one', (launcher) => {
  const suffix = launcher.command.split('.')[1]!;
  const library = compiled(`mpicc.${suffix}`, 'standard_abi.c', ['-shared', '-fPIC']);

  (library ? test : test.skip)('trains on two ranks (needs headers of MPI)', async () => {
    const found = await resultOf(
      launcher,
      2,
      `import { Dataset, dense, network, sgd, Trainer } from 'glissade';
      import { distributed } from 'glissade/distributed';
      const ranks = await distributed();
      const data = new Dataset({ inputs: [[1], [2], [3], [4]], targets: [2, 4, 6, 8] });
      const results = [];
      for (const type of ['float32', 'float64']) {
        const model = network({ inputs: 1, layers: [dense(1)], type, seed: 1 });
        const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate: 0.1 }), ranks });
        await trainer.fit(data, { batchSize: 4, epochs: 300 });
        results.push(Math.abs(model.predict([[10]])[0] - 20) < 0.01);
      }
      const all = await ranks.gather(results);
      if (ranks.rank === 0) console.log(JSON.stringify({ file: ranks.library.file, all }));`,
      { env: { GLISSADE_MPI: library } },
    );
    expect(found).toEqual({
      file: library,
      all: [
        [true, true],
        [true, true],
      ],
    });
  });
});
