import type { Experiment } from '../../lib/lab/experiment';
import { experiments } from '../../lib/lab/experiments';
import { runExperiment } from '../../lib/lab/named';
import type { ExperimentReport } from '../../lib/lab/run';

/** Settings with which an experiment takes 0.1 s and still depends on each setting. Its checks may fail with them. */
const tiny: Record<string, Record<string, number>> = {
  risk: { rows: 60, hidden: 8, epochs: 40, learningRate: 0.02, patience: 3 },
  expectations: { few: 5, draws: 20 },
  tradeoff: { largestBudget: 2048, columns: 4, conditionNumber: 2, largestCondition: 120, samples: 1 },
  rates: { steps: 60, dimensions: 5, evaluations: 300 },
  acceleration: { steps: 60, dimensions: 5, chains: 6, largestCondition: 60 },
  flow: { coarsest: 12, halvings: 2, time: 2, dimensions: 3, tolerance: 1e-7 },
  cliff: { patience: 100, recurrentSteps: 300, unrolled: 10 },
  curvature: { units: 4, steps: 100, every: 100, digits: 100, hidden: 4, batchSize: 25, passes: 2, runs: 1 },
  saddles: {
    starts: 15,
    networkStarts: 3,
    widest: 5,
    widthStarts: 2,
    trials: 20,
    autoEncoderStarts: 1,
    autoEncoderSteps: 100,
    decades: 2,
  },
  saxe: {
    levels: 2,
    features: 16,
    hidden: 6,
    starts: 2,
    rate: 0.02,
    fineRate: 1e-3,
    deepest: 12,
    deepStart: 0.2,
    duration: 1,
  },
  sgd: { examples: 15, passes: 20, orders: 4, digitsEach: 25, hidden: 6, trials: 1, largestBatch: 32 },
  'sgd-rates': { steps: 1000, seeds: 150 },
  adaptive: { conditionNumber: 10, rounds: 300, steps: 60 },
  zoo: { steps: 40, perDecade: 3, runs: 4, examples: 120, heldOut: 60, hidden: 4, passes: 1, networks: 1 },
};

test('experiments can be made tiny', () => {
  expect(experiments.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(tiny)));
});

describe.each(experiments.map((experiment) => [experiment.name, experiment] as const))('%s', (name, experiment) => {
  const base = tiny[name];
  let report: ExperimentReport;
  beforeAll(async () => {
    report = await runExperiment(name, { size: 'small', settings: base });
  });

  test.each(Object.keys(experiment.settings))(
    'responds to its setting %s',
    async (key) => {
      for (const value of others(experiment, key, report.settings[key]!)) {
        const other = await runExperiment(name, { size: 'small', settings: { ...base, [key]: value } });
        if (dataOf(other) !== dataOf(report)) return;
      }
      throw new Error(`${key} has no effect`);
    },
    60_000,
  );
});

/** Allowed values other than the report's. Those more likely to change it come first. */
function others({ settings }: Experiment, key: string, usual: number): number[] {
  const values = [usual + 1, 1.25 * usual, 2 * usual, usual / 2, usual - 1, usual + 0.1, 1];
  return values.filter((value) => value !== usual && settings[key]!.range.allows(value));
}

/** The data of a report that do not depend on time. */
const dataOf = ({ figures, checks }: ExperimentReport) =>
  JSON.stringify({ figures: figures.filter(({ x, y }) => !/seconds|in ms/.test(x.label + y.label)), checks });
