import { together } from '../../distributed/ranks.js';
import type { ColumnKind } from '../kinds.js';
import { category } from '../pipeline/category.js';
import { date } from '../pipeline/date.js';
import { interval } from '../pipeline/interval.js';
import { number } from '../pipeline/number.js';
import { nothingToLearn, type Pipeline, pipeline } from '../pipeline/pipeline.js';
import type { Step } from '../pipeline/step.js';
import { text } from '../pipeline/text.js';
import { quantileOf } from '../quantiles.js';
import { Sample } from '../sample.js';
import { columnOf, kindsOverAll, ranksOf, type Table } from '../table.js';
import type { CandidateKind } from './report.js';
import { smallRows } from './setting.js';

/** The fewest rows of a day that is told apart from others. */
const rowsOfDay = 20;

/**
 * The length of texts in tables that have other columns too. With the length 1, a network would memorise training rows by their rare
 * words before it had learnt from the other columns.
 */
const lengthBesideOthers = 0.03;

/**
 * The default steps for all columns but the target and others that are not used, by their kinds. Identifiers and constants are
 * not used. Numbers of the network have bins, which the linear model does not have, because it would no longer be linear. Days
 * with many rows are categories of the network, unless rows are divided by `time`, because later rows fall on other days.
 * In small tables, the network learns slowly from words if there are other columns.
 */
export async function defaultPipelines(
  table: Table,
  rows: number,
  unused: readonly string[],
  { time, bins = 32 }: { readonly time?: string | undefined; readonly bins?: number | undefined },
): Promise<Readonly<Record<CandidateKind, Pipeline>>> {
  const [linear, network] = [new Map<string, Step>(), new Map<string, Step>()];
  const kinds = await kindsOverAll(table);
  const wide = await wideColumns(
    table,
    [...kinds.keys()].filter((name) => !unused.includes(name) && kinds.get(name) === 'number'),
  );
  for (const [name, kind] of kinds) {
    const step = unused.includes(name) ? undefined : defaultStep(kind, rows, wide.has(name));
    if (step === undefined) continue;
    linear.set(name, step);
    network.set(name, kind === 'boolean' ? step : withBins(step, bins));
    if (kind === 'date' && time === undefined) network.set(dayOf(name, kinds), interval(name, { rare: rowsOfDay }));
  }
  if (linear.size === 0) throw nothingToLearn(table, unused[0]!);
  const steps = pipeline(Object.fromEntries(network));
  return {
    linear: pipeline(Object.fromEntries(linear)),
    network: rows < smallRows && !readsTextsOnly(steps) ? withShortTexts(steps) : steps,
  };
}

/** A name for the days of a column of dates that no column has. */
function dayOf(name: string, kinds: ReadonlyMap<string, ColumnKind>): string {
  let day = `day of ${name}`;
  while (kinds.has(day)) day = `the ${day}`;
  return day;
}

/** The same pipeline without bins, for a linear model. */
export const withoutBins = ({ steps }: Pipeline): Pipeline =>
  pipeline(Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, withBins(step, 0)])));

export const readsTextsOnly = ({ steps }: Pipeline): boolean =>
  Object.values(steps).every(({ kind }) => kind === 'text');

/** Whether any column can have bins. */
export const hasBinned = ({ steps }: Pipeline): boolean =>
  Object.values(steps).some(
    ({ kind, bins }: Step & { readonly bins?: number }) => kind === 'date' || (kind === 'number' && bins !== undefined),
  );

const withShortTexts = ({ steps }: Pipeline): Pipeline =>
  pipeline(
    Object.fromEntries(
      Object.entries(steps).map(([name, step]) => [
        name,
        step.kind === 'text' ? text({ ...optionsOf(step), length: lengthBesideOthers }) : step,
      ]),
    ),
  );

const optionsOf = ({ kind: _, ...options }: Step): object => options;

/** The same step with at most so many bins, if it is one of numbers or dates. */
function withBins(step: Step, bins: number): Step {
  const { kind } = step;
  const options = optionsOf(step);
  if (kind === 'number') return number({ ...options, bins, binsBy: 'splits' });
  return kind === 'date' ? date({ ...options, bins }) : step;
}

function defaultStep(kind: ColumnKind, rows: number, isWide: boolean): Step | undefined {
  switch (kind) {
    case 'number':
      return number({ missing: 'median', log: isWide });
    case 'boolean':
      return number();
    case 'category':
      return category({ rare: rows < 200 ? 2 : 10 });
    case 'text':
      return text({ columns: 2 ** 20, kept: rows < smallRows ? 2 ** 15 : 2 ** 16 });
    case 'date':
      return date();
    default:
      return undefined;
  }
}

/** The columns of numbers that span several decades, over the rows of all ranks. */
async function wideColumns(table: Table, names: readonly string[]): Promise<ReadonlySet<string>> {
  const ranks = ranksOf(table);
  const samples = names.map((name) => {
    const column = columnOf(table, name);
    const sample = new Sample();
    if (column.type !== 'word') for (const value of column.values) if (!Number.isNaN(value)) sample.add(value);
    return sample.known(ranks?.size ?? 1);
  });
  const all = await together(ranks, samples);
  return new Set(names.filter((_, i) => spansDecades(Sample.merged(all.map((each) => each[i]!)).sorted())));
}

/** Whether sorted numbers are not negative, and most of them are far below the largest. */
function spansDecades(sorted: Float64Array): boolean {
  if (sorted.length === 0) return false;
  const [least, middle, upper, most] = [0, 0.5, 0.9, 1].map((share) => quantileOf(sorted, share)) as Four;
  return least >= 0 && most > 10 && (most > 20 * upper || (middle > 0 && upper > 8 * middle));
}

type Four = [number, number, number, number];
