import fs from 'node:fs';
import path from 'node:path';
import { experiments } from '../../lib/lab/experiments';
import { runExperiment } from '../../lib/lab/named';
import type { ExperimentReport } from '../../lib/lab/run';
import type { Mark } from '../../lib/pages/figure';
import { packageRoot } from '../support/child';
import { common, deviations, outlineOf } from '../support/figure_outlines';

const named = experiments.map((experiment) => [experiment.name, experiment] as const);

const page = fs.readFileSync(path.join(packageRoot, 'docs/lab.md'), 'utf8');

// Experiments at a small size, as last reviewed by a person. Omits what differs between processors or from run to run.
// After an intended change, twice, the second time with GLISSADE_ISA=baseline:
//   rm test/golden/lab_figures.json; GLISSADE_WRITE_GOLDEN=yes npx jest test/lab/experiments.test
const golden = path.join(packageRoot, 'test/golden/lab_figures.json');
const outlines: Record<string, unknown> = fs.existsSync(golden) ? JSON.parse(fs.readFileSync(golden, 'utf8')) : {};

const numbersOf = (mark: Mark): number[] => {
  if (mark.kind === 'contours') return [...mark.values, ...mark.levels];
  if (mark.kind === 'referenceLine') return [mark.at];
  if (mark.kind === 'label') return [...mark.at];
  return mark.kind === 'bars' ? mark.bars.flat() : mark.points.flat();
};

describe('the laboratory', () => {
  test('has the experiments of the lecture in their order, with unique names', () => {
    expect(experiments.map(({ number }) => number)).toEqual(experiments.map((_, i) => i + 1));
    expect(new Set(experiments.map(({ name }) => name)).size).toBe(experiments.length);
  });
});

describe.each(named)('%s', (name, experiment) => {
  let report: ExperimentReport;
  const shares: number[] = [];
  beforeAll(async () => {
    report = await runExperiment(name, { size: 'small', onProgress: (share) => void shares.push(share) });
  });

  test('reports progress that never decreases', () => {
    expect(shares.at(-1)).toBe(1);
    for (const [i, share] of shares.entries()) expect(share).toBeGreaterThanOrEqual(shares[i - 1] ?? 0);
  });

  test('passes all of its checks at the small size', () => {
    expect(report.checks.length).toBeGreaterThan(0);
    expect(report.checks.filter(({ holds }) => !holds)).toEqual([]);
    expect(report.holds).toBe(true);
  });

  test('has a question, formulas and sources', () => {
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
        if (mark.kind !== 'line' && mark.kind !== 'path') expect(numbersOf(mark).every(Number.isFinite)).toBe(true);
      }
    }
  });

  test('has the axes, lines, numbers, checks and sentences of the golden file', () => {
    const { figures, checks, findings } = report;
    const shown = JSON.parse(
      JSON.stringify({
        figures: figures.map(outlineOf),
        checks: checks.map(({ claim, measured, bounds }) => ({ claim, measured, bounds })),
        findings: findings.map((sentence) => sentence.replaceAll(/[-−]?\d[\d.,]*(?:e[-+]?\d+)?/g, '#')),
      }),
    );
    if (process.env.GLISSADE_WRITE_GOLDEN) {
      outlines[name] = common(shown, outlines[name]);
      fs.writeFileSync(golden, `${JSON.stringify(outlines, undefined, 1)}\n`);
    }
    expect(deviations(shown, outlines[name])).toEqual([]);
  });

  test('has its slides, checks and figures in docs/lab.md', () => {
    const { number, title, slides, errata = [] } = experiment;
    const start = page.indexOf(`## ${number}. ${title}\n\n\`glissade lab ${name}\``);
    expect(start).toBeGreaterThan(0);
    const section = page.slice(start, page.indexOf('\n## ', start + 3) >>> 0);
    for (const slide of slides) {
      expect(section).toContain(`- Slide *${slide.title}*: ${slide.claim}`);
      expect(page).toContain(`| ${slide.title} | ${slide.claim.replaceAll('|', '\\|')} | [${number}. ${name}](#`);
    }
    for (const erratum of errata) expect(section).toContain(`**Erratum.** ${erratum}`);
    expect(section.match(/^\| .* \| .* \| .* \|$/gm)).toHaveLength(2 + report.checks.length);
    expect(section.match(/^Figures: .*$/m)![0].split('*; *')).toHaveLength(report.figures.length);
  });
});
