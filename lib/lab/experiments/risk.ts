import { interval } from '../../checks/ranges.js';
import { Dataset } from '../../data/dataset.js';
import { dense } from '../../layers/index.js';
import { Random } from '../../numbers/random.js';
import { adam } from '../../optimizers/index.js';
import type { Line, Point } from '../../pages/figure.js';
import { network } from '../../training/network.js';
import { Trainer } from '../../training/trainer.js';
import { atLeast, atMost, shortened } from '../check.js';
import { experiment } from '../experiment.js';
import { real, seed, whole } from '../setting.js';

const inputs = 20;
const expectedRows = 20_000;

/** Examples of two classes that depend on three of the inputs. Each label is wrong with probability `flipped`. */
function examples(rows: number, flipped: number, random: Random): Dataset {
  const values = random.normals(rows * inputs);
  const targets = Array.from({ length: rows }, (_, i) => {
    const [a, b, c] = values.subarray(i * inputs) as unknown as [number, number, number];
    const isPositive = a + b * c > 0;
    return Number(random.uniform() < flipped ? !isPositive : isPositive);
  });
  return new Dataset({ inputs: values, columns: inputs, targets });
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

export const risk = experiment({
  number: 1,
  name: 'risk',
  title: 'Empirical against expected risk, surrogate against 0/1 loss',
  slides: [
    {
      title: 'Learning as Optimization',
      claim: 'the empirical risk is only a proxy for the expected one: monitor a validation set, stop early',
    },
    {
      title: 'Learning as Optimization',
      claim: 'the loss may only be a surrogate, as the logistic loss for the 0/1 error: don’t overfit it',
    },
  ],
  question: 'What does a falling training loss say about the risk, and about the task?',
  formulas: [
    'R(θ) = E ℓ(yf(x)), over all examples there could be;  R(θ; S) = mean of ℓ over the training set S',
    'surrogates are above the 0/1 loss:  1[yf ≤ 0] ≤ log₂(1 + e^{−yf}),  1[yf ≤ 0] ≤ max(0, 1 − yf)',
  ],
  sources: [
    'Bartlett, Jordan & McAuliffe 2006, Convexity, classification, and risk bounds',
    'Prechelt 1998, Early stopping — but when?',
  ],
  settings: {
    rows: whole('examples to train on, and as many for validation', { full: 400, small: 150, least: 20, most: 5000 }),
    hidden: whole('hidden units', { full: 64, small: 48, most: 512 }),
    flipped: real('the share of wrong labels', { full: 0.1, range: interval(0.01, 0.5) }),
    epochs: whole('passes over the training set', { full: 120, small: 80, least: 10, most: 1000 }),
    learningRate: real('η of Adam', { full: 0.005, range: interval(1e-5, 1) }),
    patience: whole('epochs that early stopping waits for a better one', { full: 8, small: 4, most: 1000 }),
    seed,
  },

  async run({ rows, hidden, flipped, epochs, learningRate, patience, seed }, trial) {
    const random = new Random(seed);
    const [training, validation, expected] = [rows, rows, expectedRows].map((n) => examples(n, flipped, random));
    const data = { training: training!, validation: validation!, expected: expected! };
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
    const curves: Curves = { training: [], validation: [], expected: [] };
    for (let epoch = 0; epoch <= epochs; ++epoch) {
      for (const set of sets) curves[set].push(scoresOn(data[set]));
      await trial.progress(epoch / (epochs + 1));
      if (epoch < epochs) await trainer.fit(data.training, { batchSize: 32 });
    }
    for (const set of sets) data[set].dispose();

    const losses = curves.validation.map(({ logistic }) => logistic);
    const { best: stop, end } = earlyStopping(losses, patience);
    const at = (set: keyof Curves, epoch: number) => curves[set].at(epoch)!;
    const all = sets.flatMap((set) => curves[set]);
    const bestExpected = Math.min(...curves.expected.map(({ logistic }) => logistic));
    const lines = (score: keyof Scores): Line[] =>
      sets.map((set) => ({
        kind: 'line',
        name: set === 'expected' ? `expected (${expectedRows.toLocaleString('en')} other examples)` : set,
        points: curves[set].map((scores, epoch): Point => [epoch, scores[score]]),
      }));
    const margins = Array.from({ length: 101 }, (_, i) => -2.5 + i / 20);
    const epochsAxis = { label: 'epochs' };
    const stopped = [
      { kind: 'rule', axis: 'x', at: stop, name: 'kept by early stopping', color: 'gray' },
      { kind: 'rule', axis: 'x', at: end, name: 'where it gives up', color: 'gold' },
    ] as const;

    return {
      figures: [
        {
          name: 'loss',
          title: 'The training loss falls on, the risk does not',
          caption: `A 20-${hidden}-1 network learns ${rows} examples, of which ${Math.round(100 * flipped)} % are labelled wrongly.`,
          x: epochsAxis,
          y: { label: 'logistic loss (nats)' },
          marks: [...lines('logistic'), ...stopped],
        },
        {
          name: 'error',
          title: 'The 0/1 error, which is the task',
          caption: 'It goes its own way: while the logistic loss of the validation set climbs, its error hardly moves.',
          x: epochsAxis,
          y: { label: 'share of errors' },
          marks: [...lines('error'), ...stopped],
        },
        {
          name: 'surrogates',
          title: 'Surrogates lie above the 0/1 loss',
          caption: 'They have slopes to descend, where the 0/1 loss is flat.',
          x: { label: 'margin yf(x)' },
          y: { label: 'loss' },
          marks: [
            { kind: 'line', name: '0/1', color: 'gray', points: margins.map((m): Point => [m, Number(m <= 0)]) },
            {
              kind: 'line',
              name: 'logistic, in bits',
              points: margins.map((m): Point => [m, Math.log2(1 + Math.exp(-m))]),
            },
            { kind: 'line', name: 'hinge', points: margins.map((m): Point => [m, Math.max(0, 1 - m)]) },
          ],
        },
      ],
      checks: [
        atLeast(
          'overfitting: validation loss over training loss, in the end',
          at('validation', -1).logistic / at('training', -1).logistic,
          2,
        ),
        atLeast(
          'the validation loss in the end, over its least',
          at('validation', -1).logistic / Math.min(...losses),
          1.2,
        ),
        atMost(
          'early stopping: expected risk, as a share of that in the end',
          at('expected', stop).logistic / at('expected', -1).logistic,
          0.9,
        ),
        atMost(
          'early stopping: expected risk over the least of all epochs',
          at('expected', stop).logistic / bestExpected,
          1.1,
        ),
        atMost(
          '0/1 error − logistic loss in bits: the largest of all epochs and sets',
          Math.max(...all.map(({ error, logistic }) => error - logistic / Math.LN2)),
          0,
        ),
        atMost('0/1 error − hinge loss: likewise', Math.max(...all.map(({ error, hinge }) => error - hinge)), 0),
        atMost(
          'overfitting the surrogate: what the validation error gains while its loss climbs, over what the loss gains (as shares)',
          (at('validation', -1).error / at('validation', stop).error - 1) /
            (at('validation', -1).logistic / at('validation', stop).logistic - 1),
          0.5,
        ),
      ],
      findings: [
        `Early stopping keeps epoch ${stop}: expected loss ${shortened(at('expected', stop).logistic)}, error ${shortened(100 * at('expected', stop).error)} %. In the end they are ${shortened(at('expected', -1).logistic)} and ${shortened(100 * at('expected', -1).error)} %, with a training loss of ${shortened(at('training', -1).logistic)}.`,
      ],
    };
  },
});
