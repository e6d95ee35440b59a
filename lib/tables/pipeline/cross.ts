import { checkArray } from '../../checks/lists.js';
import { checkOptions, orDefault } from '../../checks/options.js';
import { checkInteger } from '../../checks/ranges.js';
import { invalid } from '../../checks/shown.js';
import { hashOfHashes, hashOfText } from '../../data/murmur.js';
import { missingCode } from '../column.js';
import { ReadWords, wordsOf } from '../conversions.js';
import { defineStep, type Rows, type SparseEncoding, type Step } from './step.js';

export interface CrossOptions {
  /** Number of sparse columns that pairs are hashed to, up to 2²⁴. Default 2¹². */
  readonly columns?: number | undefined;
}

export interface CrossStep extends Step, CrossOptions {
  readonly kind: 'cross';
  /** The columns that are crossed. */
  readonly of: readonly string[];
}

/**
 * Columns of categories together: each combination of their values is a feature, hashed to sparse columns.
 *
 * @example
 * pipeline({ city: columns.category(), plan: columns.category(), both: columns.cross(['city', 'plan']) });
 * @throws TypeError, RangeError for options that don't fit.
 */
export function cross(of: readonly string[], options: CrossOptions = {}): CrossStep {
  checkOptions('columns.cross', options, ['columns']);
  return check('columns.cross', { ...options, of });
}

function check(where: string, options: object): CrossStep {
  const given = options as Omit<CrossStep, 'kind'>;
  checkOptions(where, given, ['of', 'columns']);
  const { of, columns } = given;
  const names = checkArray(`${where}: of`, of, 'the names of two columns or more', (name) => {
    if (typeof name !== 'string') throw invalid(`${where}: of`, 'the names of two columns or more', of);
    return name;
  });
  if (names.length < 2) throw invalid(`${where}: of`, 'the names of two columns or more', of);
  if (columns !== undefined) checkInteger(`${where}: columns`, columns, 1, 2 ** 24);
  const rest = columns === undefined ? {} : { columns };
  return Object.freeze({ kind: 'cross', of: Object.freeze(names), ...rest });
}

/** Number of columns that a step hashes to. */
export const crossColumns = ({ columns }: CrossStep): number => orDefault(columns, 1 << 12);

function encoding(step: CrossStep): SparseEncoding {
  const width = crossColumns(step);
  const hashed = new ReadWords((word) => hashOfText(word, 0) >>> 0);
  return {
    block: 'words',
    width,
    entries({ columns }: Rows) {
      const parts = columns.map((column) => {
        const { codes, words } = wordsOf(column);
        return { codes, hashes: hashed.of(words) };
      });
      return (row, push) => {
        let hash = 0;
        for (const { codes, hashes } of parts) {
          const code = codes[row]!;
          if (code === missingCode) return;
          hash = hashOfHashes(hash, hashes[code]! | 0, 0);
        }
        push(Math.abs(hash) % width, 1);
      };
    },
  };
}

defineStep<CrossStep, object>('cross', {
  check,
  fitting: () => ({ add() {}, known() {}, merge() {}, found: () => ({}) }),
  encoding,
});
