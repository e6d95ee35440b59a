import { gradientDescent, minimize, type Random } from '../../index.js';
import { claim, shortened } from '../check.js';
import { finding, type Outcome } from '../outcome.js';
import { himmelblau, saddle } from '../problems/two_dimensional.js';
import type { Values } from '../setting.js';
import type { Trial } from '../trial.js';
import { basins, type End, gap, isAt } from './basins.js';
import { criticalPoints, onSlope, type Place, placeAt, type SmoothProblem, squaredSlope } from './critical_points.js';
import { exclusiveOr } from './parity.js';

type EndSettings = Values<'starts' | 'networkStarts' | 'decay'>;

const downTheSlope = 'descent on ‖∇f‖² in place of f';
const downTheFunction = 'descent on f in place of ‖∇f‖²';
const manyUnits = 'ten hidden units in place of two';
export const endCounterModels = [downTheSlope, downTheFunction, manyUnits];

/** Classifies the ends of gradient descent from random starts, on two functions of the plane and on a small network. */
export async function ends(
  { starts, networkStarts, decay }: EndSettings,
  random: Random,
  trial: Trial,
): Promise<Outcome & { places: readonly Place[] }> {
  const inPlane = (reach: number) => Float64Array.from({ length: 2 }, () => reach * (2 * random.uniform() - 1));
  const endOf = trial.instead(downTheSlope, endOfDescent, endOnSlope);
  const hills: End[] = [];
  const ridges: End[] = [];
  for (let i = 0; i < starts; ++i) {
    hills.push(endOf(himmelblau, inPlane(5), 1 / 350)); // λmax is at most 327 for |x|, |y| ≤ 5
    ridges.push(endOf(saddle, inPlane(1), 0.1));
    if (i % 20 === 0) await trial.progress((0.1 * i) / starts, () => [basins(hills, [])]);
  }
  const manyPlaces = Array.from({ length: Math.max(200, starts) }, () => inPlane(5));
  const places = criticalPoints(
    himmelblau,
    manyPlaces,
    trial.instead(downTheFunction, squaredSlope, (f) => f),
  );
  const inThePlane = { figures: [basins(hills, places)], checks: [], findings: [] };
  await trial.progress(0.2, () => inThePlane);
  const gate = exclusiveOr(decay, trial.instead(manyUnits, 2, 10));
  const size = gate.start.length;
  const networks: End[] = [];
  for (let i = 0; i < networkStarts; ++i) {
    networks.push(endOf(gate, random.normals(size), 0.2));
    await trial.progress(0.2 + (0.6 * i) / networkStarts);
  }
  const stationary: Place[] = [];
  for (let i = 0; i < networkStarts; ++i) {
    stationary.push(...criticalPoints(gate, [random.normals(size).map((x) => 1.5 * x)]));
    await trial.progress(0.8 + (0.2 * i) / networkStarts);
  }
  gate.dispose();
  const count = (of: readonly Place[], kind: Place['kind']) => of.filter((place) => place.kind === kind).length;
  const losses = networks.map(({ loss }) => loss);
  const [best, worst] = [Math.min(...losses), Math.max(...losses)];
  const atBest = losses.filter((loss) => loss < best + 1e-3).length;
  const missed = 2 * starts + networkStarts - count([...hills, ...ridges, ...networks], 'minimum');
  const [atMinima, near, morse, saddlesFound, stuck] = [
    claim(`runs that do not end at a minimum, of ${2 * starts} in the plane and ${networkStarts} of a network`).atMost(
      missed,
      0,
      downTheSlope,
    ),
    claim('Himmelblau’s function: the distance of an end from the nearest of its four minima, the largest').atMost(
      Math.max(...hills.map(({ theta }) => Math.min(...himmelblau.minima.map((minimum) => gap(theta, minimum))))),
      1e-5,
      downTheSlope,
    ),
    claim('its critical points found by descent on ‖∇f‖²: minima − saddles + maxima (1, by Morse)').between(
      count(places, 'minimum') - count(places, 'saddle') + count(places, 'maximum'),
      1,
      1,
      downTheFunction,
    ),
    claim('saddles among them').atLeast(count(places, 'saddle'), 4, downTheFunction),
    claim('exclusive or: the loss at the worst minimum where a run ends, over the loss at the best').atLeast(
      worst / best,
      1.5,
      manyUnits,
    ),
  ] as const;
  const found = `Himmelblau’s function has ${count(places, 'minimum')} minima, ${count(places, 'saddle')} saddles and ${count(places, 'maximum')} maximum`;
  const atEach = himmelblau.minima.map((minimum) => hills.filter(isAt(minimum)).length).join(', ');
  return {
    places: stationary,
    figures: inThePlane.figures,
    checks: [atMinima, near, morse, saddlesFound, stuck],
    findings: [
      finding(
        [atMinima, near, morse, saddlesFound],
        `${found}; ${starts} runs end at the minima ${atEach} times, at the others never.`,
        `Of the critical points of Himmelblau’s function were found: minima ${count(places, 'minimum')}, saddles ${count(places, 'saddle')}, maxima ${count(places, 'maximum')}; of ${starts} runs on it ${atEach} end at its minima, and of all runs ${missed} elsewhere than at a minimum.`,
      ),
      finding(
        [atMinima, stuck],
        `Exclusive or: ${atBest} of ${networkStarts} runs find the loss ${shortened(best)}; the others are stuck in local minima, of ${shortened(worst)} at worst.`,
        `Exclusive or: the losses in the end are from ${shortened(best)} to ${shortened(worst)}.`,
      ),
    ],
  };
}

function endOfDescent(problem: SmoothProblem, start: Float64Array, learningRate: number): End {
  const rule = gradientDescent({ learningRate });
  const { theta } = minimize(problem, { start, rule, maxSteps: 10_000, tolerance: 1e-7, onNonFinite: 'stop' });
  return { ...placeAt(problem, theta), start };
}

/** The critical point of any kind that descent on ½‖∇f‖² finds. */
function endOnSlope(problem: SmoothProblem, start: Float64Array): End {
  const { theta } = minimize(squaredSlope(problem), { start, ...onSlope });
  return { ...placeAt(problem, theta), start };
}
