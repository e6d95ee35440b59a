import { curvatureMonitor, Dataset, dense, network, Random, type StepCurvature, sgd, Trainer } from '../../index.js';
import type { Figure, Mark } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { digitPixels, digits } from '../data.js';
import { band, line, referenceLine } from '../marks.js';
import { finding, type Outcome } from '../outcome.js';
import { part } from '../parts.js';
import type { Values } from '../setting.js';
import { mean, median } from '../spread.js';
import type { Trial } from '../trial.js';

type GrowingSettings = Values<'digits' | 'hidden' | 'batchSize' | 'sgdRate' | 'passes' | 'runs' | 'seed'>;

/** Measurements along a run, from its start on. */
type Course = readonly StepCurvature[];

const convex = 'logistic regression, which is convex';
const stopped = 'runs that stop after an eighth of the passes';

/** Measures ‖∇R‖² during minibatch gradient descent until the loss has almost vanished. */
export const growingGradient = part([convex, stopped], async (settings: GrowingSettings, trial) => {
  const { images, labels } = await digits();
  const rows = new Random(settings.seed).permutation(labels.length).subarray(0, settings.digits);
  using all = new Dataset({ inputs: images, columns: digitPixels, targets: labels, scale: 1 / 255 });
  using data = all.select(rows);
  const passes = trial.instead(stopped, settings.passes, Math.ceil(settings.passes / 8));
  const depth = trial.instead(convex, 3, 0);
  const courses: Course[] = [];
  for (let i = 0; i < settings.runs; ++i) {
    const part = trial.within(i / settings.runs, (i + 1) / settings.runs);
    const own = { ...settings, passes, depth, seed: settings.seed + i };
    courses.push(await train(data, own, part, (course) => outcomeOf(courses, [...courses, course], settings)));
  }
  return outcomeOf(courses, courses, settings);
});

/** The outcome of the courses that have ended, with a figure of all. */
function outcomeOf(ended: readonly Course[], all: readonly Course[], { digits }: GrowingSettings): Outcome {
  if (ended.length === 0) return { figures: [figure(all)], checks: [], findings: [] };
  const [growth, end, fall] = [ended.map(growthOf), ended.map(endOf('squaredGradientNorm')), ended.map(endOf('loss'))];
  const [grows, vanishes, falls] = [
    claim(
      'SGD: ‖∇R‖² over that at the start, its mean while the loss is from 1/2 to 1/10 of what it was, the least of all runs',
    ).atLeast(Math.min(...growth), 3, convex),
    claim(
      'it falls in the end: the mean ‖∇R‖² over the last tenth over that at the start, the largest of all runs',
    ).atMost(Math.max(...end), 0.1, stopped),
    claim('and the loss has fallen: the same of R').atMost(Math.max(...fall), 0.02, stopped),
  ] as const;
  const range = (values: readonly number[]) =>
    [...new Set([Math.min(...values), Math.max(...values)].map(shortened))].join(' to ');
  const between = growth.some(Number.isNaN)
    ? 'some run is never looked at while its loss is from 1/2 to 1/10 of what it was'
    : `while the loss is from 1/2 to 1/10 of what it was, ‖∇R‖² is ${range(growth)} times its first value`;
  const until = ended.map(lossWhereGrown);
  const ratios = ended.flatMap((course) => course.map(({ ratio }) => ratio));
  const runs = `${ended.length} ${ended.length === 1 ? 'run' : 'runs'} of SGD on ${digits} digits over ${ended[0]!.at(-1)!.step} steps`;
  return {
    figures: [figure(all)],
    checks: [grows, vanishes, falls],
    findings: [
      finding(
        [grows, vanishes, falls],
        `${runs}: while the loss falls to a tenth, ‖∇R‖² is ${range(growth)} times what it was at the start, and no critical point is near. It is as large as at the start until the loss has come to ${range(until)} of what it was, and ends at ${range(end)} of its first value: a run that is stopped early has not come near a critical point, one that goes on has.`,
        `${runs}: the loss ends at ${range(fall)} of what it was at first, and ‖∇R‖² at ${range(end)}; ${between}.`,
      ),
      `(η/2)gᵀHg is up to ${shortened(Math.max(...ratios))} times ‖g‖².`,
    ],
  };
}

