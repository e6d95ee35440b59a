import { activatedBy, inputOfGelu } from './activation_operators.js';
import { isForChannels } from './constants.js';
import type { Numbers, Operation } from './operation.js';
import { place } from './places.js';

/** A sum of computed numbers, or an addition of a constant. */
export function added(op: Operation): Numbers {
  const constants = [0, 1].filter((i) => op.isConstant(i));
  if (op.inputs === 2 && constants.length === 1) return shifted(op, constants[0]!);
  const terms = Array.from({ length: op.inputs }, (_, i) => op.numbers(i));
  const [first] = terms;
  if (!first) op.fail('it has no inputs');
  for (const term of terms)
    if (
      JSON.stringify(term.place.shape) !== JSON.stringify(first.place.shape) ||
      term.layout !== first.layout ||
      String(term.order) !== String(first.order)
    )
      op.fail('its inputs are of several shapes');
  if (terms.length === 1) return first;
  return {
    ...first,
    place: place(
      op.name,
      { kind: 'join', join: 'sum' },
      terms.map((term) => term.place),
      first.place.shape,
    ),
  };
}

/** The bias of a dense layer or a convolution without one; otherwise a shift before a dense layer. */
function shifted(op: Operation, constant: number): Numbers {
  const x = op.scaled(1 - constant);
  const { work, shape, from } = x.place;
  const { channels } = shape;
  const sidesAfter = x.layout === 'channelsFirst' ? 2 : 0;
  const isBias = isForChannels(op.constant(constant), channels, sidesAfter);
  if (work.kind === 'layer' && work.layer.bias === false && !x.affine && isBias) {
    const { values } = op.constant(constant);
    const bias = Float64Array.from({ length: channels }, (_, c) => values[values.length === 1 ? 0 : c]!);
    const layer = Object.freeze({ ...work.layer, bias: true });
    return { ...x, place: place(op.name, { ...work, layer, tensors: { ...work.tensors, bias } }, from, shape) };
  }
  return applied(op, x, constant, (scale, shift, value) => [scale, shift + value]);
}

/** Applies a constant to each number of a row: an affine map that the next dense layer absorbs. */
function applied(
  op: Operation,
  x: Numbers,
  constant: number,
  change: (scale: number, shift: number, value: number) => [scale: number, shift: number],
): Numbers {
  const { dims, values } = op.constant(constant);
  const size = op.sizeOf(x);
  if (x.layout !== 'flat')
    op.fail('a constant is applied to images; only one for a row of numbers before a dense layer is supported');
  if (!isForChannels({ dims, values }, size, 0)) op.fail(`its constant is [${dims.join(', ')}] for ${size} numbers`);
  const pairs = Array.from({ length: size }, (_, i) =>
    change(x.affine?.scale[i] ?? 1, x.affine?.shift[i] ?? 0, values[values.length === 1 ? 0 : i]!),
  );
  return { ...x, affine: { scale: pairs.map(([scale]) => scale), shift: pairs.map(([, shift]) => shift) } };
}

export function subtracted(op: Operation): Numbers {
  if (op.isConstant(1)) return applied(op, op.scaled(0), 1, (scale, shift, value) => [scale, shift - value]);
  return applied(op, op.scaled(1), 0, (scale, shift, value) => [-scale, value - shift]);
}

export function divided(op: Operation): Numbers {
  if (!op.isConstant(1)) op.fail('its divisor is computed, but must be a constant');
  return applied(op, op.scaled(0), 1, (scale, shift, value) => [scale / value, shift / value]);
}

export function multiplied(op: Operation): Numbers {
  for (const i of [0, 1]) {
    const sigmoid = op.producer(i);
    if (sigmoid?.node.opType === 'Sigmoid' && sigmoid.node.input[0] === op.node.input[1 - i])
      return activatedBy(op.name, op.numbers(1 - i), 'silu');
  }
  const gelu = inputOfGelu(op);
  if (gelu !== undefined) return activatedBy(op.name, gelu.op.numbers(gelu.input), 'gelu');
  const constant = [0, 1].find((i) => op.isConstant(i));
  if (constant === undefined) op.fail('it multiplies computed numbers');
  return applied(op, op.scaled(1 - constant), constant, (scale, shift, value) => [scale * value, shift * value]);
}

/** scikit-learn's scalers: (x − offset)·scale. */
export function scaler(op: Operation): Numbers {
  const x = op.scaled(0);
  const size = op.sizeOf(x);
  const [offset, scale] = [op.floats('offset'), op.floats('scale')];
  if (x.layout !== 'flat' || [offset, scale].some(({ length }) => length !== size && length !== 1))
    op.fail(`its offset or scale is not for ${size} numbers`);
  const at = (values: readonly number[], i: number) => values[values.length === 1 ? 0 : i]!;
  const scales = Array.from({ length: size }, (_, i) => at(scale, i) * (x.affine?.scale[i] ?? 1));
  const shifts = Array.from({ length: size }, (_, i) => at(scale, i) * ((x.affine?.shift[i] ?? 0) - at(offset, i)));
  return { ...x, affine: { scale: scales, shift: shifts } };
}
