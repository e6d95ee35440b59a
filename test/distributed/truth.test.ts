import { outputOf } from '../support/child';
import { isLongRun } from '../support/long_run';
import { resultOf, underAnMpi, underBothMpis } from '../support/ranks';
import { type SharedTraining, sharedTrainings, sharingProgram } from '../support/shared_trainings';

type Results = Record<SharedTraining, { steps: number; loss: number; validation: number; parameters: number[] }>;

const difference = (a: number, b: number): number => Math.abs(a - b) / Math.max(1, Math.abs(b));

/** The largest difference of parameters and losses, and whether the numbers of steps differ. */
const differenceOf = (ours: Results[SharedTraining], theirs: Results[SharedTraining]): number =>
  ours.steps === theirs.steps
    ? Math.max(
        difference(ours.loss, theirs.loss),
        difference(ours.validation, theirs.validation),
        ...ours.parameters.map((x, i) => difference(x, theirs.parameters[i]!)),
      )
    : Number.POSITIVE_INFINITY;

const bounds = { float32: 1e-6, float64: 1e-12 };
const alone = new Map<string, Promise<Results>>();
const resultsAlone = (type: 'float32' | 'float64'): Promise<Results> => {
  if (!alone.has(type))
    alone.set(
      type,
      outputOf(sharingProgram(type, { alone: true })).then((text) => JSON.parse(text)),
    );
  return alone.get(type)!;
};

underAnMpi('ranks that share minibatches', (launcher) => {
  const types = ['float32', 'float64'] as const;
  const ofRanks = [1, 2, 3, 4].flatMap((ranks) =>
    types.filter((_, i) => isLongRun || i === ranks % 2).map((type) => [ranks, type] as const),
  );

  test.each(ofRanks)('%i of them agree with one process in %s, after about 100 steps', async (ranks, type) => {
    const expected = await resultsAlone(type);
    const found = (await resultOf(launcher, ranks, sharingProgram(type))) as Results;
    const beyond = sharedTrainings.filter((name) => !(differenceOf(found[name], expected[name]) <= bounds[type]));
    expect(beyond.map((name) => [name, differenceOf(found[name], expected[name])])).toEqual([]);
  });
});

const some: SharedTraining[] = ['dense', 'sparse wide and deep'];

underBothMpis('deterministic ranks', (openMpi, mpich) => {
  test.each([
    ['deterministic', '{ deterministic: true }'],
    ['exchange in bfloat16', "{ exchange: 'bfloat16' }"],
  ])('%s: the same bits in repeated runs, and with both libraries', async (_, options) => {
    const program = sharingProgram('float32', { options, names: isLongRun ? sharedTrainings : some });
    const first = await resultOf(openMpi, 3, program);
    if (isLongRun) expect(await resultOf(openMpi, 3, program)).toEqual(first);
    expect(await resultOf(mpich, 3, program)).toEqual(first);
  });

  test('an exchange in bfloat16 rounds gradients: close to the others, but not the same', async () => {
    const expected = await resultsAlone('float32');
    const found = (await resultOf(
      openMpi,
      3,
      sharingProgram('float32', { options: "{ exchange: 'bfloat16' }", names: some }),
    )) as Results;
    for (const name of some) {
      const far = differenceOf(found[name], expected[name]);
      expect({ name, isRounded: far > 1e-6, isNear: far < 0.02 }).toEqual({ name, isRounded: true, isNear: true });
    }
  });
});
