import { labPage } from '../../lib/lab/page';
import type { ExperimentReport } from '../../lib/lab/run';
import type { Figure, Mark } from '../../lib/pages/figure';

const figureOf = (marks: Mark[]): Figure => ({
  name: 'one',
  title: 'One </script> figure',
  caption: 'What is seen.',
  x: { label: 'step t' },
  y: { label: 'R(θ)' },
  marks,
});

const line = (points: [number, number][]): Mark => ({ kind: 'line', name: 'a line', points });

const reportOf = (more: Partial<ExperimentReport> = {}): ExperimentReport => ({
  name: 'single-layer',
  title: 'A <title>',
  settings: { steps: 7 },
  figures: [],
  checks: [],
  findings: ['a & b'],
  seconds: 1,
  holds: true,
  ...more,
});

const check = (claim: string, measured: number) => ({
  claim,
  measured,
  bounds: [0, 2] as const,
  holds: measured <= 2,
  counterModel: 'half the step',
});

/** The figures of a page, each with its section and name. */
const dataIn = (page: string) =>
  [
    ...page.matchAll(
      /<script type="application\/json" class="figure" data-section="(.*?)" data-name="(.*?)">(.*?)<\/script>/gs,
    ),
  ].map(([, section, name, json]) => ({ section, name, figure: JSON.parse(json!) }));

describe('the page of an experiment', () => {
  test('has its text, escaped, the captions of its figures and the command that runs it', () => {
    const page = labPage([reportOf({ figures: [figureOf([line([[0, 1]])])] })]);
    for (const text of ['<h1>A &lt;title&gt;</h1>', '<p>a &amp; b</p>', 'One &lt;/script&gt; figure', 'What is seen.'])
      expect(page).toContain(text);
    expect(page).toContain('npx glissade lab single-layer --steps 7');
  });

  test('carries the data of its figures, with null for non-finite values', () => {
    const figure = figureOf([line([[0, 1], [1, Number.NaN], [2, Infinity], [1 / 3, 1e-300]])]); // biome-ignore format: short
    const data = dataIn(labPage([reportOf({ figures: [figure] })]));
    const points = [[0, 1], [1, null], [2, null], [0.3333333, 1e-300]]; // biome-ignore format: short
    expect(data).toEqual([
      { section: 'single-layer', name: 'one', figure: { ...figure, marks: [{ ...figure.marks[0], points }] } },
    ]);
  });

  test('is one file that loads nothing', () => {
    const page = labPage([reportOf({ figures: [figureOf([line([[0, 1]])])] })]);
    expect(page.match(/\b(?:src|href)="[^"]*"/g)).toEqual(['href="data:,"']);
    expect(page.match(/@import|url\([^#]|sourceMappingURL|fetch\(/g)).toBeNull();
  });

  test('shows which checks hold and their counter-models, and is unfolded if one fails', () => {
    const holding = labPage([reportOf({ checks: [check('x < y', 1)] })]);
    expect(holding).toContain('all 1 checks hold');
    expect(holding).toMatch(/<details class="checks"><summary>/);
    expect(holding).toMatch(
      /✓<\/span><\/td><td><span class="together">x &lt; y<\/span><\/td><td [^>]*>1<\/td><td [^>]*>from 0 to 2<.*half the step/,
    );
    const failing = labPage([reportOf({ checks: [check('x < y', 1), check('z', 5)] })]);
    expect(failing).toContain('1 of 2 checks fail');
    expect(failing).toMatch(/<details class="checks" open><summary>/);
    expect(failing).toMatch(/✗ fails<\/span><\/td><td>z<\/td><td [^>]*>5</);
  });

  test('of several experiments has their contents', () => {
    const page = labPage([reportOf(), reportOf({ name: 'saxe', title: 'B', settings: {}, holds: false })]);
    expect(page).toContain('<a href="#saxe"><span>12</span><span>B</span><span class="fails">✗ fails</span></a>');
    expect(labPage([reportOf()])).not.toContain('<nav');
  });

  test('refuses anything but lists of reports', () => {
    expect(() => labPage([{} as never])).toThrow(/what runExperiment returns/);
    expect(() => labPage({} as never)).toThrow(TypeError);
  });
});
