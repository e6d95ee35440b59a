import type { Color, Figure } from '../../pages/index.js';
import { shortened } from '../check.js';
import { gridValues } from '../grid.js';
import { dots } from '../marks.js';
import { himmelblau } from '../problems/two_dimensional.js';
import type { Place } from './critical_points.js';

/** The end of a run, and its start. */
export interface End extends Place {
  readonly start: Float64Array;
}

type Minimum = readonly [x: number, y: number];

export const gap = ([x, y]: Float64Array, [a, b]: Minimum): number => Math.hypot(x! - a, y! - b);

export const isAt =
  (minimum: Minimum) =>
  ({ theta }: Place): boolean =>
    gap(theta, minimum) < 1e-3;

/** Himmelblau's function with its critical points, and the starts of runs. */
export function basins(ends: readonly End[], places: readonly Place[]): Figure {
  const [reach, width] = [5, 100];
  const colors = ['blue', 'orange', 'green', 'purple'] as const;
  const domain = [-reach, reach] as const;
  const values = gridValues({ x: domain, y: domain }, { width, height: width }, (...theta) =>
    himmelblau.objective(Float64Array.of(...theta), new Float64Array(2)),
  );
  const dotsAt = (look: { name?: string; color: Color; radius: number }, where: readonly ArrayLike<number>[]) =>
    dots(look, where, (place) => [place[0]!, place[1]!]);
  const ofKind = (kind: Place['kind']) => places.filter((place) => place.kind === kind).map(({ theta }) => theta);
  const startsTo = (minimum: Minimum) => ends.filter(isAt(minimum)).map(({ start }) => start);
  const starts = himmelblau.minima.map((minimum, i) => dotsAt({ color: colors[i]!, radius: 2 }, startsTo(minimum)));
  const minima = himmelblau.minima.map((minimum, i) =>
    dotsAt({ name: `minimum (${minimum.map(shortened).join(', ')})`, color: colors[i]!, radius: 7 }, [minimum]),
  );
  const others = [
    dotsAt({ name: 'saddle', color: 'red', radius: 6 }, ofKind('saddle')),
    dotsAt({ name: 'maximum', color: 'gray', radius: 6 }, ofKind('maximum')),
  ];
  return {
    name: 'basins',
    title: 'Where runs end, and critical points',
    caption:
      'Himmelblau’s function. Small dots are the starts of gradient descent, in the colour of the minimum where it ended. The saddles and the maximum are critical points too: does a run end there?',
    x: { label: 'x', domain },
    y: { label: 'y', domain },
    equal: true,
    marks: [
      { kind: 'contours', values, width, levels: [2, 8, 20, 40, 70, 110, 150, 180, 250, 400, 600] },
      ...[...starts, ...minima, ...others].filter(({ points }) => points.length > 0),
    ],
  };
}
