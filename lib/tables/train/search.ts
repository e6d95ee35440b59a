import { type Checks, numberIn, oneOf } from '../../checks/checked_options.js';
import { checkFunction, checkSignal, refuse } from '../../checks/options.js';
import { positive } from '../../checks/ranges.js';
import { checkRanks, checkSameOnAll, type Ranks, together } from '../../distributed/ranks.js';
import { checkPath } from '../../formats/files.js';
import { Random } from '../../numbers/random.js';
import { fingerprintOf } from '../../training/interrupted.js';
import type { Table } from '../table.js';
import { type Prepared, prepare } from './assess.js';
import { divisionsOf } from './divisions.js';
import { identityOf } from './identity.js';
import { checkSetting, checkWhole, settingOf, type TableTrainingOptions } from './options.js';
import { SearchJournal } from './search_journal.js';
import { checkSpace, drawn, type SearchSpace, usualSpace } from './space.js';
import { type FoundSetting, type SearchTrial, Trials, type TrialsContext } from './trials.js';

export interface SearchOptions extends TableTrainingOptions {
  /**
   * What may be chosen, in place of options of the same names. Default: AdamW, NAdam and Lion, their rates and decays, and widths of
   * one to three hidden layers, but for what the options say.
   */
  readonly space?: SearchSpace | undefined;
  /** Number of settings that are tried. The first is the one that training has without a search. Default 20. */
  readonly trials?: number | undefined;
  /**
   * `'halving'`: all are trained for a ninth of the epochs that the first one took, the best third for a third of them,
   * and the best third of these to the end (Jamieson & Talwalkar 2016, https://arxiv.org/abs/1502.07943). `'random'`:
   * all to the end. Default `'halving'`.
   */
  readonly strategy?: 'halving' | 'random' | undefined;
  /** Seconds after which no further training begins. Default: no limit. */
  readonly budget?: number | undefined;
  /** Fraction of the rows that `train` is to hold out, which the search doesn't see. Default: as for `train`. */
  readonly validation?: number | undefined;
  /**
   * File of what has been tried, as JSON objects of a line each. A search of the same table and options goes on from
   * there; one with more `trials` tries some more. Default: none.
   */
  readonly file?: string | URL | undefined;
  /**
   * Processes that divide the trials, each of which calls this with the same table and options; all get the same result.
   * They wait for each other between the steps of a halving, no longer than the `timeout` of `distributed()`. The first
   * writes `file`. Default: this process alone.
   */
  readonly ranks?: Ranks | undefined;
  /** Ends the search early: with the best so far. */
  readonly stop?: AbortSignal | undefined;
  /** Hears of each training when it has ended. */
  readonly onTrial?: ((trial: SearchTrial) => void) | undefined;
  /** Hears what is being done, and how far all of it is, from 0 to 1. */
  readonly onProgress?: ((stage: string, share: number) => void) | undefined;
}

/** What {@link search} found, as plain data. */
export interface SearchResult {
  /** The best of the trials that were trained longest, or the first if none was: options for {@link train}. */
  readonly best: FoundSetting;
  /** All trials, the best first. */
  readonly trials: readonly SearchTrial[];
}

/** Divisions of a small table on which each setting is tried. */
const mostDivisions = 3;

/**
 * Tries settings of the network, drawn at random, and tells the best: rule, learning rate, weight decay, widths. Each is
 * judged by its loss on rows that decide when training ends. Of tables below 50,000 rows (without `validation`) these are
 * among the rows that `train` holds out in turn, whose scores are then a little too good. The same seed gives the same
 * results, but for `maxSeconds` and `budget`.
 *
 * @example
 * const { best, trials } = await search(people, { target: 'bought', trials: 30 });
 * console.table(trials);
 * const { model } = await train(people, { target: 'bought', ...best });
 * @throws TypeError, RangeError for options or a table that don't fit; the signal's reason; GlissadeError `ERR_FILE`.
 */
export async function search(table: Table, options: SearchOptions): Promise<SearchResult> {
  checkWhole('search', table);
  const { setting, own } = await settingOf('search', table, options, ownChecks);
  const { trials: count = 20, strategy = 'halving', budget = Number.POSITIVE_INFINITY, ranks, validation, file } = own;
  const { space = withoutGiven(usualSpace, options) } = own;
  const isLinear = setting.network.hidden.length === 0;
  refuse([
    [isLinear && space.hidden, 'hidden: [] is a linear model; leave out hidden or space.hidden'],
    [
      count > 1 && Object.keys(space).length === 0 && setting.network.learningRate !== undefined,
      'search: nothing is left to choose, because rule, learningRate, weightDecay and hidden are given; leave one of them out',
    ],
  ]);
  const { rows } = setting.table;
  const random = new Random(setting.seed);
  const settings = Array.from({ length: count }, (_, i) =>
    i === 0 ? setting.network : drawn(space, setting.network, rows, random),
  );
  const isFirst = !ranks || ranks.rank === 0;
  const { stop, onTrial, onProgress } = own;
  const context: TrialsContext = { ranks, stop, seconds: budget, onTrial, onProgress };

  const prepared: Prepared[] = [];
  try {
    for (const parts of divisionsOf(setting, validation).slice(0, mostDivisions))
      prepared.push(await prepare(setting, isLinear ? 'linear' : 'network', parts));
    const { contents } = fingerprintOf(prepared[0]!.training);
    const identity = { ...identityOf(setting), validation, space, contents };
    if (ranks) await checkSameOnAll(ranks, 'search', JSON.stringify({ ...identity, trials: count, strategy }));
    const journal = await SearchJournal.open(isFirst ? file : undefined, identity);
    const [known] = await together(ranks, journal.attempts());
    journal.keep(known!);
    const trials = new Trials(setting, settings, prepared, journal, context);
    await (strategy === 'random' ? trials.tryAll() : trials.halve());
    return trials.result();
  } finally {
    for (const one of prepared) one[Symbol.dispose]();
  }
}

const ownChecks = {
  space: (_name, space) => checkSpace(space),
  trials: checkSetting.trials,
  strategy: oneOf('halving', 'random'),
  budget: numberIn(positive),
  validation: checkSetting.validation,
  file: checkPath,
  ranks: (_name, ranks) => checkRanks(ranks),
  stop: (_name, stop) => checkSignal(stop),
  onTrial: checkFunction<SearchOptions['onTrial'] & {}>,
  onProgress: checkFunction<SearchOptions['onProgress'] & {}>,
} satisfies Checks<Omit<SearchOptions, keyof TableTrainingOptions>>;

/** A space without the parts that options determine. */
const withoutGiven = (space: SearchSpace, options: SearchOptions): SearchSpace =>
  Object.fromEntries(Object.entries(space).filter(([name]) => options[name as keyof SearchSpace] === undefined));
