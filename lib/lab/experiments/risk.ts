import { adam, Dataset, dense, type FloatArray, network, Random, Trainer } from '../../index.js';
import type { Figure, Line, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { experiment } from '../experiment.js';
import { line, referenceLine } from '../marks.js';
import { finding } from '../outcome.js';
import { inOnePart } from '../parts.js';
import { real, seed, whole } from '../setting.js';

const inputs = 20;
const expectedRows = 20_000;

/** Examples of two classes that depend on three of the inputs. Each label is wrong with probability `flipped`. */
function examples(rows: number, flipped: number, random: Random): { set: Dataset; targets: readonly number[] } {
  const values = random.normals(rows * inputs);
  const targets = Array.from({ length: rows }, (_, i) => {
    const [a, b, c] = values.subarray(i * inputs) as unknown as [number, number, number];
    const isPositive = a + b * c > 0;
    return Number(random.uniform() < flipped ? !isPositive : isPositive);
  });
  return { set: new Dataset({ inputs: values, columns: inputs, targets }), targets };
}

/** Mean losses and error on one set after an epoch. */
interface Scores {
  readonly logistic: number;
  readonly hinge: number;
  /** Fraction of the examples that are misclassified. */
  readonly error: number;
}

const sets = ['training', 'validation', 'expected'] as const;
type Curves = Record<(typeof sets)[number], Scores[]>;

/**
 * Early stopping: ends training once `patience` epochs in a row are no better than the best before them.
 *
 * @returns The best epoch, which is kept, and the last one.
 */
export function earlyStopping(losses: readonly number[], patience: number): { best: number; end: number } {
  let best = 0;
  for (let end = 1; end < losses.length; ++end) {
    if (losses[end]! < losses[best]!) best = end;
    if (end - best === patience) return { best, end };
  }
  return { best, end: losses.length - 1 };
}

const sameExamples = 'validation on the training examples';
const onOthers = 'the loss on other examples in place of the training loss';
const byChance = 'labels decided by coin tosses';
const inNats = 'the logistic loss in nats';
const halfMargin = 'max(0, ½ − yf)';
const otherSurrogate = 'the hinge loss in place of the 0/1 error';

const counterModels = [sameExamples, onOthers, byChance, inNats, halfMargin, otherSurrogate];

export const risk = experiment({
  number: 1,
  name: 'risk',
  title: 'Empirical against expected risk, surrogate against 0/1 loss',
  slides: [
    {
      title: 'Learning as Optimization',
      claim: 'the empirical risk is only a proxy for the expected one: monitor a validation set and stop early',
    },
    {
      title: 'Learning as Optimization',
      claim: 'the loss may be only a surrogate, such as the logistic loss for the 0/1 error: don’t overfit it',
    },
  ],
  question: 'What does a falling training loss say about the risk and about the task?',
  formulas: [
    'R(θ) = E ℓ(yf(x)), over all possible examples;  R(θ; S) = mean of ℓ over the training set S',
    'surrogates are upper bounds of the 0/1 loss:  1[yf ≤ 0] ≤ log₂(1 + e^{−yf}),  1[yf ≤ 0] ≤ max(0, 1 − yf)',
  ],
  sources: [
    'Prechelt 1998, Early stopping — but when?',
    'Bartlett, Jordan & McAuliffe 2006, Convexity, classification, and risk bounds',
  ],
  settings: {
    rows: whole('examples to train on, and the same number for validation', {
      full: 400,
      small: 150,
      least: 20,
      most: 5000,
    }),
    hidden: whole('hidden units', { full: 64, small: 48, most: 512 }),
    flipped: real('the share of wrong labels', { full: 0.1, range: [0.01, 0.5] }),
    epochs: whole('passes over the training set', { full: 120, small: 80, least: 10, most: 1000 }),
    learningRate: real('η of Adam', { full: 0.005, range: [1e-5, 1] }),
    patience: whole('epochs that early stopping waits for an improvement', { full: 8, small: 4, most: 1000 }),
    seed,
  },

  run: inOnePart(counterModels, async ({ rows, hidden, flipped, epochs, learningRate, patience, seed }, trial) => {
    const random = new Random(seed);
    const wrong = trial.instead(byChance, flipped, 0.5);
    const { set: training } = examples(rows, wrong, random);
    const { set: validation, targets } = examples(rows, wrong, random);
    const data = {
      training,
      validation: trial.instead(sameExamples, validation, training),
      expected: examples(expectedRows, wrong, random).set,
    };
    const model = network({
      inputs,
      layers: [dense(hidden, { activation: 'relu' }), dense(1)],
      type: 'float64',
      seed,
    });
    using trainer = new Trainer(model, { loss: 'logistic', optimizer: adam({ learningRate }), seed });
    const scoresOn = (set: Dataset): Scores => {
      const { loss, accuracy } = model.evaluate(set, { loss: 'logistic', metrics: ['accuracy'] });
      return { logistic: loss, hinge: model.evaluate(set, { loss: 'hinge' }).loss, error: 1 - accuracy! };
    };
    const surrogates = {
      logistic: (margin: number) => Math.log1p(Math.exp(-margin)) / trial.instead(inNats, Math.LN2, 1),
      hinge: (margin: number) => Math.max(0, trial.instead(halfMargin, 1, 0.5) - margin),
    };
    const excess = { logistic: -Infinity, hinge: -Infinity };
    const curves: Curves = { training: [], validation: [], expected: [] };
    for (let epoch = 0; epoch <= epochs; ++epoch) {
      for (const set of sets) curves[set].push(scoresOn(data[set]));
      for (const margin of marginsOf(model.predict(validation), targets))
        for (const name of ['logistic', 'hinge'] as const)
          excess[name] = Math.max(excess[name], Number(margin <= 0) - surrogates[name](margin));
      await trial.progress(epoch / (epochs + 1), () => curveFigures(curves, [], { hidden, rows, flipped }));
      if (epoch < epochs) await trainer.fit(data.training, { batchSize: 32 });
    }
    for (const set of [training, validation, data.expected]) set.dispose();

    const losses = curves.validation.map(({ logistic }) => logistic);
    const { best: stop, end } = earlyStopping(losses, patience);
    const at = (set: keyof Curves, epoch: number) => curves[set].at(epoch)!;
    const growth = (score: keyof Scores) => at('validation', -1)[score] / at('validation', stop)[score] - 1;
    const gap = claim('overfitting: final validation loss over final training loss').atLeast(
      at('validation', -1).logistic / at('training', -1).logistic,
      2,
      sameExamples,
    );
    const fits = claim('the final training loss over that of the epoch that early stopping keeps').atMost(
      at(trial.instead(onOthers, 'training', 'expected'), -1).logistic /
        at(trial.instead(onOthers, 'training', 'expected'), stop).logistic,
      0.8,
      onOthers,
    );
    const learned = claim('early stopping: expected error, where guessing has 0.5').atMost(
      at('expected', stop).error,
      0.42,
      byChance,
    );
    const turns = claim('the final validation loss over its smallest value').atLeast(
      at('validation', -1).logistic / Math.min(...losses),
      1.2,
      sameExamples,
    );
    const saves = claim('early stopping: expected risk, as a share of the final one').atMost(
      at('expected', stop).logistic / at('expected', -1).logistic,
      0.9,
      sameExamples,
    );
    const nearBest = claim('early stopping: expected risk over the smallest of all epochs').atMost(
      at('expected', stop).logistic / Math.min(...curves.expected.map(({ logistic }) => logistic)),
      1.1,
      sameExamples,
    );
    const above = [
      claim('0/1 loss − logistic loss in bits: the largest over all validation examples and epochs').atMost(
        excess.logistic,
        0,
        inNats,
      ),
      claim('0/1 loss − hinge loss: likewise').atMost(excess.hinge, 0, halfMargin),
    ];
    const apart = claim(
      'overfitting the surrogate: the relative growth of the validation error over that of the validation loss, after the epoch that is kept',
    ).atMost(growth(trial.instead(otherSurrogate, 'error', 'hinge')) / growth('logistic'), 0.5, otherSurrogate);
    const losing = `Early stopping keeps epoch ${stop}: expected loss ${shortened(at('expected', stop).logistic)}, error ${shortened(100 * at('expected', stop).error)} %. In the end they are ${shortened(at('expected', -1).logistic)} and ${shortened(100 * at('expected', -1).error)} %, with a training loss of ${shortened(at('training', -1).logistic)}`;
    const gains = `While the validation loss goes from ${shortened(at('validation', stop).logistic)} to ${shortened(at('validation', -1).logistic)}, its error goes from ${shortened(100 * at('validation', stop).error)} to ${shortened(100 * at('validation', -1).error)} %`;
    return {
      figures: [
        ...curveFigures(curves, stoppedAt(stop, end), { hidden, rows, flipped }),
        {
          name: 'surrogates',
          title: 'Surrogates and the 0/1 loss',
          caption:
            'The surrogates have slopes to descend where the 0/1 loss is flat. The check is whether they lie above it.',
          x: { label: 'margin yf(x)' },
          y: { label: 'loss' },
          marks: [
            line({ name: '0/1', color: 'gray' }, step),
            ...(['logistic', 'hinge'] as const).map((name) =>
              line({ name: name === 'logistic' ? 'logistic, in bits' : name }, margins, (m) => [
                m,
                surrogates[name](m),
              ]),
            ),
          ],
        },
      ],
      checks: [gap, fits, learned, turns, saves, nearBest, ...above, apart],
      findings: [
        finding(
          [gap, fits, turns, saves, nearBest],
          `${losing}: it keeps falling while the risk rises.`,
          `${losing}. That the training loss keeps falling while the risk rises, and early stopping therefore pays, is not supported here.`,
        ),
        finding([learned, turns, apart], `${gains}: the surrogate is overfitted, but hardly the task.`, `${gains}.`),
      ],
    };
  }),
});

/** yf(x) of each example. */
function* marginsOf(outputs: FloatArray, targets: readonly number[]): Generator<number> {
  for (const [i, output] of outputs.entries()) yield targets[i]! > 0 ? output : -output;
}

const margins = Array.from({ length: 101 }, (_, i) => -2.5 + i / 20);

/** The 0/1 loss over the margin. */
const step: readonly Point[] = [[-2.5, 1], [0, 1], [0, 0], [2.5, 0]]; // biome-ignore format: a step

const stoppedAt = (stop: number, end: number): Mark[] => [
  referenceLine('x', stop, { name: 'kept by early stopping', color: 'gray' }),
  referenceLine('x', end, { name: 'where training stops', color: 'gold' }),
];

function curveFigures(
  curves: Curves,
  stopped: readonly Mark[],
  { hidden, rows, flipped }: { hidden: number; rows: number; flipped: number },
): Figure[] {
  const lines = (score: keyof Scores): Line[] =>
    sets.map((set) =>
      line(
        { name: set === 'expected' ? `expected (${expectedRows.toLocaleString('en')} other examples)` : set },
        curves[set],
        (scores, epoch) => [epoch, scores[score]],
      ),
    );
  return [
    {
      name: 'loss',
      title: 'Training loss and risk',
      caption: `A 20-${hidden}-1 network learns ${rows} examples, of which ${Math.round(100 * flipped)} % have wrong labels. Where does the risk begin to rise while the training loss still falls?`,
      x: { label: 'epochs' },
      y: { label: 'logistic loss (nats)' },
      marks: [...lines('logistic'), ...stopped],
    },
    {
      name: 'error',
      title: 'The 0/1 error, which is the task',
      caption: 'Compare the error on the validation set with its loss, above, after the epoch that is kept.',
      x: { label: 'epochs' },
      y: { label: 'share of errors' },
      marks: [...lines('error'), ...stopped],
    },
  ];
}
