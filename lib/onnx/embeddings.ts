import { dense } from '../layers/dense.js';
import { embedding } from '../layers/embedding.js';
import { softmax } from '../layers/softmax.js';
import { isScalar } from './constants.js';
import type { Codes, Numbers, Operation, Result, Rows } from './operation.js';
import { place } from './places.js';
import { isChannelAxis } from './values.js';

/** A column of categories, rows of a table for one, or elements of a constant. */
export function gathered(op: Operation): Result {
  const from = op.result(0);
  const axis = op.int('axis', 0);
  if (from.kind === 'codes') {
    const index = op.constant(1).values[0]!;
    if (
      axis !== 1 ||
      op.constant(1).values.length !== 1 ||
      !(index >= 0 && index < from.columns) ||
      from.column !== undefined
    )
      op.fail('it does not take one column of categories');
    return { ...from, column: index };
  }
  if (from.kind !== 'constant') op.fail('it takes some of the computed numbers');
  op.expect('axis', axis, 0);
  const indices = op.result(1);
  if (indices.kind === 'constant') {
    if (from.dims.length !== 1) op.fail('it takes a part of a constant matrix; only elements of a list are supported');
    const values = Array.from(indices.values, (i) => from.values[i < 0 ? i + from.values.length : i] ?? Number.NaN);
    return { kind: 'constant', dims: indices.dims, values };
  }
  if (indices.kind !== 'codes') op.fail('its indices are computed; only categories of an input are supported');
  const { columns, column = columns === 1 ? 0 : undefined } = indices;
  if (column === undefined)
    op.fail(`it looks up ${columns} columns in one table; each column needs a table of its own`);
  if (from.dims.length !== 2) op.fail(`its table has ${from.dims.length} sides; expected 2`);
  const rows: Rows = { kind: 'rows', codes: indices, column, table: from };
  return columns === 1 ? embedded(op, indices, [rows]) : rows;
}

/** Channels side by side; the rows of all columns of an input are an embedding. */
export function concatenated(op: Operation): Result {
  const indices = Array.from({ length: op.inputs }, (_, i) => i);
  if (indices.every((i) => op.isConstant(i))) {
    if (indices.some((i) => op.constant(i).dims.length > 1))
      op.fail('it joins constant matrices; only lists are supported');
    const values = indices.flatMap((i) => Array.from(op.constant(i).values));
    return { kind: 'constant', dims: [values.length], values };
  }
  const both = bothProbabilities(op);
  if (both !== undefined) return both;
  const terms: Numbers[] = [];
  for (let i = 0; i < op.inputs; ) {
    const part = op.result(i);
    if (part.kind !== 'rows') {
      terms.push(op.numbers(i++));
      continue;
    }
    const rows: Rows[] = [];
    for (let column = 0; column < part.codes.columns; ++column, ++i) {
      const one = i < op.inputs ? op.result(i) : undefined;
      if (one?.kind !== 'rows' || one.codes.place !== part.codes.place || one.column !== column)
        op.fail(`the columns of the input "${part.codes.place.node}" do not follow each other`);
      rows.push(one);
    }
    terms.push(embedded(op, part.codes, rows));
  }
  const [first] = terms as [Numbers];
  const { height, width } = first.place.shape;
  for (const { place: at, layout } of terms)
    if (layout !== first.layout || at.shape.height !== height || at.shape.width !== width)
      op.fail('its inputs are of several shapes');
  const axis = op.int('axis', 0);
  if (!isChannelAxis(axis, first.layout)) op.fail(`its axis is ${axis}, which is not that of the channels`);
  if (terms.length === 1) return first;
  let channels = 0;
  const order: number[] = [];
  for (const { place: at, order: own } of terms) {
    for (let c = 0; c < at.shape.channels; ++c) order.push(channels + (own?.[c] ?? c));
    channels += at.shape.channels;
  }
  const at = place(
    op.name,
    { kind: 'join', join: 'concatenate' },
    terms.map((term) => term.place),
    { height, width, channels },
  );
  const isReordered = terms.some((term) => term.order !== undefined);
  return { kind: 'numbers', place: at, layout: first.layout, order: isReordered ? order : undefined };
}

/** An embedding of all columns of an input. */
function embedded(op: Operation, { place: from }: Codes, rows: readonly Rows[]): Numbers {
  const cardinalities = rows.map(({ table }) => table.dims[0]!);
  const { work } = from;
  work.cardinalities ??= cardinalities;
  if (String(work.cardinalities) !== String(cardinalities))
    op.fail(
      `its tables have ${cardinalities.join(', ')} rows, but other tables for this input have ${work.cardinalities.join(', ')}`,
    );
  const dimensions = rows.map(({ table }) => table.dims[1]!);
  const tensors = Object.fromEntries(rows.map(({ table }, i) => [`tables.${i}`, table.values]));
  const channels = dimensions.reduce((sum, side) => sum + side, 0);
  const layer = embedding({ dimensions });
  const at = place(op.name, { kind: 'layer', layer, tensors }, [from], { height: 1, width: 1, channels });
  return { kind: 'numbers', place: at, layout: 'flat' };
}

/**
 * [1 − p, p] with p = 1/(1 + e⁻ᶻ), as scikit-learn's binary classifiers end: the softmax of [0, z].
 */
function bothProbabilities(op: Operation): Numbers | undefined {
  const rest = op.inputs === 2 ? op.producer(0) : undefined;
  if (rest?.node.opType !== 'Sub' || rest.node.input[1] !== op.node.input[1]) return undefined;
  if (!rest.isConstant(0) || !isScalar(rest.constant(0), 1)) return undefined;
  const { work, from } = op.numbers(1).place;
  if (work.kind !== 'activation' || work.activation !== 'sigmoid') return undefined;
  const [before] = from as [(typeof from)[number]];
  if (before.work.kind !== 'layer' || before.work.layer.kind !== 'dense' || before.shape.channels !== 1)
    return undefined;
  const { weight, bias } = before.work.tensors;
  const both = (values: ArrayLike<number>) => Array.from(values).flatMap((value) => [0, value]);
  const layer = dense(2, { bias: bias !== undefined });
  const tensors = { weight: both(weight!), ...(bias && { bias: both(bias) }) };
  const shape = { height: 1, width: 1, channels: 2 };
  const scores = place(before.node, { kind: 'layer', layer, tensors }, before.from, shape);
  const end = place(op.name, { kind: 'layer', layer: softmax(), tensors: {} }, [scores], shape);
  return { kind: 'numbers', place: end, layout: 'flat' };
}
