import { experiments } from '../../lib/lab/experiments';
import { runExperiment } from '../../lib/lab/named';

const name = 'single-layer';

describe('runExperiment', () => {
  test('reports its progress', async () => {
    const shares: number[] = [];
    await runExperiment(name, { size: 'small', onProgress: (share) => shares.push(share) });
    expect(shares.at(-1)).toBe(1);
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });

  test('gives the same numbers when repeated', async () => {
    const [first, second] = [
      await runExperiment(name, { size: 'small' }),
      await runExperiment(name, { size: 'small' }),
    ];
    expect({ ...second, seconds: 0 }).toEqual({ ...first, seconds: 0 });
  });

  test('accepts settings, with the defaults of the size for the others', async () => {
    const { settings } = await runExperiment(name, { size: 'small', settings: { seed: 2, steps: undefined } });
    expect(settings).toEqual({ learningRate: 0.05, seed: 2, steps: 60 });
    expect((await runExperiment(name)).settings.steps).toBe(
      experiments.find((one) => one.name === name)!.settings.steps!.full,
    );
  });

  test('ends when it is aborted', async () => {
    const aborter = new AbortController();
    const reason = new Error('enough');
    const running = runExperiment(name, {
      size: 'small',
      signal: aborter.signal,
      onProgress: () => aborter.abort(reason),
    });
    await expect(running).rejects.toBe(reason);
  });

  test.each([
    [['singel-layer'], 'unknown experiment "singel-layer". Did you mean "single-layer"?'],
    [[name, { setings: {} }], 'Did you mean "settings"?'],
    [[name, { size: 'tiny' }], 'unknown size "tiny"'],
    [[name, { signal: {} }], 'Expected an AbortSignal for signal'],
    [[name, { onProgress: 3 }], 'Expected a function for onProgress'],
    [[name, { settings: { sed: 1 } }], 'single-layer: unknown option "sed". Did you mean "seed"?'],
    [
      [name, { settings: { seed: 0.5 } }],
      'Expected a whole number from 0 to 1000000 for single-layer.seed but received 0.5',
    ],
    [[name, { settings: { learningRate: Number.NaN } }], 'Expected a number from 0.0001 to 1'],
  ])('refuses %j', async (parameters, message) => {
    await expect(runExperiment(...(parameters as unknown as [string]))).rejects.toThrow(message);
  });
});
