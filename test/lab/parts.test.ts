import { atMost } from '../../lib/lab/check';
import { runParts } from '../../lib/lab/parts';
import type { Figure } from '../../lib/pages/figure';

const figure = (name: string): Figure => ({
  name,
  title: name,
  caption: name,
  x: { label: 'x' },
  y: { label: 'y' },
  marks: [],
});

describe('runParts', () => {
  test('runs parts in turn, puts their outcomes together, and tells the share of the whole', async () => {
    const shares: number[] = [];
    const part = (name: string, effort: number) => ({
      effort,
      async run(progress: (share: number) => Promise<void>) {
        await progress(0.5);
        return { figures: [figure(name)], checks: [atMost(name, 1, 2)], findings: [name] };
      },
    });
    const outcome = await runParts([part('a', 3), part('b', 1)], async (share) => void shares.push(share));
    expect(shares).toEqual([1.5 / 4, 3.5 / 4]);
    expect(outcome.figures.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(outcome.checks.map(({ claim }) => claim)).toEqual(['a', 'b']);
    expect(outcome.findings).toEqual(['a', 'b']);
  });

  test('ends where progress throws', async () => {
    const aborted = runParts(
      [{ effort: 1, run: (progress) => progress(0).then(() => Promise.reject('went on')) }],
      () => Promise.reject('aborted'),
    );
    await expect(aborted).rejects.toBe('aborted');
  });
});
