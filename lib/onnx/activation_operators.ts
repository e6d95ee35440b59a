import type { Activation } from '../layers/layer.js';
import { isScalar } from './constants.js';
import type { Numbers, Operation } from './operation.js';
import { place } from './places.js';
import { single } from './placing.js';

/** Numbers after an activation. `node` is the name of the node for messages. */
export const activatedBy = (node: string, x: Numbers, activation: Activation): Numbers => ({
  ...x,
  place: place(node, { kind: 'activation', activation }, [x.place], x.place.shape),
});

export const activation = (op: Operation, name: Activation): Numbers => activatedBy(op.name, op.numbers(0), name);

/** The x of x · ½ · (1 + erf(x/√2)), in any order of the factors. */
export function inputOfGelu(op: Operation): { op: Operation; input: number } | undefined {
  const factors: { op: Operation; input: number }[] = [];
  for (const input of [0, 1]) {
    const inner = op.producer(input);
    if (inner?.node.opType === 'Mul') factors.push({ op: inner, input: 0 }, { op: inner, input: 1 });
    else factors.push({ op, input });
  }
  if (factors.length !== 3) return undefined;
  const isHalf = ({ op: at, input }: (typeof factors)[number]) =>
    at.isConstant(input) && isScalar(at.constant(input), 0.5);
  const argumentOfErf = ({ op: at, input }: (typeof factors)[number]): string | undefined => {
    const sum = at.producer(input);
    if (sum?.node.opType !== 'Add') return undefined;
    const one = [0, 1].find((i) => sum.isConstant(i) && isScalar(sum.constant(i), 1));
    const erf = one === undefined ? undefined : sum.producer(1 - one);
    const scaled = erf?.node.opType === 'Erf' ? erf.producer(0) : undefined;
    if (scaled === undefined || !scaled.isConstant(1)) return undefined;
    const divisor = { Div: Math.SQRT2, Mul: Math.SQRT1_2 }[scaled.node.opType as 'Div'];
    return divisor !== undefined && isScalar(scaled.constant(1), divisor) ? scaled.node.input[0] : undefined;
  };
  const half = factors.find(isHalf);
  const x = factors.map(argumentOfErf).find((name) => name !== undefined);
  const rest = factors.find((factor) => factor !== half && factor.op.node.input[factor.input] === x);
  return half && rest;
}

export function leaky(op: Operation): Numbers {
  op.expect('alpha', single(op.float('alpha', 0.01)), 0.01);
  return activation(op, 'leakyRelu');
}

export function elu(op: Operation): Numbers {
  op.expect('alpha', single(op.float('alpha', 1)), 1);
  return activation(op, 'elu');
}

export function gelu(op: Operation): Numbers {
  op.expect('approximate', op.text('approximate', 'none'), 'none');
  return activation(op, 'gelu');
}
