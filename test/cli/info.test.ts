import os from 'node:os';
import { runtime } from '../../lib/runtime';
import packageJson from '../../package.json';
import { runNode } from '../support/child';
import { instructionSets } from '../support/instruction_sets';

const glissade = (parameters: string[], env = {}) => runNode([packageJson.bin.glissade, ...parameters], { env });

describe('glissade info', () => {
  test('shows the environment it runs in', async () => {
    const { code, stdout, stderr } = await glissade(['info'], { GLISSADE_PRIORITY: undefined });
    expect([code, stderr]).toEqual([0, '']);
    for (const part of [
      packageJson.version,
      process.versions.node,
      `${process.platform}-${process.arch}`,
      instructionSets.join(', '),
      'threads',
      `processors       ${runtime().processors}`,
      'background',
    ])
      expect(stdout).toContain(part);
    expect(stdout).toMatch(new RegExp(`instruction set +${instructionSets.at(-1)} `));
  });

  test('shows it as JSON', async () => {
    const { code, stdout } = await glissade(['info', '--json'], {
      GLISSADE_THREADS: '3',
      GLISSADE_ISA: instructionSets[0],
      GLISSADE_PRIORITY: undefined,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      version: packageJson.version,
      instructionSet: instructionSets[0],
      instructionSets,
      threads: 3,
      processors: runtime().processors,
      ...(runtime().processorQuota !== undefined && { processorQuota: runtime().processorQuota }),
      priority: 'background',
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
      cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    });
  });

  test.each([
    [{ OMP_NUM_THREADS: '3' }, 'threads          3 (from OMP_NUM_THREADS; GLISSADE_THREADS chooses)'],
    [{ OMP_NUM_THREADS: '3', GLISSADE_THREADS: '2' }, 'threads          2 (GLISSADE_THREADS chooses)'],
    [{ OMP_NUM_THREADS: 'all', GLISSADE_THREADS: '3' }, 'threads          3 (GLISSADE_THREADS chooses)'],
  ])('names the variable that sets the number of threads: %j', async (env, line) => {
    expect((await glissade(['info'], env)).stdout.split('\n')).toContain(line);
  });

  test('shows the settings from the environment', async () => {
    const { stdout } = await glissade(['info'], { GLISSADE_THREADS: '7', GLISSADE_PRIORITY: 'normal' });
    expect(stdout).toMatch(/threads +7 /);
    expect(stdout).toMatch(/priority +normal /);
  });
});

describe('glissade', () => {
  test('prints its version', async () => {
    expect(await glissade(['--version'])).toMatchObject({ code: 0, stdout: `${packageJson.version}\n` });
  });

  test('lists its commands', async () => {
    const { code, stdout } = await glissade(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('info');
  });

  test('refuses unknown commands and options, and says where to look', async () => {
    for (const parameters of [['inf'], ['info', '--jsno']]) {
      const { code, stderr } = await glissade(parameters);
      expect(code).toBe(1);
      expect(stderr).toContain('--help');
    }
  });

  test('reports errors in its environment in one line', async () => {
    for (const [name, value] of [
      ['GLISSADE_THREADS', 'many'],
      ['GLISSADE_ISA', 'mmx'],
    ] as const) {
      const { code, stdout, stderr } = await glissade(['info'], { [name]: value });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^glissade: ERR_INVALID_ARGUMENT: .*\n$/);
      expect(stderr).toContain(`"${value}"`);
    }
  });

  test('gives help and version in any environment', async () => {
    const env = { GLISSADE_ISA: 'mmx', GLISSADE_THREADS: 'many' };
    expect(await glissade(['--version'], env)).toMatchObject({ code: 0, stdout: `${packageJson.version}\n` });
    expect(await glissade(['info', '--help'], env)).toMatchObject({ code: 0, stderr: '' });
  });
});
