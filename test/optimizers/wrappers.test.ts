import { addon } from '../../lib/addon/index';
import { readSafetensors } from '../../lib/formats/safetensors';
import { adafactor } from '../../lib/optimizers/adafactor';
import { ema, polyak, swa } from '../../lib/optimizers/average';
import { lookahead } from '../../lib/optimizers/lookahead';
import { momentum } from '../../lib/optimizers/momentum';
import { muon } from '../../lib/optimizers/muon';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Parameter } from '../../lib/optimizers/parameter';
import type { OptimizerOptions } from '../../lib/optimizers/plan';
import { rowWiseAdagrad } from '../../lib/optimizers/row_wise_adagrad';
import type { Rule } from '../../lib/optimizers/rule';
import { sam } from '../../lib/optimizers/sam';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { Composition, clipped, normOf } from '../support/composition';
import { normal, range } from '../support/numbers';
import { rules } from '../support/rules';

const all: [string, Rule][] = [
  ...rules,
  ['momentum that looks ahead', momentum({ nesterov: true, learningRate: 0.1 })],
  ['adafactor', adafactor({ learningRate: 0.05, weightDecay: 0.1 })],
  ['rowWiseAdagrad', rowWiseAdagrad({ learningRate: 0.1, initialAccumulator: 0.1, learningRateDecay: 0.1 })],
  ['muon', muon({ learningRate: 0.02 })],
  ['muon with outputs in columns', muon({ learningRate: 0.02, outputs: 'columns' })],
  ['muon that matches adamw', muon({ learningRate: 0.02, adjust: 'matchRmsAdamw', nesterov: false })],
];

interface Wrapper {
  options?: OptimizerOptions;
  wrap?: (rule: Rule) => Rule;
  frozen?: number[];
  /** Whether one of the gradients contains an infinity. */
  overflows?: boolean;
}

const wrappers: Record<string, Wrapper> = {
  'clip: { value }': { options: { clip: { value: 0.5 } } },
  'clip: { norm }': { options: { clip: { norm: 2 } } },
  'clip: { adaptive } by columns': { options: { clip: { adaptive: 0.2 } } },
  'clip: { adaptive } by rows': { options: { clip: { adaptive: 0.2, units: 'rows', epsilon: 2 } } },
  accumulate: { options: { accumulate: 3 } },
  'average: polyak': { options: { average: polyak({ start: 3 }) } },
  'average: ema': { options: { average: ema({ decay: 0.7 }) } },
  'average: swa': { options: { average: swa({ start: 2, every: 3 }) } },
  "onNonFinite: 'skip'": { options: { onNonFinite: 'skip' }, overflows: true },
  maximize: { options: { maximize: true } },
  'groups, one of them frozen': { frozen: [1] },
  sam: { wrap: (rule) => sam(rule, { radius: 0.1 }) },
  lookahead: { wrap: (rule) => lookahead(rule, { steps: 2, alpha: 0.3 }) },
  'all of them': {
    options: {
      clip: { norm: 1 },
      accumulate: 2,
      average: ema({ decay: 0.5 }),
      onNonFinite: 'skip',
      maximize: true,
    },
    wrap: (rule) => sam(lookahead(rule, { steps: 2, alpha: 0.3 }), { radius: 0.1 }),
    frozen: [2],
    overflows: true,
  },
};

type Arrays = Float64Array[];
type Points = readonly ArrayLike<number>[];

const shapes = [[6, 5], [7], [3, 8]];
const lengthOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

const start = (): { data: Float64Array; shape: number[] }[] => {
  const draw = normal(5);
  return shapes.map((shape) => ({ data: new Float64Array(lengthOf(shape)).map(draw), shape }));
};

const calls = 9;
const overflowing = 4;

/** A gradient that depends on the point and on the step, with a magnitude that varies by step and some zeros. */
function gradientAt(points: Points, call: number, overflows = false): Arrays {
  const size = [1, 0.2, 3, 0.1, 0.5, 2, 0.3, 1, 0.6][call]!;
  return points.map((point, k) =>
    Float64Array.from(point, (x, i) => {
      if (overflows && call === overflowing && k === 0 && i === 3) return Infinity;
      return (i + call) % 9 === 0 ? 0 : size * Math.sin(x + 1.7 * i + 0.9 * k + 0.4 * call);
    }),
  );
}

