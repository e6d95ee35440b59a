import { minimize } from '../../minimize/minimize.js';
import type { Random } from '../../numbers/random.js';
import { gradientDescent } from '../../optimizers/gradient_descent.js';
import { atLeast, atMost, between, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { himmelblau, saddle } from '../problems/two_dimensional.js';
import type { Trial } from '../trial.js';
import { basins, type End, gap, isAt } from './basins.js';
import { criticalPoints, type Place, placeAt, type SmoothProblem } from './critical_points.js';

export interface EndSettings {
  readonly starts: number;
  readonly networkStarts: number;
}

/** Classifies the ends of gradient descent from random starts, on two functions of the plane and on a small network. */
export async function ends(
  exclusiveOr: SmoothProblem,
  { starts, networkStarts }: EndSettings,
  random: Random,
  trial: Trial,
): Promise<Outcome & { places: readonly Place[] }> {
  const inPlane = (reach: number) => Float64Array.from({ length: 2 }, () => reach * (2 * random.uniform() - 1));
  const hills: End[] = [];
  const ridges: End[] = [];
  for (let i = 0; i < starts; ++i) {
    hills.push(endOf(himmelblau, inPlane(5), 1 / 350)); // λmax is at most 327 for |x|, |y| ≤ 5
    ridges.push(endOf(saddle, inPlane(1), 0.1));
    if (i % 20 === 0) await trial.progress((0.1 * i) / starts);
  }
  const manyPlaces = Array.from({ length: Math.max(200, starts) }, () => inPlane(5));
  const places = criticalPoints(himmelblau, manyPlaces);
  await trial.progress(0.2);
  const size = exclusiveOr.start.length;
  const networks: End[] = [];
  for (let i = 0; i < networkStarts; ++i) {
    networks.push(endOf(exclusiveOr, random.normals(size), 0.2));
    await trial.progress(0.2 + (0.6 * i) / networkStarts);
  }
  const stationary: Place[] = [];
  for (let i = 0; i < networkStarts; ++i) {
    stationary.push(...criticalPoints(exclusiveOr, [random.normals(size).map((x) => 1.5 * x)]));
    await trial.progress(0.8 + (0.2 * i) / networkStarts);
  }
  const count = (of: readonly Place[], kind: Place['kind']) => of.filter((place) => place.kind === kind).length;
  const losses = networks.map(({ loss }) => loss);
  const [best, worst] = [Math.min(...losses), Math.max(...losses)];
  const atBest = losses.filter((loss) => loss < best + 1e-3).length;
  return {
    places: stationary,
    figures: [basins(hills, places)],
    checks: [
      atMost(
        `runs that end anywhere but at a minimum: of ${2 * starts} in the plane and ${networkStarts} of a network`,
        2 * starts + networkStarts - count([...hills, ...ridges, ...networks], 'minimum'),
        0,
      ),
      atMost(
        'Himmelblau’s function: the distance of an end from the nearest of its four minima, the largest',
        Math.max(...hills.map(({ theta }) => Math.min(...himmelblau.minima.map((minimum) => gap(theta, minimum))))),
        1e-5,
      ),
      between(
        'of it, what descent on ‖∇f‖² finds: minima − saddles + maxima (1, by Morse)',
        count(places, 'minimum') - count(places, 'saddle') + count(places, 'maximum'),
        1,
        1,
      ),
      atLeast('saddles among them', count(places, 'saddle'), 4),
      atLeast('exclusive or: the loss at the worst minimum where a run ends, over that at the best', worst / best, 1.5),
    ],
    findings: [
      `Himmelblau’s function has ${count(places, 'minimum')} minima, ${count(places, 'saddle')} saddles and ${count(places, 'maximum')} maximum; ${starts} runs end at the minima ${himmelblau.minima.map((minimum) => hills.filter(isAt(minimum)).length).join(', ')} times, at the others never.`,
      `Exclusive or: ${atBest} of ${networkStarts} runs find the loss ${shortened(best)}; the others are stuck in local minima, of ${shortened(worst)} at worst.`,
    ],
  };
}

function endOf(problem: SmoothProblem, start: Float64Array, learningRate: number): End {
  const rule = gradientDescent({ learningRate });
  const { theta } = minimize(problem, { start, rule, maxSteps: 10_000, tolerance: 1e-7, onNonFinite: 'stop' });
  return { ...placeAt(problem, theta), start };
}
