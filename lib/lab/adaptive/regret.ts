import {
  adagrad,
  adam,
  type Hyperparameter,
  Optimizer,
  Random,
  type Rule,
  rmsprop,
  schedules,
  sgd,
} from '../../index.js';
import type { Color, Figure, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line, referenceLine } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { Values } from '../setting.js';
import { logLogSlope } from '../slope.js';
import { someSteps } from '../some_steps.js';
import { largest } from '../spread.js';
import { adagradBounds, clicks, type Game, hindsight, play, playCoins, proofDeviation, regrets } from './online.js';

/** Learning rates tried. */
const rates = [-3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
const delta = 1e-10;

const players: readonly [name: string, color: Color, rule: (learningRate: number) => Rule][] = [
  ['AdaGrad', 'blue', (learningRate) => adagrad({ learningRate, epsilon: delta })],
  ['RMSprop', 'green', (learningRate) => rmsprop({ learningRate })],
  ['Adam', 'purple', (learningRate) => adam({ learningRate })],
  ['SGD', 'orange', (learningRate) => sgd({ learningRate })],
];

type RegretSettings = Values<'rounds' | 'features' | 'flipped' | 'seed'>;

const otherRate = 'an η that is 1 % larger in the equation';

/** The game of a rule with its best learning rate. */
interface Play {
  readonly name: string;
  readonly color: Color;
  readonly rate: number;
  readonly game: Game;
  /** The regret at each horizon. */
  readonly curve: readonly Point[];
}

/** Regret of AdaGrad and other rules on a stream of clicks, against the best fixed θ in hindsight. */
export const onStream = part([otherRate], async ({ rounds, features, flipped, seed }: RegretSettings, trial) => {
  const stream = clicks(rounds, features, flipped, new Random(seed));
  const tuning = Math.ceil(rounds / 10);
  const first = Math.ceil(rounds / 30);
  const horizons = Array.from({ length: 13 }, (_, k) => Math.round(first * (rounds / first) ** (k / 12)));
  const bestOfTuning = hindsight(stream, tuning);
  const bests: Float64Array[] = [];
  for (const [k, horizon] of horizons.entries()) {
    bests.push(hindsight(stream, horizon));
    await trial.progress((0.2 * (k + 1)) / horizons.length);
  }

  const games: Play[] = [];
  for (const [i, [name, color, rule]] of players.entries()) {
    let found = { rate: 0, game: play(stream, rule(0)), regret: Infinity };
    for (const rate of rates) {
      const game = play(stream, rule(rate));
      const regret = regrets(stream, game, bestOfTuning)[tuning - 1]!;
      if (regret < found.regret) found = { rate, game, regret };
      await trial.progress(0.2 + 0.2 * (i + rates.indexOf(rate) / rates.length));
    }
    const { rate, game } = found;
    const curve = horizons.map((T, k): Point => [T, regrets(stream, game, bests[k]!)[T - 1]!]);
    games.push({ name, color, rate, game, curve });
    await trial.progress(0.2 + 0.2 * (i + 1), () => [figureOf(games)]);
  }

  const { rate, game, curve } = games[0]!;
  const [T, regret] = curve.at(-1)!;
  const bound = adagradBounds(game, bests.at(-1)!, { rate, delta })[T - 1]!;
  const slopes = games.map((one) => `${one.name} ${shortened(logLogSlope(one.curve.slice(-6)))}`).join(', ');
  return {
    figures: [figureOf(games)],
    checks: [
      claim(
        'AdaGrad on the clicks: 2ηg(θ − θ*) = (δ + γ)((θ − θ*)² − (θ′ − θ*)²) + η²g²/(δ + γ) at every step, whose sum is the bound: the largest relative deviation',
      ).atMost(
        proofDeviation(game, bests.at(-1)!, { rate: rate * trial.instead(otherRate, 1, 1.01), delta }),
        1e-12,
        otherRate,
      ),
    ],
    findings: [
      `On the clicks AdaGrad's regret after ${T} rounds is ${shortened(regret)}, where its bound is ${shortened(bound)}. p of R(T) ∝ Tᵖ in the later half of the figure: ${slopes}.`,
    ],
  };

  function figureOf(games: readonly Play[]): Figure {
    const { rate, game, curve } = games[0]!;
    const [T, regret] = curve.at(-1)!;
    const bounds = horizons.map((t, k): Point => [t, adagradBounds(game, bests[k]!, { rate, delta })[t - 1]!]);
    return {
      name: 'regret',
      title: 'Regret on a stream of clicks',
      caption: `The loss up to round T, less that of the best fixed θ for these rounds. The learning rates are the best for the first ${tuning} rounds (left of the line): compare how the regret grows from there for rules whose steps shrink and for rules whose steps do not.`,
      x: { label: 'rounds T', scale: 'log' },
      y: { label: 'regret R(T)', scale: 'log' },
      marks: [
        referenceLine('x', tuning, { color: 'gray' }),
        ...games.map(({ name, color, rate, curve: points }) => line({ name: `${name}, η = ${rate}`, color }, points)),
        line({ name: "AdaGrad's bound", color: 'blue', style: 'dashed' }, bounds),
        line({ name: '∝ √T', color: 'gray', style: 'dotted' }, horizons, (t) => [t, 1.5 * regret * Math.sqrt(t / T)]),
      ],
    };
  }
});

/** η of the rules that play coins. AdaGrad's bound is least with D/√2, where D = 1 is the distance of θ* from the start. */
const coinRate = 0.7;

const constantSteps = 'SGD in place of AdaGrad';

/** Regret of AdaGrad on tosses of coins, and its bound. */
export const onCoins = part([constantSteps], ({ rounds, features, seed }: RegretSettings, trial) => {
  const games = players.map(([name, color, usual], i) => {
    const rule = i === 0 ? trial.instead(constantSteps, usual, players.at(-1)![2]) : usual;
    return { name, color, ...playCoins(rounds, features, rule(coinRate), new Random(seed)) };
  });
  const best = new Float64Array(features).fill(1);
  const own = games[0]!;
  const bounds = adagradBounds(own, best, { rate: coinRate, delta });
  const times = someSteps(rounds, 'log', 100).slice(1);
  const points = (values: Float64Array) => times.map((T): Point => [T, values[T - 1]!]);
  const late = points(own.regrets).filter(([T]) => T >= rounds / 30);
  const shares = own.regrets.map((regret, t) => regret / bounds[t]!);
  const [bounded, power] = [
    claim('AdaGrad on tosses of coins: R(T) over the bound of Duchi, Hazan & Singer, the largest of all T').atMost(
      largest(shares),
      1,
      constantSteps,
    ),
    claim('AdaGrad on tosses of coins: R(T) ∝ Tᵖ with p = ½').between(logLogSlope(late), 0.4, 0.6, constantSteps),
  ] as const;
  const end = own.regrets.at(-1)!;
  return {
    figures: [
      {
        name: 'coins',
        title: 'Regret on tosses of coins, and its bound',
        caption: `Each of ${features} parameters estimates the median of its coin, which shows 1 three times as often as −1: f = Σ|θᵢ − xᵢ|, and η = ${coinRate} for all rules. Compare the slopes: a step of constant length costs the same in every round.`,
        x: { label: 'rounds T', scale: 'log' },
        y: { label: 'regret R(T)', scale: 'log' },
        marks: [
          ...games.map(({ name, color, regrets }) => line({ name, color }, points(regrets))),
          line({ name: "AdaGrad's bound", color: 'blue', style: 'dashed' }, points(bounds)),
        ],
      },
    ],
    checks: [bounded, power],
    findings: [
      finding(
        [bounded, power],
        `On tosses of coins AdaGrad's regret comes to ${shortened(100 * largest(shares))} % of its bound, and grows as T^${shortened(power.measured)}.`,
        `On tosses of coins AdaGrad's regret after ${rounds} rounds is ${shortened(end)}, where its bound is ${shortened(bounds.at(-1)!)}; it grows as T^${shortened(power.measured)}.`,
      ),
    ],
  };
});

/**
 * C: the gradient of the first of every three rounds. In the other two it is −1; since C > 2, the best θ in [−1, 1] is
 * −1.
 */
const rareGradient = 4;

/** R(T)/T for each T, of losses Cθ, −θ, −θ, … on [−1, 1] (Reddi, Kale & Kumar 2018, theorem 1). Starts at θ = 0. */
function perRound(rule: Rule, rounds: number): Float64Array {
  const theta = Float64Array.of(0);
  const optimizer = new Optimizer([theta], rule);
  let regret = 0;
  return Float64Array.from({ length: rounds }, (_, t) => {
    const gradient = t % 3 === 0 ? rareGradient : -1;
    regret += gradient * (theta[0]! + 1);
    optimizer.step([Float64Array.of(gradient)]);
    theta[0] = Math.max(-1, Math.min(theta[0]!, 1));
    return regret / (t + 1);
  });
}

const safe = 'AMSGrad in place of Adam';
const unsafe = 'Adam in place of AMSGrad';

/** A problem on which Adam converges to the worst θ although its learning rate falls as 1/√t. */
export const onCounterexample = part([safe, unsafe], ({ rounds }: Pick<RegretSettings, 'rounds'>, trial) => {
  const learningRate: Hyperparameter = schedules.inverseTime({ from: 0.5, alpha: 0.5, allowDivergent: true });
  const options = { learningRate, beta1: 0, beta2: 1 / (1 + rareGradient ** 2), epsilon: 0 };
  const runs: [string, Float64Array][] = [
    ['Adam', perRound(adam({ ...options, amsgrad: trial.instead(safe, false, true) }), rounds)],
    ['AMSGrad', perRound(adam({ ...options, amsgrad: trial.instead(unsafe, true, false) }), rounds)],
    ['AdaGrad', perRound(adagrad({ learningRate: 0.5 }), rounds)],
  ];
  const worst = (2 * (rareGradient - 2)) / 3;
  const [adams, amsgrads] = [runs[0]![1], runs[1]![1]];
  const [misled, led] = [
    claim('Adam on the counterexample: final R(T)/T over R(T)/T at the worst θ').atLeast(
      adams.at(-1)! / worst,
      0.95,
      safe,
    ),
    claim('AMSGrad on it: final R(T)/T, likewise').atMost(amsgrads.at(-1)! / worst, 0.2, unsafe),
  ] as const;
  return {
    figures: [
      {
        name: 'counterexample',
        title: 'A stream on which Adam can go the wrong way',
        caption: `Gradients are ${rareGradient}, −1, −1, repeatedly, and θ is clipped to [−1, 1]; −1 is the best. The rare large gradient dominates v, and so is divided by its own size. AMSGrad divides by the largest v so far, AdaGrad by the sum of all squares: compare where each ends.`,
        x: { label: 'rounds T', scale: 'log' },
        y: { label: 'regret per round R(T)/T' },
        marks: [
          referenceLine('y', worst, { color: 'gray', name: 'always at θ = 1' }),
          ...runs.map(([name, values]) =>
            line({ name }, someSteps(rounds, 'log').slice(1), (T) => [T, values[T - 1]!]),
          ),
        ],
      },
    ],
    checks: [misled, led],
    findings: [
      finding(
        [misled, led],
        `On gradients of ${rareGradient}, −1, −1, Adam's regret per round ends at ${shortened(adams.at(-1)!)}: it goes the wrong way. That of AMSGrad ends at ${shortened(amsgrads.at(-1)!)}.`,
        `On gradients of ${rareGradient}, −1, −1, the regret per round ends at ${shortened(adams.at(-1)!)} with Adam and at ${shortened(amsgrads.at(-1)!)} with AMSGrad, where the worst θ has ${shortened(worst)}.`,
      ),
    ],
  };
});
