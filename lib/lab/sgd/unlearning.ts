import type { Random } from '../../index.js';
import type { Figure } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { band, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { mean } from '../spread.js';
import { type DigitTask, digitTrainer, loss, show } from './digit_classifier.js';

interface Options {
  task: DigitTask;
  hidden: number;
  learningRate: number;
  random: Random;
}

/** The losses of all digits: before training, and after each section of the examples. */
type Losses = readonly (readonly number[])[];

const batchSize = 5;

const inRandomOrder = 'a random order in place of the sorted one';
const inSortedOrder = 'the sorted order in place of the random one';
const counterModels = [inRandomOrder, inSortedOrder];

/** Follows the loss on each digit during a pass over sorted digits, and during one in random order. */
export const unlearning = part(counterModels, async ({ task, hidden, learningRate, random }: Options, trial) => {
  const { training, heldOut } = task;
  const seed = random.index(2 ** 31);
  const each = training.rows / 10;
  const length = batchSize * Math.max(1, Math.round(each / (10 * batchSize))); // examples between measurements
  const passOver = async (order: Uint32Array, part: number): Promise<Losses> => {
    const trainer = digitTrainer(hidden, learningRate, seed);
    const losses = () => heldOut.map((data) => trainer.model.evaluate(data, { loss }).loss);
    const seen = [losses()];
    for (let at = 0; at < order.length; at += length) {
      await show(trainer, training, order.subarray(at, at + length), batchSize);
      seen.push(losses());
      await trial.progress((part + at / order.length) / 2);
    }
    trainer.dispose();
    return seen;
  };
  const byDigit = Uint32Array.from({ length: training.rows }, (_, i) => i);
  const atRandom = random.permutation(training.rows);
  const sorted = await passOver(trial.instead(inRandomOrder, byDigit, atRandom), 0);
  const permuted = await passOver(trial.instead(inSortedOrder, atRandom, byDigit), 1);

  const [start, end] = [sorted[0]!, sorted.at(-1)!];
  const afterOwn = start.map((_, digit) => sorted[Math.ceil(((digit + 1) * each) / length)]![digit]!);
  const earlier = Array.from({ length: 9 }, (_, digit) => digit);
  const forgotten = Math.min(...earlier.map((digit) => end[digit]! / afterOwn[digit]!));
  const kept = Math.max(...earlier.map((digit) => permuted.at(-1)![digit]! / end[digit]!));
  const shown = (value: number) => shortened(Number(value.toPrecision(2)));
  const place = (stretch: number) => Math.min(stretch * length, training.rows);
  const figure: Figure = {
    name: 'unlearning',
    title: 'The loss on each digit, with and without permutation',
    caption:
      'Loss on held-out examples of a digit while the digits are shown in turn, from 0 to 9: compare it while that digit is shown with afterwards, and with a pass in random order (gray: from the best to the worst digit).',
    x: { label: 'examples seen' },
    y: { label: 'loss on a digit', scale: 'log' },
    marks: [
      band({ name: 'permuted, all digits', color: 'gray' }, permuted, (losses, i) => [
        place(i),
        Math.min(...losses),
        Math.max(...losses),
      ]),
      ...[0, 3, 6, 9].map((digit) =>
        line({ name: `sorted, digit ${digit}`, color: digit / 9 }, sorted, (losses, i) => [place(i), losses[digit]!]),
      ),
    ],
  };
  const checks = [
    claim(
      'sorted: the loss on an earlier digit at the end of the pass, over its loss at the end of its turn: the smallest ratio',
    ).atLeast(forgotten, 10, inRandomOrder),
    claim('permuted: the final loss on each of these digits over that with sorted digits: the largest ratio').atMost(
      kept,
      0.6,
      inSortedOrder,
    ),
  ];
  const ends = `After one pass over sorted digits the mean loss is ${shown(mean(end))}, against ${shown(Math.log(10))} of a guess`;
  const inRandom = `The same examples in random order lead to ${shown(mean(permuted.at(-1)!))}.`;
  return {
    figures: [figure],
    checks,
    findings: [
      finding(
        checks,
        `${ends}: each digit was unlearned after its turn, as its loss rose at least ${shown(forgotten)}-fold. ${inRandom}`,
        `${ends}. At the end of the pass, the loss on every earlier digit is at least ${shown(forgotten)} times that when its turn had ended. ${inRandom}`,
      ),
    ],
  };
});
