import { type Experiment, type ExperimentReport, experiments, runExperiment } from '../../lib/lab';

describe.each(experiments.map((experiment) => [experiment.name, experiment] as const))('%s', (name, experiment) => {
  let report: ExperimentReport;
  beforeAll(async () => {
    report = await runExperiment(name, { size: 'small' });
  }, 60_000);

  test.each(Object.keys(experiment.settings))(
    'heeds its setting %s',
    async (key) => {
      for (const value of others(experiment, key)) {
        const other = await runExperiment(name, { size: 'small', settings: { [key]: value } });
        if (dataOf(other) !== dataOf(report)) return;
      }
      throw new Error(`${key} has no effect`);
    },
    60_000,
  );
});

/** Allowed values other than that of a small size, the likelier to show first. */
function others({ settings }: Experiment, key: string): number[] {
  const { small, range } = settings[key]!;
  const values = [small + 1, 1.25 * small, 2 * small, small / 2, small - 1, small + 0.1, 1];
  return values.filter((value) => value !== small && range.allows(value));
}

/** What does not depend on the clock. */
const dataOf = ({ figures, checks }: ExperimentReport) =>
  JSON.stringify({ figures: figures.filter(({ x, y }) => !/seconds|in ms/.test(x.label + y.label)), checks });
