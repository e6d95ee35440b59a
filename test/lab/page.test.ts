import type { Figure, Mark } from '../../lib/pages/figure';
import { outputOf } from '../support/child';

const axes = { x: { label: 'step t' }, y: { label: 'R(θ)' } } as const;

/** The page of an experiment with these figures, drawn by a child process with the built package. */
const pageOf = (figures: Partial<Figure>[], checks: object[] = []) =>
  outputOf(
    `import { labPage } from 'glissade/lab';
     const report = ${JSON.stringify({ name: 'single-layer', title: 'A <title>', settings: { steps: 7 }, checks, findings: ['a & b'], seconds: 1, holds: true })};
     report.figures = JSON.parse(${JSON.stringify(JSON.stringify(figures))}, (_, value) => (value === null ? NaN : value));
     console.log(await labPage([report]));`,
  );

const figureOf = (marks: Mark[], more: Partial<Figure> = {}): Figure => ({
  name: 'one',
  title: 'One figure',
  caption: 'What is seen.',
  ...axes,
  marks,
  ...more,
});

const line = (points: [number, number][], more = {}): Mark => ({ kind: 'line', name: 'a line', points, ...more });

describe('the page of an experiment', () => {
  test('has its text, escaped, its axes, legend and caption', async () => {
    const page = await pageOf([figureOf([line([[0, 1], [1, 2]])])]); // biome-ignore format: short
    expect(page).toContain('<h1>A &lt;title&gt;</h1>');
    expect(page).toContain('<p>a &amp; b</p>');
    for (const text of ['step t', 'R(θ)', 'a line', 'What is seen.', '<code>--steps 7</code>'])
      expect(page).toContain(text);
    expect(page).not.toContain('diverges: ');
    expect(page).not.toContain('class="stepped"');
  });

  test('shows which checks hold, and which fail', async () => {
    const checks = [
      { claim: 'x < y', measured: 1, bounds: [0, 2], holds: true },
      { claim: 'z', measured: 5, bounds: [0, 2], holds: false },
    ];
    const page = await pageOf([], checks);
    expect(page).toContain('1 of 2 checks fail');
    expect(page).toMatch(/✓<\/span><\/td><td>x &lt; y<\/td><td class="number">1<\/td><td class="number">from 0 to 2</);
    expect(page).toMatch(/✗ fails<\/span><\/td><td>z<\/td><td class="number">5</);
  });

  test('marks a line that diverges where its numbers end', async () => {
    const page = await pageOf([figureOf([line([[0, 1], [1, 2], [2, Number.NaN], [3, 4]])])]); // biome-ignore format: short
    expect(page).toContain('✕ diverges');
    expect(page.match(/<path[^>]*d="M[^"]*"/g)!.some((path) => path.split('L').length === 2)).toBe(true);
  });

  test('leaves out of a logarithmic axis what has no place there', async () => {
    const y = { label: 'loss', scale: 'log' } as const;
    const page = await pageOf([figureOf([line([[0, 1e-8], [1, 0], [2, -1], [3, 1]])], { y })]); // biome-ignore format: short
    for (const tick of ['10⁻⁷', '10⁻⁵', '0.1']) expect(page).toContain(`>${tick}<`);
    expect(page).not.toContain('NaN');
  });

  test('gives marks of one name one colour, others the next, and places on the ramp', async () => {
    const page = await pageOf([
      figureOf([
        line([[0, 1]]),
        { kind: 'dots', name: 'a line', points: [[0, 1]] },
        { kind: 'band', name: 'a band', points: [[0, 1, 2], [1, 2, 3]] }, // biome-ignore format: short
        line([[0, 1]], { name: 'on the ramp', color: 0.25 }),
        { kind: 'rule', axis: 'y', at: 1, name: 'a rule', color: 'red' },
      ]),
    ]);
    const legend = [...page.matchAll(/<i class="(\w+)" style="color: ([^"]+)"><\/i>([^<]+)/g)].map(
      ([, ...rest]) => rest,
    );
    expect(legend).toEqual([
      ['line', 'var(--blue)', 'a line'],
      ['area', 'var(--orange)', 'a band'],
      ['line', expect.stringContaining('color-mix'), 'on the ramp'],
      ['dashed', 'var(--red)', 'a rule'],
    ]);
    for (const [, color] of legend) expect(page.split(color!).length).toBeGreaterThan(2); // also drawn
  });

  test('lets trajectories be played, over contours', async () => {
    const domain = [-1, 1] as const;
    const page = await pageOf([
      figureOf(
        [
          { kind: 'contours', width: 3, values: [2, 1, 2, 1, 0, 1, 2, 1, 2], levels: [0.5, 1.5] },
          { kind: 'trajectory', name: 'sgd', points: [[1, 1], [0.5, 0.5], [0, 0]] }, // biome-ignore format: short
        ],
        { x: { label: 'x', domain }, y: { label: 'y', domain } },
      ),
    ]);
    expect(page).toContain('class="stepped"');
    expect(page).toContain('max="2"');
    expect(page).toMatch(/class="trajectory"[\s\S]*?d="M[^"]+L[^"]+L[^"]+"/);
    expect(page.match(/aria-label="contour"[\s\S]*?<\/g>/)![0].match(/<path/g)!.length).toBe(2);
  });

  test('draws bars and labels', async () => {
    const page = await pageOf([
      figureOf([
        { kind: 'bars', name: 'counts', bars: [[0, 1, 5], [1, 2, 3]] }, // biome-ignore format: short
        { kind: 'label', at: [1, 4], text: 'here <' },
      ]),
    ]);
    expect(page.match(/aria-label="rect"[\s\S]*?<\/g>/)![0].match(/<rect/g)).toHaveLength(2);
    expect(page).toContain('here &lt;');
  });
});
