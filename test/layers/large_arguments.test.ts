// Activations far from 0, with small and large tangents, compared with references of 60 digits.
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import '../../lib/losses/absolute';
import { network } from '../../lib/training/network';
import { HyperDual, normalDistribution, sigmoidOf, softplusOf } from '../support/hyper_dual';
import { instructionSets, useInstructionSet } from '../support/instruction_sets';

const { abs, min } = Math;

const functions = {
  identity: (x) => x,
  relu: (x) => (x.value.gt(0) ? x : HyperDual.of(0)),
  leakyRelu: (x) => (x.value.gt(0) ? x : x.times(0.01)),
  elu: (x) => (x.value.gt(0) ? x : x.expLess1()),
  gelu: (x) => x.times(normalDistribution(x)),
  silu: (x) => x.times(sigmoidOf(x)),
  tanh: (x) => sigmoidOf(x.times(2)).minus(sigmoidOf(x.times(-2))),
  sigmoid: sigmoidOf,
  softplus: softplusOf,
} satisfies Record<string, (x: HyperDual) => HyperDual>;

type Activation = keyof typeof functions;
type Type = 'float32' | 'float64';

const types: Record<Type, { epsilon: number; least: number; most: number; tangents: number[] }> = {
  float32: { epsilon: 2 ** -23, least: 2 ** -126, most: 3.4028235e38, tangents: [1, -1e-30, 3e30] },
  float64: { epsilon: 2 ** -52, least: 2 ** -1022, most: Number.MAX_VALUE, tangents: [1, -1e-300, 1e290] },
};

const sizes = [
  0, 1e-30, 1e-6, 0.01, 0.3, 0.625, 1, 1.2784645, 3, 7.5, 12, 17, 20, 30, 37, 44, 80, 87.25, 87.5, 88, 88.5,
];
const all = [...sizes, 90, 104, 200, 700, 707, 709, 745, 1000, 9999.5];
const arguments_ = all.flatMap((size) => (size === 0 ? [0] : [size, -size])).map(Math.fround);

interface Expected {
  value: number;
  slope: number;
  bend: number;
}

const known = new Map<string, Expected>();

function expectedOf(activation: Activation, x: number): Expected {
  const key = `${activation} ${x}`;
  if (!known.has(key)) {
    const y = functions[activation](HyperDual.of(x, 1, 1));
    known.set(key, { value: y.value.toNumber(), slope: y.a.toNumber(), bend: y.both.toNumber() });
  }
  return known.get(key)!;
}

/** The sizes to which errors are relative, in multiples of ε. `tangent`: of the slope of the value's tangent. */
interface Sizes extends Expected {
  tangent: number;
}

/**
 * An error is relative to the number itself, except for
 *
 * - slopes computed from a rounded y: 1 − y² and y·(1 − y) near 1, y + 1 near −1;
 * - sums with a zero: errors are relative to their terms;
 * - e^−x, which has the relative error of its rounded x, x·ε;
 * - Φ in float32, which has an absolute error.
 */
function sizesOf(activation: Activation, x: number, { value, slope, bend }: Expected, type: Type): Sizes {
  const sigma = 1 / (1 + Math.exp(-x));
  const flat = min(abs(x), 40); // beyond 40, σ(x)·σ(−x)·x is negligible beside 1
  const alike = { value, slope, tangent: slope, bend };
  switch (activation) {
    case 'tanh':
    case 'elu':
      return { ...alike, slope: 1 };
    case 'sigmoid':
      return { ...alike, slope: sigma, bend: slope };
    case 'softplus':
      return { ...alike, bend: bend * (1 + min(abs(x), 745)) };
    case 'silu': {
      const size = sigma * (1 + flat);
      return { value, slope: size, tangent: size, bend: (sigma * (2 + flat)) / (1 + Math.exp(x)) };
    }
    case 'gelu': {
      const square = min(x * x, 1500);
      const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
      const bent = density * (2 + square) * (1 + square);
      if (type === 'float32') return { value: x, slope: 1, tangent: 1, bend: bent };
      const size = (abs(value / (x || 1)) + flat * density) * (1 + square);
      return { value: value * (1 + square), slope: size, tangent: size, bend: bent };
    }
    default:
      return alike;
  }
}

/** A network of one example x. Its parameters are weight and bias before the activation, then those after it. */
function modelOf(activation: Activation, type: Type) {
  const model = network({ inputs: 1, layers: [dense(1, { activation }), dense(1)], type });
  model.parameters.set([1, 0, 1, 0]);
  return model;
}

describe.each(instructionSets)('on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  describe.each(['float32', 'float64'] as const)('in %s', (type) => {
    const { epsilon, least, most, tangents } = types[type];
    const Numbers = type === 'float32' ? Float32Array : Float64Array;

    test.each(Object.keys(functions) as Activation[])(
      '%s and its derivatives are accurate far from 0',
      (activation) => {
        const model = modelOf(activation, type);
        const wrong: string[] = [];
        for (const x of arguments_) {
          if (x === 0 && /elu$/i.test(activation)) continue; // a kink, or a value of 0
          const expected = expectedOf(activation, x);
          const size = sizesOf(activation, x, expected, type);
          const check = (what: keyof Expected, found: number, by = 1, of: keyof Sizes = what) => {
            const exact = expected[what] * by;
            if (abs(exact) > most) return;
            const bound = 6 * epsilon * abs(size[of] * by) + 4 * least * (1 + abs(by)) * (2 + min(abs(x), 100));
            if (!(abs(found - exact) <= bound)) wrong.push(`${what} at ${x}, times ${by}: ${found} for ${exact}`);
          };
          // The loss is y − t, for a t below any y: gradients are those of y.
          const data = new Dataset({ inputs: new Numbers([x]), columns: 1, targets: new Numbers([-3e4]) });
          const options = { loss: 'absolute' } as const;
          check('value', model.predict(data)[0]!);
          check('slope', model.gradient(data, options).gradient[1]!);
          for (const tangent of tangents) {
            const product = model.hessianVectorProduct(data, new Numbers([0, tangent, 0, 0]), options);
            const by = new Numbers([tangent])[0]!;
            check('bend', product[1]!, by);
            check('slope', product[2]!, by, 'tangent'); // of the gradient of the second weight, which is y
          }
        }
        expect(wrong.slice(0, 20)).toEqual([]);
      },
    );
  });
});
