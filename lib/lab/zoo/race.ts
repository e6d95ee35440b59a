import { Dataset } from '../../data/dataset.js';
import { dense } from '../../layers/dense.js';
import { crossEntropy } from '../../losses/cross_entropy.js';
import { Random } from '../../numbers/random.js';
import type { Axis, Figure, Line, Point } from '../../pages/figure.js';
import { network } from '../../training/network.js';
import { Trainer } from '../../training/trainer.js';
import { atLeast, atMost, shortened } from '../check.js';
import { digitPixels, digits } from '../data.js';
import type { Outcome } from '../outcome.js';
import type { Trial } from '../trial.js';
import { families, type Member } from './rule_families.js';

export interface RaceSettings {
  examples: number;
  heldOut: number;
  hidden: number;
  batchSize: number;
  passes: number;
  goal: number;
  accuracy: number;
  seed: number;
}

/** Rules that take part. */
const plain = ['SGD', 'momentum, Nesterov'];
const adaptive = ['AdaGrad', 'RMSprop', 'Adam', 'Lion', 'Muon', 'schedule-free AdamW'];

/** Learning rates tried, half a decade apart. */
const rates = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1];

/** Measurements in each pass over the data. */
const laps = 8;

/** Measurements of a run, at the start and after each lap. */
interface Result {
  readonly member: Member;
  readonly rate: number;
  readonly steps: readonly number[];
  /** Time in training alone. */
  readonly seconds: readonly number[];
  /** Mean losses of a sample of the training examples. */
  readonly losses: readonly number[];
  /** Final accuracy on held-out examples. */
  readonly accuracy: number;
}

const labelOf = ({ member, rate }: Result) => `${member.name}, η = ${rate}`;

/** Compares rules on a network for handwritten digits. */
export async function onDigits(settings: RaceSettings, trial: Trial): Promise<Outcome> {
  const { examples, heldOut, hidden, batchSize, passes, goal, accuracy, seed } = settings;
  const { images, labels } = await digits();
  const order = new Random(seed).permutation(labels.length);
  const all = new Dataset({ inputs: images, columns: digitPixels, scale: 1 / 255, targets: labels });
  const training = Array.from({ length: laps }, (_, i) =>
    all.select(order.subarray((i * examples) / laps, ((i + 1) * examples) / laps)),
  );
  const sample = all.select(order.subarray(0, examples).filter((_, i) => i % laps === 0));
  const test = all.select(order.subarray(examples, examples + heldOut));

  const layers = [dense(hidden, { activation: 'relu' }), dense(10)];
  const run = async (member: Member, rate: number, parts: readonly Dataset[]): Promise<Result> => {
    const total = parts.reduce((sum, { rows }) => sum + Math.ceil(rows / batchSize), 0);
    const model = network({ inputs: digitPixels, layers, seed });
    const trainer = new Trainer(model, { loss: crossEntropy(), optimizer: member.rule(rate, total), seed });
    const lossNow = () => model.evaluate(sample, { loss: crossEntropy() }).loss;
    const [steps, seconds, losses] = [[0], [0], [lossNow()]];
    for (const part of parts) {
      const history = await trainer.fit(part, { batchSize });
      steps.push(history.steps);
      seconds.push(seconds.at(-1)! + history.epochs[0]!.seconds);
      losses.push(lossNow());
    }
    trainer.dispose();
    const { accuracy } = model.evaluate(test, { loss: crossEntropy(), metrics: ['accuracy'] });
    return { member, rate, steps, seconds, losses, accuracy: accuracy! };
  };
  const whole = Array.from({ length: passes }, () => training).flat();
  const members = families.flatMap((family) => family.members);
  const racers = [...plain, ...adaptive].map((name) => members.find((member) => member.name === name)!);
  const results: Result[] = [];
  for (const [i, member] of racers.entries()) {
    let best = { rate: NaN, loss: Infinity };
    for (const rate of rates) {
      const loss = (await run(member, rate, training)).losses.at(-1)!;
      if (loss < best.loss) best = { rate, loss };
      await trial.progress((i + rates.indexOf(rate) / rates.length) / racers.length);
    }
    results.push(await run(member, best.rate, whole));
  }
  for (const data of [...training, sample, test, all]) data.dispose();

  const reached = ({ steps, losses }: Result) => steps[losses.findIndex((loss) => loss <= goal)] ?? Infinity;
  const slowest = Math.max(...results.filter(({ member }) => adaptive.includes(member.name)).map(reached));
  const budget = Math.max(...results.map(({ steps }) => steps.at(-1)!));
  const byAccuracy = results.toSorted((a, b) => b.accuracy - a.accuracy);
  const bySpeed = results.toSorted((a, b) => reached(a) - reached(b));
  const figure = (
    name: string,
    title: string,
    caption: string,
    x: Axis,
    of: (result: Result) => readonly number[],
  ): Figure => ({
    name,
    title,
    caption,
    x,
    y: { label: 'training loss', scale: 'log' },
    marks: [
      ...results.map(
        (result): Line => ({
          kind: 'line',
          name: labelOf(result),
          points: result.losses.map((loss, k): Point => [of(result)[k]!, loss]),
        }),
      ),
      { kind: 'rule', axis: 'y', at: goal, color: 'gray', name: 'goal' },
    ],
  });
  const what = `Cross-entropy of a network of ${hidden} hidden units over a sample of the ${examples} digits that it is trained on, ${batchSize} at a time, each rule with the rate η that leads furthest in one pass, which falls to 0 as a cosine.`;
  return {
    figures: [
      figure('digits-steps', 'Handwritten digits: loss over steps', what, { label: 'step t' }, ({ steps }) => steps),
      figure(
        'digits-time',
        'Handwritten digits: loss over time',
        `${what} The time is of this machine, without that of looking at the loss: what a step costs counts too.`,
        { label: 'time in training, seconds', scale: 'log' },
        ({ seconds }) => seconds,
      ),
    ],
    checks: [
      atMost(`on digits: steps until the training loss is ${goal}, the slowest adaptive rule`, slowest, budget),
      atLeast(
        `on digits: accuracy of the best rule on ${test.rows} digits held out`,
        byAccuracy[0]!.accuracy,
        accuracy,
      ),
    ],
    findings: [
      `On digits the training loss of ${goal} is reached first, after ${shortened(reached(bySpeed[0]!))} steps, by ${labelOf(bySpeed[0]!)}; the best on digits held out, ${shortened(100 * byAccuracy[0]!.accuracy)} %, is ${labelOf(byAccuracy[0]!)}.`,
    ],
  };
}
