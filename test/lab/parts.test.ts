import { claim } from '../../lib/lab/check';
import type { Outcome } from '../../lib/lab/outcome';
import { runParts } from '../../lib/lab/parts';
import { Trial } from '../../lib/lab/trial';
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
  test('runs parts in turn, joins their outcomes, and reports the fraction of the whole', async () => {
    const shares: number[] = [];
    const part = (name: string, effort: number) => ({
      effort,
      counterModels: [],
      async run(trial: Trial) {
        const outcome = { figures: [figure(name)], checks: [claim(name).atMost(1, 2, 'c')], findings: [name] };
        await trial.progress(0.5, () => ({ ...outcome, findings: [`half of ${name}`] }));
        return outcome;
      },
    });
    const seen: string[][] = [];
    const watcher = {
      onProgress: async (share: number) => void shares.push(share),
      onOutcome: ({ findings }: Outcome) => void seen.push([...findings]),
    };
    const outcome = await runParts([part('a', 3), part('b', 1)], new Trial(watcher));
    expect(shares).toEqual([1.5 / 4, 3 / 4, 3.5 / 4, 1]);
    expect(seen).toEqual([['half of a'], ['a'], ['a', 'half of b'], ['a', 'b']]);
    expect(outcome.figures.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(outcome.checks.map(({ claim }) => claim)).toEqual(['a', 'b']);
    expect(outcome.findings).toEqual(['a', 'b']);
  });

  test('ends if progress throws', async () => {
    const aborted = runParts(
      [{ effort: 1, counterModels: [], run: (trial) => trial.progress(0).then(() => Promise.reject('went on')) }],
      new Trial({ onProgress: () => Promise.reject('aborted') }),
    );
    await expect(aborted).rejects.toBe('aborted');
  });

  const withModels = (...counterModels: string[]) => ({
    effort: 1,
    counterModels,
    run: jest.fn(async (trial: Trial) => {
      const measured = trial.instead('half', 1, 0.5);
      return { figures: [], checks: [claim('one').atMost(measured, 1, 'half')], findings: [] };
    }),
  });

  test('runs nothing if no part has the requested counter-model', async () => {
    const parts = [withModels('half'), withModels('twice')];
    await expect(runParts(parts, new Trial({}, { counterModel: 'halve' }))).rejects.toThrow(
      'unknown counter-model "halve". Did you mean "half"?',
    );
    expect(parts.map(({ run }) => run.mock.calls.length)).toEqual([0, 0]);
  });

  test('lists a counter-model of several parts once', async () => {
    const trial = new Trial({}, { counterModel: 'something else' });
    await expect(runParts([withModels('half'), withModels('half')], trial)).rejects.toThrow('Known are: half.');
  });

  test('refuses a part with a counter-model that it does not list', async () => {
    await expect(runParts([withModels('twice')], new Trial())).rejects.toThrow('"half" is not listed by its part');
  });

  test('runs the parts that the trial chooses', async () => {
    const [first, second] = [withModels('half'), withModels('half', 'twice')];
    const { checks } = await runParts(
      [first, second],
      new Trial({}, { counterModel: 'half', chooses: ({ counterModels }) => counterModels.includes('twice') }),
    );
    expect(checks.map(({ measured }) => measured)).toEqual([0.5]);
    expect(first.run).not.toHaveBeenCalled();
  });
});