/** The mean ‖∇R‖² while R is from 1/2 to 1/10 of R at the start, over ‖∇R‖² at the start. NaN if R never is. */
function growthOf(course: Course): number {
  const [first] = course as [StepCurvature];
  const looks = course.filter(({ loss }) => loss <= first.loss / 2 && loss >= first.loss / 10);
  return looks.length === 0 ? NaN : mean(looks.map((look) => look.squaredGradientNorm)) / first.squaredGradientNorm;
}

/** The mean over the last tenth of a course, over the first value. */
const endOf =
  (key: 'loss' | 'squaredGradientNorm') =>
  (course: Course): number =>
    mean(course.slice(Math.floor(0.9 * course.length)).map((look) => look[key])) / course[0]![key];

/** R over R at the start at the last look where ‖∇R‖² is not below that at the start. */
function lossWhereGrown(course: Course): number {
  const [first] = course as [StepCurvature];
  return course.findLast((look) => look.squaredGradientNorm >= first.squaredGradientNorm)!.loss / first.loss;
}

async function train(
  data: Dataset,
  settings: GrowingSettings & { readonly depth: number },
  trial: Trial,
  soFar: (course: Course) => Outcome,
): Promise<Course> {
  const { depth, hidden, batchSize, sgdRate, passes, seed } = settings;
  const initializer = 'lecunUniform';
  const layer = dense(hidden, { activation: 'relu', initializer });
  const layers = [...Array.from({ length: depth }, () => layer), dense(10, { initializer })];
  const model = network({ inputs: digitPixels, layers, seed });
  using trainer = new Trainer(model, {
    loss: 'crossEntropy',
    optimizer: sgd({ learningRate: sgdRate }),
    seed,
  });
  const every = Math.ceil((passes * data.rows) / batchSize / 50);
  const monitor = curvatureMonitor({ every, examples: data.rows });
  const course: StepCurvature[] = [];
  for (let pass = 1; pass <= passes; ++pass) {
    const { curvature } = await trainer.fit(data, { batchSize, monitor });
    course.push(...curvature!);
    await trial.progress(pass / passes, () => soFar(course));
  }
  return course;
}

function figure(courses: readonly Course[]): Figure {
  const [longest] = courses as [Course];
  const quantities = [
    { key: 'loss', name: 'R', color: 'blue' },
    { key: 'squaredGradientNorm', name: '‖∇R‖²', color: 'orange' },
  ] as const;
  const starts = courses.map((course) => course[0]!.squaredGradientNorm);
  return {
    name: 'growing',
    title: 'Loss and gradient, from the start to the end',
    caption:
      'Loss and squared gradient of the whole training set during minibatch gradient descent: the median of the runs, and the range from the lowest to the highest. Notice how long ‖∇R‖² stays above its first value (dashed), and what the loss is by then.',
    x: { label: 'step t' },
    y: { label: 'R and ‖∇R‖²', scale: 'log' },
    marks: [
      ...quantities.flatMap(({ key, name, color }): Mark[] => {
        const at = longest.map(({ step }, i) => ({
          step,
          values: courses.flatMap((course) => (i < course.length ? [course[i]![key]] : [])),
        }));
        return [
          line({ name, color }, at, ({ step, values }) => [step, median(values)]),
          band({ name, color }, at, ({ step, values }) => [step, Math.min(...values), Math.max(...values)]),
        ];
      }),
      referenceLine('y', median(starts), { name: '‖∇R‖² at the start', color: 'gray' }),
    ],
  };
}
