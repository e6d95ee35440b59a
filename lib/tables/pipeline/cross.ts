import { type Checks, integer } from '../../checks/checked_options.js';
import { checkArray } from '../../checks/lists.js';
import { checkOptions, orDefault } from '../../checks/options.js';
import { invalid } from '../../checks/shown.js';
import { hashOfHashes, hashOfText } from '../../data/murmur.js';
import { missingCode } from '../column.js';
import { ReadWords, wordsOf } from '../conversions.js';
import { defineStep, type Rows, type SparseEncoding, type Step, stepWith } from './step.js';

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
 * A cross of columns of categories: each combination of values is a feature, hashed to sparse columns.
 *
 * @example
 * pipeline({ city: columns.category(), plan: columns.category(), both: columns.cross(['city', 'plan']) });
 * @throws TypeError, RangeError for options that don't fit.
 */
export function cross(of: readonly string[], options: CrossOptions = {}): CrossStep {
  checkOptions('columns.cross', options, ['columns']);
  return check('columns.cross', { of, ...options });
}

const checks = {
  of: checkNames,
  columns: integer(1, 2 ** 24),
} satisfies Checks<Omit<CrossStep, 'kind'>>;

const check = (where: string, options: object): CrossStep => stepWith('cross', where, options, checks) as CrossStep;

function checkNames(name: string, given: unknown): readonly string[] {
  const expected = 'the names of two columns or more';
  const names = checkArray(name, given, expected, (one) => one as string);
  if (names.length < 2 || names.some((one) => typeof one !== 'string')) throw invalid(name, expected, given);
  return Object.freeze(names);
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
