import { crc32 } from 'node:zlib';
import type { FloatArray, FloatType, NativeNetwork } from '../addon/index.js';
import { bytesOf } from '../checks/typed_arrays.js';
import { type Dataset, nativeDataset, rowsOfAll, shardSizes } from '../data/dataset.js';
import { nativeCommunicator, type Ranks, rangeOfRank } from '../distributed/ranks.js';
import { noteIfShared } from '../distributed/shared_errors.js';
import { errorWith } from '../errors.js';
import { floats } from '../numbers/memory.js';
import type { Precision } from './precision.js';

/** What the work of ranks reads of a model, beside its native network. */
export interface Shared {
  readonly type: FloatType;
  readonly outputs: number;
  readonly positions: number;
  readonly parameters: FloatArray;
}

/** Outputs that ranks exchange at a time. */
const collectedNumbers = 2 ** 24;

/**
 * What must be the same on all ranks that share work on a model: its parameters, and the data unless they are shards.
 */
export function sharedBy({ parameters }: Shared, ranks: Ranks, data: Dataset): object {
  if (ranks.size === 1) return {};
  const contents = shardSizes(data) ? undefined : nativeDataset(data).fingerprint();
  return { rows: rowsOfAll(data), contents, parameters: crc32(bytesOf(parameters)) };
}

/** Each rank predicts a part of the rows, and sends the outputs to the others. */
export function predictByRanks(
  model: Shared,
  native: NativeNetwork,
  data: Dataset,
  precision: Precision,
  ranks: Ranks,
  outputs: FloatArray,
): void {
  if (shardSizes(data))
    throw errorWith('ERR_INVALID_ARGUMENT', 'predict: a shard has rows of one rank; leave out ranks to predict those');
  const outputsOfRow = model.positions * model.outputs;
  const identity = JSON.stringify({ predict: { precision }, ...sharedBy(model, ranks, data) });
  const rowsAtOnce = Math.max(ranks.size, Math.floor(collectedNumbers / outputsOfRow));
  for (let begin = 0; begin < data.rows; begin += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, data.rows - begin);
    const mineOf = rangeOfRank(count, ranks);
    const mine = floats(model.type, (mineOf.end - mineOf.begin) * outputsOfRow);
    if (mine.length > 0) {
      const rows = Uint32Array.from({ length: mineOf.end - mineOf.begin }, (_, i) => begin + mineOf.begin + i);
      const part = nativeDataset(data).select(rows);
      native.predict(part, 1, mine, precision);
      part.dispose();
    }
    const all = outputs.subarray(begin * outputsOfRow, (begin + count) * outputsOfRow);
    try {
      nativeCommunicator(ranks).collect(identity, bytesOf(mine), bytesOf(all));
    } catch (error) {
      throw noteIfShared(error);
    }
  }
}
