import type { Figure, Mark, Point } from '../../lib/pages/figure';

const figureOf = (name: string, marks: Mark[], y: Partial<Figure['y']> = {}, x: Partial<Figure['x']> = {}): Figure => ({
  name,
  title: name,
  caption: 'What is seen.',
  x: { label: 'step t', ...x },
  y: { label: 'R(θ)', ...y },
  marks,
});

const line = (name: string, points: Point[]): Mark => ({ kind: 'line', name, points });
const path = (name: string, points: Point[]): Mark => ({ kind: 'path', name, points });

/** Grows beyond all numbers. */
const exploding = Array.from({ length: 12 }, (_, t): Point => [t, t < 11 ? 10 ** (30 * t) : Infinity]);
const names = ['a rule with a rather long name', 'another one with such a name'];

/** Figures with all kinds of marks and axes, also with nothing or too much to draw. */
export const figures: Figure[] = [
  figureOf('linear', [line('a', exploding), { kind: 'dots', name: 'b', points: exploding }]),
  figureOf('both-ways', [line('a', exploding), line('b', exploding.map(([t, y]) => [t, -y]))]), // biome-ignore format: short
  figureOf('logarithmic', [line('a', exploding), path('b', exploding)], { scale: 'log' }),
  figureOf(
    'in-a-domain',
    [
      line('a', exploding),
      path('b', exploding),
      { kind: 'band', name: 'c', points: exploding.map(([t, y]) => [t, -y, y]) },
      { kind: 'referenceLine', axis: 'y', at: 1e200 },
    ],
    { domain: [0, 2] },
  ),
  figureOf('tiny-domain', [line('a', exploding)], { scale: 'log', domain: [0.99, 1.01] }),
  figureOf('empty', []),
  figureOf('infinite', [line('a', [[0, Infinity]]), { kind: 'dots', name: 'b', points: [] }]), // biome-ignore format: short
  figureOf('negative', [line('a', [[0, -1], [1, -2]])], { scale: 'log' }), // biome-ignore format: short
  figureOf('elsewhere', [{ kind: 'dots', name: 'a', points: [[1, 5]] }], { domain: [0, 1] }), // biome-ignore format: short
  figureOf('in-part', [line('a', [[0, 1], [1, 2]]), { kind: 'dots', name: 'b', points: [] }]), // biome-ignore format: short
  figureOf('labels', [
    ...Array.from({ length: 30 }, (_, i): Mark => ({ kind: 'label', at: [i / 9, i + 1], text: `rule ${i}` })),
    { kind: 'label', at: [3, 2], text: 'one' },
    { kind: 'label', at: [3, 2.1], text: 'another' },
  ]),
  figureOf(
    'bars',
    [{ kind: 'bars', axis: 'x', name: 'a', bars: [[0.6, 1.4, 3], [1.6, 2.4, 5]] }], // biome-ignore format: short
    { label: '', names: ['the first', 'the second'] },
    { label: 'ms' },
  ),
  figureOf('small', [line('a', [[0, 1], [0.0015, 2]])]), // biome-ignore format: short
  figureOf('ends', [path('short', [[0, 0], [60, 1]])], {}, { domain: [0, 100] }), // biome-ignore format: short
  figureOf(
    'names',
    [
      path(names[0]!, [[0, 0], [100_000, 2]]), // biome-ignore format: short
      path(names[1]!, [[0, 0], [45_000, 1]]), // biome-ignore format: short
      { kind: 'label', at: [100_000, 1], text: 'a label', anchor: 'start' },
      { kind: 'label', at: [0, 1.5], text: 'a label', anchor: 'end' },
    ],
    {},
    { domain: [0, 100_000] },
  ),
  // Names at the ends of trajectories go to the side that other trajectories cover less.
  figureOf('crowded', [
    path('first', [[0, 0], [50, 5]]), // biome-ignore format: short
    path(
      'second',
      Array.from({ length: 40 }, (_, i): Point => [51 + i / 2, 5]),
    ),
    path(
      'third',
      Array.from({ length: 40 }, (_, i): Point => [45 - i / 2, 9]),
    ),
    path('fourth', [[20, 0], [46, 9]]), // biome-ignore format: short
    path('fourth', [[30, 0], [80, 9]]), // biome-ignore format: short
  ]),
];
