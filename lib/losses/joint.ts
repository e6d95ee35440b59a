import { isPlainObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkOptions } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { checkLoss, defineLoss, type LossLike } from './loss.js';

/** A part of {@link joint}: a loss over adjacent outputs. */
export interface LossHead {
  readonly loss: LossLike;
  /** The number of its outputs. */
  readonly outputs: number;
}

export interface JointOptions {
  /** The parts in the order of the outputs. */
  heads: readonly LossHead[];
}

/**
 * Several losses at once, each over some of the outputs: the mean of the heads' losses. The targets of a row are those of the
 * heads, one after the other: a class number for `crossEntropy`, and for `focal` and hinge losses over several outputs; a number for
 * quantiles of several levels; else a number for each output. A target that is NaN is not known: its head adds nothing to the row.
 *
 * @example
 * // a number, and one of three classes
 * const loss = losses.joint({ heads: [{ loss: 'squared', outputs: 1 }, { loss: 'crossEntropy', outputs: 3 }] });
 * @throws TypeError, RangeError for a head that is `custom`, `joint`, or a `crossEntropy` of one output or with weights of classes.
 */
export const joint = defineLoss<JointOptions>({
  name: 'joint',
  options: ['heads'],
  classifies: 'neither',
  check: ({ heads }) => {
    const list = checkArray('heads', heads, 'an array of { loss, outputs }', (head, i) => {
      if (!isPlainObject(head)) throw invalid(`heads[${i}]`, 'an object { loss, outputs }', head);
      const given = head as LossHead;
      checkOptions(`heads[${i}]`, given, ['loss', 'outputs']);
      const outputs = checkInteger(`heads[${i}].outputs`, given.outputs, 1);
      const loss = checkLoss(given.loss);
      const { name, classWeights, quantile } = loss;
      if (name === 'custom' || name === 'joint') throw refused(i, `losses.${name} can't be a head`);
      if (classWeights !== undefined) throw refused(i, 'a head has no classWeights; give weights of rows');
      if (name === 'crossEntropy' && outputs === 1) throw refused(i, 'crossEntropy needs at least 2 outputs');
      if (Array.isArray(quantile) && quantile.length !== outputs)
        throw refused(i, `${quantile.length} quantiles need as many outputs`);
      return Object.freeze({ loss, outputs });
    });
    if (list.length === 0) throw errorWith('ERR_SHAPE', 'losses.joint needs at least one head');
    return { heads: Object.freeze(list) };
  },
}) as (options: JointOptions) => ReturnType<typeof checkLoss>;

const refused = (head: number, reason: string) => errorWith('ERR_INVALID_ARGUMENT', `heads[${head}]: ${reason}`);
