import { Dataset, dense, network, Random, Trainer } from '../../index.js';
import type { Axis, Figure, Line } from '../../pages/index.js';
import { type Check, claim, shortened } from '../check.js';
import { digitPixels, digits } from '../data.js';
import { dots, line, referenceLine } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { Values } from '../setting.js';
import { mean } from '../spread.js';
import { insteadOf } from './differences.js';
import { families, lectureRules, type Member, plainSgd } from './rule_families.js';

type DigitSettings = Values<'examples' | 'heldOut' | 'hidden' | 'batchSize' | 'passes' | 'networks' | 'goal' | 'seed'>;

const others = families.flatMap(({ members }) => members);
const other = (name: string) => others.find((member) => member.name === name)!;

/**
 * A rule, and the largest final loss that is claimed for it, in units of that of SGD. The bound detects SGD with its own
 * best learning rate in place of the rule.
 */
interface Entry {
  readonly member: Member;
  readonly most?: number;
}

const entries: readonly Entry[] = [
  { member: plainSgd },
  { member: lectureRules.nesterov },
  { member: lectureRules.adagrad, most: 0.95 },
  { member: lectureRules.rmsprop, most: 0.95 },
  { member: lectureRules.adam, most: 0.75 },
  { member: other('Lion'), most: 0.65 },
  { member: other('Muon'), most: 0.5 },
  { member: other('schedule-free AdamW'), most: 0.65 },
];

/** Learning rates tried, half a decade apart. */
const rates = [1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1];

/** The number of measurements in each pass over the data. */
const laps = 4;

/** Measurements of a run, at the start and after each lap. */
interface Run {
  readonly steps: readonly number[];
  /** Time in training alone. */
  readonly seconds: readonly number[];
  /** Mean losses of a sample of the training examples. */
  readonly losses: readonly number[];
  /** The final share of misclassified held-out examples. */
  readonly error: number;
}

/** The runs of a rule with its best rate. */
interface Result {
  readonly entry: Entry;
  readonly rate: number;
  readonly runs: readonly Run[];
}

const counterModels = entries.filter(({ most }) => most !== undefined).map(({ member }) => insteadOf(member.name));
const nameOf = ({ entry, rate }: Result) => `${entry.member.name}, η = ${rate}`;
const meanOf = (values: readonly (readonly number[])[], k: number) => mean(values.map((list) => list[k]!));
const finalLoss = ({ runs }: Result) => mean(runs.map(({ losses }) => losses.at(-1)!));

