import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runNode } from '../support/child';
import { isLongRun } from '../support/long_run';

// Linux and its compiler, which the addon's own build needs too, can make an allocation fail at will.
const isLinux = process.platform === 'linux';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-allocations-'));
const library = path.join(folder, 'libfailing_allocations.so');
const file = (name: string) => path.join(__dirname, name);

beforeAll(() => {
  const flags = ['-std=c++20', '-O1', '-shared', '-fPIC', '-o', library];
  if (isLinux) execFileSync(process.env.CXX ?? 'g++', [...flags, file('failing_allocations.cpp')]);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

let runs = 0;
async function failingOneByOne(action: string) {
  const counts = path.join(folder, String(++runs));
  fs.writeFileSync(counts, new BigInt64Array([-1n, 0n]));
  const env = { LD_PRELOAD: library, GLISSADE_ALLOCATIONS: counts, GLISSADE_THREADS: '2' };
  return runNode([file('actions.mjs'), action], { env });
}

const quick = [
  'dataset',
  'append of a builder',
  'build of a builder',
  'optimizer',
  'step of a trainer',
  'stepAsync of a trainer',
  'evaluate',
  'loadModel',
];
const others = [
  ...['dataset of sparse rows', 'dataset of categories', 'network', 'network of images'],
  ...[
    'step of an optimizer',
    'stepAsync of an optimizer',
    'sparse step of an optimizer',
    'predict',
    'gradient',
    'score',
  ],
  ...['predict of a dataset in bfloat16', 'Hessian-vector product', 'trainer', 'Dataset.open', 'spill', 'libsvm'],
  ...['Trainer.resume', 'pipeline', 'table by DuckDB'],
];

(isLinux ? describe : describe.skip)(
  'each allocation of the addon fails once, and causes an error (needs Linux)',
  () => {
    test.each(isLongRun ? [...quick, ...others] : quick)('%s', async (action) => {
      const ended = await failingOneByOne(action);
      expect(ended).toEqual({ code: 0, signal: null, stdout: expect.any(String), stderr: '' });
      const { allocations, refused } = JSON.parse(ended.stdout);
      expect(allocations).toBeGreaterThan(0);
      expect(refused).toBe(allocations); // none fails unnoticed
    });

    test('a run with checkpoints ends, and skips a checkpoint for which there is no memory', async () => {
      const { code, signal, stdout, stderr } = await failingOneByOne('fit with checkpoints');
      expect({ code, signal }).toEqual({ code: 0, signal: null });
      expect(JSON.parse(stdout).refused).toBeGreaterThan(100);
      const own =
        /GLISSADE_CHECKPOINT\] GlissadeWarning: there was not enough memory to write .*\.safetensors\. The run goes on|--trace-warnings/;
      expect(stderr.split('\n').filter((line) => line !== '' && !own.test(line))).toEqual([]);
    });
  },
);
