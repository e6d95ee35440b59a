import { timeTo } from '../../../lib/lab/linear_networks/dynamics';
import { learningCurves } from '../../../lib/lab/playgrounds/learning_curves';
import { initialValues } from '../../../lib/lab/playgrounds/playground';
import type { Dots, Figure, Line } from '../../../lib/pages/figure';

const values = { ...initialValues(learningCurves), modes: 2, s1: 3, s2: 1, start: 0.001, rate: 0.01 };

const marksOf = <Kind extends 'line' | 'dots'>({ marks }: Figure, kind: Kind, name: string) =>
  marks.filter((mark) => mark.kind === kind && mark.name === name) as (Kind extends 'line' ? Line : Dots)[];

/** u after each step of gradient descent on (s − ab)² from a = b = √u₀. */
function simulated(s: number, steps: number): number[] {
  let [a, b] = [Math.sqrt(values.start), Math.sqrt(values.start)];
  return Array.from({ length: steps + 1 }, () => {
    const u = a * b;
    const pull = 2 * values.rate * (s - a * b);
    [a, b] = [a + pull * b, b + pull * a];
    return u;
  });
}

test('curves follow gradient descent and the formula, with half-times where the formula is half', () => {
  const [curves] = learningCurves.figures(values, []);
  for (const [i, s] of [3, 1].entries()) {
    const [line] = marksOf(curves!, 'line', `mode ${i + 1}`);
    const formula = marksOf(curves!, 'line', 'formula')[i]!;
    const expected = simulated(s, line!.points.at(-1)![0]);
    for (const [step, u] of line!.points) expect(u).toBeCloseTo(expected[step]!, 10);
    for (const [step, u] of formula.points)
      expect(u).toBeCloseTo(s / (1 + (s / 0.001 - 1) * Math.exp(-4 * 0.01 * s * step)), 10);
    const [[time, half]] = marksOf(curves!, 'dots', 'half-time')[i]!.points as [[number, number]];
    expect(half).toBe(s / 2);
    expect(time).toBeCloseTo((1 / (4 * 0.01 * s)) * Math.log(s / 0.001 - 1), 10);
  }
});

test('the loss is the sum over the modes', () => {
  const [, risk] = learningCurves.figures(values, []);
  const [line] = marksOf(risk!, 'line', 'gradient descent');
  const [first, second] = [3, 1].map((s) => simulated(s, line!.points.at(-1)![0]));
  for (const [step, loss] of line!.points)
    expect(loss).toBeCloseTo((3 - first![step]!) ** 2 + (1 - second![step]!) ** 2, 9);
});

test('half-times of gradient descent are a little later than by the formula, and converge to it with η', () => {
  const delay = (rate: number) => {
    const [, , halfTimes] = learningCurves.figures({ ...values, rate }, []);
    const [[, measured]] = marksOf(halfTimes!, 'dots', 'mode 1')[0]!.points as [[number, number]];
    return measured / timeTo({ strength: 3, tau: 1 / (2 * rate) }, 0.001) - 1;
  };
  expect(delay(0.01)).toBeGreaterThan(0);
  expect(delay(0.01)).toBeLessThan(0.05);
  expect(delay(0.001) / delay(0.01)).toBeCloseTo(0.1, 1);
});

test('sliders of absent modes have no effect, and are hidden', () => {
  expect(learningCurves.used!(values)).toEqual(['modes', 's1', 's2', 'start', 'rate']);
  expect(learningCurves.figures({ ...values, s3: 8 }, [])).toEqual(learningCurves.figures(values, []));
});

test('beyond η = 1/(2s) the strongest mode diverges, and its curve ends with a cross', () => {
  const [stable] = learningCurves.presets!;
  expect(stable!.values(values)).toEqual({ rate: 0.165 });
  expect(learningCurves.findings({ ...values, rate: 0.165 }, []).at(-1)).toContain('up to 1/(2s) = 0.1667');
  expect(learningCurves.findings({ ...values, rate: 0.17 }, []).at(-1)).toContain('cannot stay at s');
  const [curves] = learningCurves.figures({ ...values, rate: 0.5, s1: 8 }, []);
  const [line] = marksOf(curves!, 'line', 'mode 1');
  expect(line!.points.at(-1)![1]).toBeNaN();
});
