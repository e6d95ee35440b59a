import { lbfgs, minimize, type Random } from '../../index.js';
import type { Figure, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { Values } from '../setting.js';
import { median, quantile } from '../spread.js';
import { type Place, placeAt, type SmoothProblem, squaredSlope } from './critical_points.js';
import { parity } from './parity.js';

interface WidthOptions extends Values<'widest' | 'widthStarts'> {
  readonly random: Random;
}

const bits = 4;
/** Units of a small network. */
const few = 4;
/** λ of weight decay: large enough for runs to converge soon, small enough for 4 units to learn most of the parity. */
const decay = 0.01;
const units = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

const allWide = 'all networks with as many units as the widest';
const allNarrow = 'all networks with four units';
const downTheSlope = 'descent on ‖∇f‖² in place of f';
const counterModels = [allWide, allNarrow, downTheSlope];

/** The ends of runs from random starts, of networks of one width. */
interface Ends {
  readonly hidden: number;
  readonly ends: readonly Place[];
}

/** Tests that minima of wider networks are typically not worse, on the parity of four inputs. */
export const widths = part(counterModels, async ({ widest, widthStarts, random }: WidthOptions, trial) => {
  const swept = units.filter((hidden) => hidden < widest).concat(widest);
  const widthOf = trial.instead(
    allNarrow,
    trial.instead(
      allWide,
      (hidden: number) => hidden,
      () => widest,
    ),
    () => few,
  );
  const functionOf = trial.instead(
    downTheSlope,
    (problem: SmoothProblem) => problem,
    (problem: SmoothProblem) => squaredSlope(problem),
  );
  const found: Ends[] = [];
  const effort = swept.reduce((sum, hidden) => sum + hidden, 0);
  let done = 0;
  for (const hidden of swept) {
    const problem = parity({ bits, hidden: widthOf(hidden), decay });
    const descended = functionOf(problem);
    const ends: Place[] = [];
    for (let i = 0; i < widthStarts; ++i) {
      const start = random.normals(problem.start.length);
      const { theta } = minimize(descended, {
        start,
        rule: lbfgs(),
        maxSteps: 2000,
        tolerance: 1e-7,
        onNonFinite: 'stop',
      });
      ends.push(placeAt(problem, theta));
      done += hidden / widthStarts;
      await trial.progress(done / effort, () => [figure([...found, { hidden, ends }])]);
    }
    found.push({ hidden, ends });
    problem.dispose();
  }
  const losses = new Map(found.map(({ hidden, ends }) => [hidden, ends.map(({ loss }) => loss)]));
  const narrow = swept.filter((hidden) => hidden > 1 && hidden <= few);
  const [best, bad, typical] = [
    (hidden: number) => Math.min(...losses.get(hidden)!),
    (hidden: number) => quantile(losses.get(hidden)!, 0.9),
    (hidden: number) => median(losses.get(hidden)!),
  ];
  const spread = (hidden: number) => bad(hidden) / best(hidden);
  const places = found.flatMap(({ ends }) => ends);
  const [minima, stuck, better, alike] = [
    claim(
      `parity of four inputs: the share of runs that do not end at a minimum, of ${places.length} with 1 to ${widest} units`,
    ).atMost(places.filter(({ kind }) => kind !== 'minimum').length / places.length, 0.05, downTheSlope),
    claim(
      'with 2 to 4 units the minima differ: the loss above which one run in ten ends, over that at the best end, the largest',
    ).atLeast(Math.max(...narrow.map(spread)), 1.4, allWide),
    claim(
      'minima of larger networks are typically not worse: the same loss with the most units, over the loss at the best end with 4',
    ).atMost(bad(widest) / best(few), 0.95, allWide),
    claim('and they are alike: the same loss with the most units, over that at their best end').atMost(
      spread(widest),
      1.2,
      allNarrow,
    ),
  ] as const;
  const range = (hidden: number) => `${shortened(best(hidden))} to ${shortened(bad(hidden))}`;
  return {
    figures: [figure(found)],
    checks: [minima, stuck, better, alike],
    findings: [
      finding(
        [minima, stuck, better, alike],
        `Parity of four inputs: with 4 units nine of ten runs end at minima from ${range(few)}, with ${widest} at minima from ${range(widest)}: a bad end of the large network is below the best of the small one.`,
        `Parity of four inputs: with 4 units nine of ten runs end at losses from ${range(few)}, with ${widest} from ${range(widest)}; the medians of all widths are ${swept.map((hidden) => shortened(typical(hidden))).join(', ')}.`,
      ),
    ],
  };
});

function figure(found: readonly Ends[]): Figure {
  const lossesOf = ({ ends }: Ends) => ends.map(({ loss }) => loss);
  return {
    name: 'widths',
    title: 'Minima of larger networks',
    caption:
      'The ends of runs from random starts, on the parity of four inputs, with weight decay: a dot for each run, and the median. Notice how far apart the ends are for networks of few units, and how low the worst ends of wide networks are.',
    x: { label: 'hidden units', scale: 'log' },
    y: { label: 'loss in the end', scale: 'log' },
    marks: [
      line({ name: 'median', color: 'blue' }, found, (ends) => [ends.hidden, median(lossesOf(ends))]),
      dots(
        { name: 'end of a run', color: 'orange', radius: 3 },
        found.flatMap((ends) => lossesOf(ends).map((loss): Point => [ends.hidden, loss])),
      ),
    ],
  };
}