/** Compares rules on networks for handwritten digits. */
export const onDigits = part(counterModels, async (settings: DigitSettings, trial) => {
  const { examples, heldOut, hidden, batchSize, passes, networks, goal, seed } = settings;
  const { images, labels } = await digits();
  const order = new Random(seed).permutation(labels.length);
  const all = new Dataset({ inputs: images, columns: digitPixels, scale: 1 / 255, targets: labels });
  const training = Array.from({ length: laps }, (_, i) =>
    all.select(order.subarray((i * examples) / laps, ((i + 1) * examples) / laps)),
  );
  const sample = all.select(order.subarray(0, examples).filter((_, i) => i % laps === 0));
  const test = all.select(order.subarray(examples, examples + heldOut));
  const seeds = Array.from({ length: networks }, (_, i) => seed + 100 * i);
  const tuningSeeds = [1, 2].map((i) => seed + 1_000_003 * i);
  const layers = [dense(hidden, { activation: 'relu' }), dense(10)];
  const loss = 'crossEntropy';

  const run = async (member: Member, rate: number, seed: number): Promise<Run> => {
    const total = passes * training.reduce((sum, { rows }) => sum + Math.ceil(rows / batchSize), 0);
    const model = network({ inputs: digitPixels, layers, seed });
    const trainer = new Trainer(model, { loss, optimizer: member.rule(rate, total), seed });
    const lossNow = () => model.evaluate(sample, { loss }).loss;
    const [steps, seconds, losses] = [[0], [0], [lossNow()]];
    try {
      for (let lap = 0; lap < passes * laps; ++lap) {
        const history = await trainer.fit(training[lap % laps]!, { batchSize });
        steps.push(history.steps);
        seconds.push(seconds.at(-1)! + history.epochs[0]!.seconds);
        losses.push(lossNow());
      }
    } finally {
      trainer.dispose();
    }
    const { accuracy } = model.evaluate(test, { loss, metrics: ['accuracy'] });
    return { steps, seconds, losses, error: 1 - accuracy! };
  };
  /** The loss at the end of a run. Infinity if its numbers overflow. */
  const lossAtEnd = async (member: Member, rate: number, seed: number): Promise<number> => {
    try {
      return (await run(member, rate, seed)).losses.at(-1)!;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_NON_FINITE') throw error;
      return Infinity;
    }
  };
  /** The learning rate with the smallest mean final loss on two other networks. */
  const tuned = async (member: Member, progress: (share: number) => Promise<void>): Promise<number> => {
    let best = { rate: rates[0]!, loss: Infinity };
    for (const [i, rate] of rates.entries()) {
      const losses: number[] = [];
      for (const seed of tuningSeeds) losses.push(await lossAtEnd(member, rate, seed));
      if (mean(losses) < best.loss) best = { rate, loss: mean(losses) };
      await progress((i + 1) / rates.length);
    }
    return best.rate;
  };

  const results: Result[] = [];
  const what = `Cross-entropy of networks of ${hidden} hidden units over a sample of the ${examples} digits that they are trained on, ${batchSize} at a time: mean of ${networks} networks, each rule with the rate η that leads furthest with two others, which falls to 0 as a cosine.`;
  const figures = () => figuresOf(results, what, goal);
  try {
    for (const [i, entry] of entries.entries()) {
      const { name } = entry.member;
      const member = entry.most === undefined ? entry.member : trial.instead(insteadOf(name), entry.member, plainSgd);
      const rate = await tuned(member, (share) => trial.progress((i + 0.6 * share) / entries.length));
      const runs: Run[] = [];
      for (const seed of seeds) runs.push(await run(member, rate, seed));
      results.push({ entry, rate, runs });
      await trial.progress((i + 1) / entries.length, figures);
    }
  } finally {
    for (const data of [...training, sample, test, all]) data.dispose();
  }

  const plain = finalLoss(results[0]!);
  const claimed = results.filter(({ entry }) => entry.most !== undefined);
  const checks = claimed.map(
    (result): Check =>
      claim(`on digits, ${result.entry.member.name}: training loss at the end over that of SGD`).atMost(
        finalLoss(result) / plain,
        result.entry.most!,
        insteadOf(result.entry.member.name),
      ),
  );
  const reached = ({ runs }: Result) => {
    const steps = runs[0]!.steps;
    const losses = steps.map((_, k) =>
      meanOf(
        runs.map((one) => one.losses),
        k,
      ),
    );
    return steps[losses.findIndex((loss) => loss <= goal)] ?? Infinity;
  };
  const bySpeed = results.toSorted((a, b) => reached(a) - reached(b));
  const byError = results.toSorted((a, b) => errorOf(a) - errorOf(b));
  const timesSgd = (result: Result) => shortened(Number((finalLoss(result) / plain).toPrecision(2)));
  const list = claimed.map((result) => `${result.entry.member.name} ${timesSgd(result)}`).join(', ');
  const gains = finalLoss(results[1]!) / plain < 0.95;
  return {
    figures: figures(),
    checks,
    findings: [
      finding(
        checks,
        `On digits, after equally many steps, these rules have a lower training loss than SGD with its best rate, in units of which: ${list}.`,
        `On digits, after equally many steps, not all of these rules have a lower training loss than SGD with its best rate by as much as is claimed, in units of which: ${list}.`,
      ),
      `Nesterov momentum comes to ${timesSgd(results[1]!)} in the same units${gains ? '' : ': that it gains on SGD is not supported here'}.`,
      `A training loss of ${goal} is reached ${reached(bySpeed[0]!) < Infinity ? `first, after ${shortened(reached(bySpeed[0]!))} steps, by ${nameOf(bySpeed[0]!)}` : 'by none'}; the best on digits held out, with ${shortened(100 * errorOf(byError[0]!))} % misread, is ${nameOf(byError[0]!)}.`,
    ],
  };
});

const errorOf = ({ runs }: Result) => Number(mean(runs.map(({ error }) => error)).toPrecision(3));

function figuresOf(results: readonly Result[], what: string, goal: number): Figure[] {
  const over = (
    name: string,
    title: string,
    caption: string,
    x: Axis,
    of: (run: Run) => readonly number[],
  ): Figure => ({
    name,
    title,
    caption,
    x,
    y: { label: 'training loss', scale: 'log' },
    marks: [
      ...results.map((result): Line => {
        const [xs, losses] = [result.runs.map(of), result.runs.map((run) => run.losses)];
        return line({ name: nameOf(result) }, xs[0]!, (_, k) => [meanOf(xs, k), meanOf(losses, k)]);
      }),
      referenceLine('y', goal, { color: 'gray', name: 'goal' }),
    ],
  });
  return [
    over('digits-steps', 'Handwritten digits: loss over steps', what, { label: 'step t' }, ({ steps }) => steps),
    over(
      'digits-time',
      'Handwritten digits: loss over time',
      `${what} The time is that of this machine without the time to measure the loss, so the cost of a step matters too.`,
      { label: 'time in training, seconds', scale: 'log' },
      ({ seconds }) => seconds,
    ),
    {
      name: 'digits-ends',
      title: 'Handwritten digits: training loss, and errors on held-out digits',
      caption:
        'The training loss at the end, and the share of digits held out that are misread: a dot for each network.',
      x: { label: 'training loss at the end', scale: 'log' },
      y: { label: 'misread digits, share' },
      marks: results.map((result) =>
        dots({ name: nameOf(result) }, result.runs, ({ losses, error }) => [losses.at(-1)!, error]),
      ),
    },
  ];
}
