import { type ExperimentReport, experiments, runExperiment } from '../../lib/lab';
import type { Mark } from '../../lib/pages/figure';

const named = experiments.map((experiment) => [experiment.name, experiment] as const);

const numbersOf = (mark: Mark): number[] => {
  if (mark.kind === 'contours') return [...mark.values, ...mark.levels];
  if (mark.kind === 'rule') return [mark.at];
  if (mark.kind === 'label') return [...mark.at];
  return mark.kind === 'bars' ? mark.bars.flat() : mark.points.flat();
};

describe('the laboratory', () => {
  test('has the experiments of the lecture in their order, each with a name of its own', () => {
    expect(experiments.map(({ number }) => number)).toEqual(experiments.map((_, i) => i + 1));
    expect(new Set(experiments.map(({ name }) => name)).size).toBe(experiments.length);
  });
});

describe.each(named)('%s', (name, experiment) => {
  let report: ExperimentReport;
  beforeAll(async () => {
    report = await runExperiment(name, { size: 'small' });
  }, 60_000);

  test('holds what it claims, at a small size', () => {
    expect(report.checks.length).toBeGreaterThan(0);
    expect(report.checks.filter(({ holds }) => !holds)).toEqual([]);
    expect(report.holds).toBe(true);
  });

  test('says what it asks, with formula and source', () => {
    for (const list of [experiment.slides, experiment.formulas, experiment.sources])
      expect(list.length).toBeGreaterThan(0);
    expect(experiment.question).toMatch(/\?$/);
  });

  test('draws figures with axes and a legend', () => {
    expect(report.figures.length).toBeGreaterThan(0);
    expect(new Set(report.figures.map((figure) => figure.name)).size).toBe(report.figures.length);
    for (const { x, y, title, caption, marks } of report.figures) {
      for (const text of [x.label, y.label, title, caption]) expect(text).not.toBe('');
      const inLegend = marks.filter((mark) => 'name' in mark && mark.name !== undefined);
      expect(inLegend.length).toBeGreaterThan(0);
      for (const mark of marks) {
        expect(numbersOf(mark).length).toBeGreaterThan(0);
        if (mark.kind !== 'line' && mark.kind !== 'trajectory')
          expect(numbersOf(mark).every(Number.isFinite)).toBe(true);
      }
    }
  });
});
