import { Random } from '../../numbers/random.js';
import type { Figure, Line, Mark, Point } from '../../pages/figure.js';
import { atLeast, atMost, shortened } from '../check.js';
import { contours, type View } from '../contours.js';
import type { Outcome } from '../outcome.js';
import { quadratic } from '../problems/quadratic.js';
import { beale, branin, himmelblau, rosenbrock, saddle } from '../problems/two_dimensional.js';
import type { Trial } from '../trial.js';
import { families } from './rule_families.js';
import { arrival, distanceLeft, follow, tolerance, tuned, type Way } from './ways.js';

export interface LandscapeSettings {
  steps: number;
  perDecade: number;
  offset: number;
  tooLarge: number;
  turn: number;
  seed: number;
}

/** A landscape with its caption, and the fraction of all rules that must arrive. */
interface Study extends View {
  readonly caption: string;
  readonly leastShare: number;
}

const studies = ({ offset }: LandscapeSettings): Study[] => [
  {
    problem: rosenbrock,
    x: [-2, 2],
    y: [-1, 3],
    caption: 'Into the bent valley is easy, along it is slow: momentum helps.',
    leastShare: 0.05,
  },
  {
    problem: beale,
    x: [-0.5, 4.5],
    y: [-1, 1.8],
    caption: 'A plateau, and a curved way down to the only minimum.',
    leastShare: 0.5,
  },
  {
    problem: himmelblau,
    x: [-5, 5],
    y: [-5, 5],
    caption: 'Four minima of one depth: where a run ends depends on its first steps.',
    leastShare: 0.7,
  },
  {
    problem: branin,
    x: [-5, 10],
    y: [0, 15],
    caption: 'Three minima of one depth.',
    leastShare: 0.7,
  },
  {
    problem: { ...saddle, start: [1, offset] },
    x: [-1.5, 1.5],
    y: [-1.5, 1.5],
    caption:
      'The start is a little beside the ridge that leads to the saddle at (0, 0): all turn away from it, to a minimum.',
    leastShare: 0.9,
  },
];

/** A bowl whose axes are at an angle to the coordinates. */
const bowl = (seed: number): View => ({
  problem: {
    ...quadratic([1, 2], { minimum: [1, 1], start: [2.5, 2], shape: [1, 2], rotation: new Random(seed) }),
    name: 'Bowl',
  },
  x: [-2, 4],
  y: [-2, 4],
});

/** Runs every rule in every landscape, with the best of some rates. */
export async function inLandscapes(settings: LandscapeSettings, trial: Trial): Promise<Outcome> {
  const { steps, perDecade, tooLarge, turn, seed } = settings;
  const rates = Array.from({ length: 5 * perDecade + 1 }, (_, i) => Number((10 ** (i / perDecade - 3)).toPrecision(2)));
  const places = studies(settings);
  const visited = [];
  for (const landscape of [bowl(seed), ...places]) {
    const waysOf: Way[][] = [];
    for (const { members } of families) {
      waysOf.push(members.map((member) => tuned(landscape, member, rates, steps)));
      await trial.progress((visited.length + waysOf.length / families.length) / (places.length + 1));
    }
    visited.push({ landscape, name: landscape.problem.name, waysOf, ways: waysOf.flat() });
  }
  const [inBowl, ...others] = visited;
  const shareIn = (ways: readonly Way[]) => ways.filter((way) => arrival(way) < Infinity).length / ways.length;

  const sgd = families[0]!.members[0]!;
  const everywhere = { ...places[0]!, x: [-Infinity, Infinity], y: [-Infinity, Infinity] } as const;
  const astray = follow(everywhere, sgd.rule(tooLarge, steps), tooLarge, steps);
  const onSaddle = others.at(-1)!.ways;
  const left = onSaddle.filter(({ points }) => Math.abs(points.at(-1)![1]) > 0.5);
  const distances = others.flatMap(({ landscape, ways }) =>
    ways.filter((way) => arrival(way) < Infinity).map((way) => distanceLeft(landscape, way)),
  );
  const count = onSaddle.length;
  return {
    figures: [
      ...others.map(({ waysOf }, i): Figure => {
        const k = (i + turn) % families.length;
        const place = places[i]!;
        const marks = families[k]!.members.map((member, j) => trajectory(member.name, waysOf[k]![j]!, place));
        if (i === 0) marks.push({ ...trajectory(`${sgd.name}, too fast`, astray, place), color: 'gray' });
        return figureOf(place, families[k]!.name, marks);
      }),
      arrivals(visited, steps),
    ],
    checks: [
      atLeast(
        `in a bowl, κ = 2: the share of all ${count} rules that arrive, R − R* ≤ ${tolerance}`,
        shareIn(inBowl!.ways),
        1,
      ),
      ...others.map(({ name, ways }, i) =>
        atLeast(`${name}: the share of all ${count} rules that arrive`, shareIn(ways), places[i]!.leastShare),
      ),
      atLeast('from beside the saddle: the share of rules that leave it, |y| > ½ in the end', left.length / count, 1),
      atMost('how far from a known minimum those are that arrive, the farthest', Math.max(...distances), 0.35),
      atLeast(
        `SGD on Rosenbrock with η = ${shortened(tooLarge)} diverges: its last finite R over the first`,
        astray.excess.at(-1)! / astray.excess[0]!,
        1e6,
      ),
    ],
    findings: [
      `Of ${count} rules, each at the best of ${rates.length} rates, this many come within ${tolerance} of the least value in ${steps} steps: ${visited.map(({ name, ways }) => `${name} ${Math.round(shareIn(ways) * count)}`).join(', ')}.`,
    ],
  };
}