/** Takes some steps of an optimizer or its reference. */
function take(optimizer: Optimizer | Composition, { wrap, overflows }: Wrapper, some: number[]): void {
  for (const call of some) {
    let points: Points = optimizer.gradientPoints();
    if (wrap?.(all[0]![1]).name === 'sam') points = optimizer.gradientPoints(gradientAt(points, call));
    optimizer.step(gradientAt(points, call, overflows));
  }
}

function wrapped(parameters: readonly Parameter[], rule: Rule, { options, wrap, frozen }: Wrapper): Optimizer {
  const groups = frozen && parameters.map((one, i) => ({ parameters: [one], frozen: frozen.includes(i) }));
  return new Optimizer(groups ?? parameters, wrap?.(rule) ?? rule, options);
}

const table = Object.entries(wrappers).map(([name, wrapper]) => ({ name, wrapper }));

describe('the table of wrapped rules', () => {
  test('has each native rule', () => {
    const kernels = all.flatMap(([, rule]) =>
      readSafetensors(wrapped(start(), rule, {}).save()).metadata.rule!.split(' + '),
    );
    expect([...new Set(kernels)].sort()).toEqual(Object.keys(addon.rules()).sort());
  });

  test('has limits that shorten some gradients but not all', () => {
    const clips = Object.values(wrappers).flatMap(({ options }) => options?.clip ?? []);
    expect(clips).toHaveLength(5);
    for (const clip of clips) {
      const changes = range(calls).map((call) => {
        const gradients = gradientAt(
          start().map(({ data }) => data),
          call,
        );
        const difference = clipped(clip, gradients, start(), 0).map((array, k) =>
          array.map((g, i) => g - gradients[k]![i]!),
        );
        return normOf(difference) > 0;
      });
      expect(new Set(changes)).toEqual(new Set([true, false]));
    }
  });
});

describe.each(all)('%s', (_, rule) => {
  test.each(table)('under $name equals its definition step by step', ({ wrapper }) => {
    const [ours, theirs] = [start(), start()];
    const optimizer = wrapped(ours, rule, wrapper);
    const composition = new Composition(theirs, wrapper.wrap?.(rule) ?? rule, wrapper.options ?? {}, wrapper.frozen);
    for (const call of range(calls)) {
      take(optimizer, wrapper, [call]);
      take(composition, wrapper, [call]);
      expect([optimizer.steps, optimizer.skipped]).toEqual([composition.steps, composition.skipped]);
      if (optimizer.gradientNorm !== undefined)
        expect(optimizer.gradientNorm / composition.gradientNorm!).toBeCloseTo(1, 13);
      const [points, expected] = [optimizer, composition].map((one) => one.evaluationParameters());
      const errors = [...shapes.keys()].flatMap((i) => [
        greatestError(ours[i]!.data, theirs[i]!.data),
        greatestError(points![i]!, expected![i]!),
      ]);
      expect(Math.max(...errors)).toBeLessThan(1e-12);
    }
    for (const i of wrapper.frozen ?? []) expectSameBits(ours[i]!.data, start()[i]!.data);
  });

  test.each(table)('under $name resumes from a save with the same bits', ({ wrapper }) => {
    const original = wrapped(start(), rule, wrapper);
    take(original, wrapper, range(5));
    const other = wrapped(
      original.parameters.map((array, i) => ({ data: array.slice(), shape: shapes[i]! })),
      rule,
      wrapper,
    );
    other.restore(original.save());
    for (const optimizer of [original, other]) take(optimizer, wrapper, range(calls).slice(5));
    expect([other.steps, other.skipped, other.gradientNorm]).toEqual([
      original.steps,
      original.skipped,
      original.gradientNorm,
    ]);
    for (const i of shapes.keys()) {
      expectSameBits(other.parameters[i]!, original.parameters[i]!, `parameters[${i}]`);
      expectSameBits(other.evaluationParameters()[i]!, original.evaluationParameters()[i]!, `evaluation[${i}]`);
      for (const [name, arrays] of original.state)
        expectSameBits(other.state.get(name)![i]!, arrays[i]!, `${name}[${i}]`);
    }
  });
});
