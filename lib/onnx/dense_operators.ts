import { newArray } from '../errors.js';
import { dense } from '../layers/dense.js';
import { softmax } from '../layers/softmax.js';
import { activatedBy } from './activation_operators.js';
import { type Constant, isForChannels } from './constants.js';
import type { Numbers, Operation } from './operation.js';
import { sizeOf } from './places.js';
import { flat, followedBy, layered, numbers } from './placing.js';

/** A dense layer with the weights that `weight(input, output)` gives. Its input may be scaled, shifted or reordered. */
function denseOn(
  op: Operation,
  x: Numbers,
  outputs: number,
  weight: (input: number, output: number) => number,
  bias: ((output: number) => number) | undefined,
): Numbers {
  const inputs = sizeOf(x.place.shape);
  const weights = newArray(Float64Array, inputs * outputs);
  const biases = Float64Array.from({ length: outputs }, (_, o) => bias?.(o) ?? 0);
  for (let i = 0; i < inputs; ++i)
    for (let o = 0; o < outputs; ++o) {
      const w = weight(i, o);
      weights[(x.order?.[i] ?? i) * outputs + o] = w * (x.affine ? x.affine.scale[i]! : 1);
      biases[o]! += x.affine ? w * x.affine.shift[i]! : 0;
    }
  const hasBias = bias !== undefined || x.affine !== undefined;
  const tensors = { weight: weights, ...(hasBias && { bias: biases }) };
  return numbers(layered(op, x.place, dense(outputs, { bias: hasBias }), tensors, flat(outputs)), 'flat');
}

export function gemm(op: Operation): Numbers {
  op.expect('transA', op.int('transA', 0), 0);
  const x = rowOf(op, 0);
  const w = op.constant(1);
  const c = op.has(2) ? op.constant(2) : undefined;
  const [alpha, beta, transposed] = [op.float('alpha', 1), op.float('beta', 1), op.int('transB', 0) !== 0];
  const [inputs, outputs] = matrixOf(op, w, transposed);
  checkInputs(op, x, inputs);
  if (c && !isForChannels(c, outputs, 0)) op.fail(`its bias is [${c.dims.join(', ')}] for ${outputs} outputs`);
  return denseOn(
    op,
    x,
    outputs,
    (i, o) => alpha * w.values[transposed ? o * inputs + i : i * outputs + o]!,
    c && ((o) => beta * c.values[c.values.length === 1 ? 0 : o]!),
  );
}

export function matMul(op: Operation): Numbers {
  const x = rowOf(op, 0);
  const w = op.constant(1);
  const [inputs, outputs] = matrixOf(op, w, false);
  checkInputs(op, x, inputs);
  return denseOn(op, x, outputs, (i, o) => w.values[i * outputs + o]!, undefined);
}

function matrixOf(op: Operation, { dims }: Constant, transposed: boolean): [inputs: number, outputs: number] {
  if (dims.length !== 2) op.fail(`its weights have ${dims.length} sides; expected 2`);
  return transposed ? [dims[1]!, dims[0]!] : [dims[0]!, dims[1]!];
}

function checkInputs(op: Operation, x: Numbers, inputs: number): void {
  const size = sizeOf(x.place.shape);
  if (size !== inputs) op.fail(`its weights are for ${inputs} numbers, but it gets ${size}`);
}

function rowOf(op: Operation, i: number): Numbers {
  const x = op.scaled(i);
  if (x.layout !== 'flat') op.fail('its input is an image; only rows of numbers are supported');
  return x;
}

function linear(op: Operation, coefficients: string, outputs: number): Numbers {
  const x = rowOf(op, 0);
  const inputs = sizeOf(x.place.shape);
  const [weights, intercepts] = [op.floats(coefficients), op.floats('intercepts')];
  if (!(outputs >= 1) || weights.length !== inputs * outputs)
    op.fail(`it has ${weights.length} coefficients for ${inputs} numbers and ${outputs} outputs`);
  if (intercepts.length !== outputs && intercepts.length !== 0)
    op.fail(`it has ${intercepts.length} intercepts for ${outputs} outputs`);
  return denseOn(
    op,
    x,
    outputs,
    (i, o) => weights[o * inputs + i]!,
    intercepts.length === 0 ? undefined : (o) => intercepts[o]!,
  );
}

export function linearRegressor(op: Operation): Numbers {
  op.expect('post_transform', op.text('post_transform', 'NONE'), 'NONE');
  return linear(op, 'coefficients', op.int('targets', 1));
}

export function linearClassifier(op: Operation): Numbers {
  const x = linear(op, 'coefficients', op.floats('intercepts').length);
  const transform = op.text('post_transform', 'NONE');
  if (transform === 'NONE') return x;
  if (transform === 'SOFTMAX') return followedBy(op, x, softmax());
  op.expect('post_transform', transform, 'LOGISTIC');
  return activatedBy(op.name, x, 'sigmoid');
}