/** A way as a mark, cut at the edge of the view if it goes astray. */
function trajectory(name: string, { rate, points, isAstray }: Way, { x, y }: View): Mark & { kind: 'trajectory' } {
  const isOutside = ([a, b]: Point) => a < x[0] || a > x[1] || b < y[0] || b > y[1];
  const end = isAstray ? points.findIndex(isOutside) : -1;
  const shown =
    end > 0 ? [...points.slice(0, end), exit(points[end - 1]!, points[end]!, [x, y]), [NaN, NaN] as const] : points;
  return { kind: 'trajectory', name: Number.isNaN(rate) ? name : `${name}, η = ${shortened(rate)}`, points: shown };
}

/** The point where a step out of a rectangle crosses its edge. */
function exit(from: Point, to: Point, sides: readonly (readonly [number, number])[]): Point {
  const share = Math.min(
    ...sides.map(([low, high], i) => {
      const [start, end] = [from[i]!, to[i]!];
      return end < low ? (low - start) / (end - start) : end > high ? (high - start) / (end - start) : 1;
    }),
  );
  return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
}

function figureOf({ problem, x, y, caption }: Study, family: string, ways: readonly Mark[]): Figure {
  const { name } = problem;
  const places = (points: readonly ArrayLike<number>[]) => points.map((point): Point => [point[0]!, point[1]!]);
  return {
    name: name.toLowerCase(),
    title: `${name}: ${family}`,
    caption: `${caption} Contours of log R; each rule with its best rate η, which falls to 0 as a cosine.`,
    x: { label: 'x', domain: x },
    y: { label: 'y', domain: y },
    marks: [
      contours({ problem, x, y }, 14),
      { kind: 'dots', name: 'minimum', color: 'gray', radius: 7, points: places(problem.minima) },
      ...ways,
    ],
  };
}

/** The fraction of the rules that has arrived, over steps (a data profile: Moré & Wild 2009). */
function arrivals(visited: readonly { name: string; ways: readonly Way[] }[], steps: number): Figure {
  return {
    name: 'arrivals',
    title: 'How soon the rules arrive',
    caption: `The share of all rules that are within ${tolerance} of the least value, to stay there.`,
    x: { label: 'step t', scale: 'log', domain: [1, steps] },
    y: { label: 'share of all rules', domain: [0, 1] },
    marks: visited.map(({ name, ways }): Line => {
      const times = ways
        .map(arrival)
        .filter(Number.isFinite)
        .sort((a, b) => a - b);
      const jumps = times.flatMap((t, i): Point[] => [
        [t, i / ways.length],
        [t, (i + 1) / ways.length],
      ]);
      return { kind: 'line', name, points: [[1, 0], ...jumps, [steps, times.length / ways.length]] };
    }),
  };
}
