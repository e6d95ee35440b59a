import { type Checks, numberIn, oneOf } from '../../checks/checked_options.js';
import { checkFunction, checkSignal, orDefault, refuse } from '../../checks/options.js';
import { positive } from '../../checks/ranges.js';
import { checkRanks, checkSameOnAll, type Ranks, together } from '../../distributed/ranks.js';
import { checkPath } from '../../formats/files.js';
import { Random } from '../../numbers/random.js';
import { fingerprintOf } from '../../training/interrupted.js';
import type { Table } from '../table.js';
import { type Prepared, prepare } from './assess.js';
import { divisionsOf } from './divisions.js';
import { identityOf } from './identity.js';
import { checkSetting, checkWhole, isPartial, settingOf, type TableTrainingOptions } from './options.js';
import { SearchJournal } from './search_journal.js';
import { isExact, membersFor, type NetworkSetting, type Setting, usualActivation } from './setting.js';
import { checkSpace, drawn, type SearchSpace, usualSpace } from './space.js';
import { type FoundSetting, type SearchTrial, Trials, type TrialsContext } from './trials.js';

export interface SearchOptions extends TableTrainingOptions {
  /**
   * The choices, in place of options of the same names. Default: AdamW, NAdam and Lion, their rates and decays, and widths of
   * one to three hidden layers, except for what options determine.
   */
  readonly space?: SearchSpace | undefined;
  /**
   * The number of settings to try. The first is that of a training without a search: with `hidden: []`, the exact solution.
   * Default 20.
   */
  readonly trials?: number | undefined;
  /**
   * `'halving'`: all settings are trained for a ninth of the epochs that the first one took, the best third for a third of the
   * epochs, and the best third of these completely (Jamieson & Talwalkar 2016, https://arxiv.org/abs/1502.07943). `'random'`: all
   * are trained completely. Default `'halving'`.
   */
  readonly strategy?: 'halving' | 'random' | undefined;
  /** Seconds after which no new training begins. Default: no limit. */
  readonly budget?: number | undefined;
  /** The fraction of the rows that `train` will hold out and the search must not see. Default: as for `train`. */
  readonly validation?: number | undefined;
  /**
   * File for the trials, a JSON object per line. A search with the same table and options continues from the file; with more
   * `trials`, it adds some. Default: none.
   */
  readonly file?: string | URL | undefined;
  /**
   * Processes that share the trials. Each calls this with the same table and options, and gets the same result. They wait for
   * each other between the stages of a halving, no longer than the `timeout` of `distributed()`. The first one writes `file`.
   * Default: this process alone.
   */
  readonly ranks?: Ranks | undefined;
  /** Ends the search early, with the best setting so far. */
  readonly stop?: AbortSignal | undefined;
  /** Called after each training. */
  readonly onTrial?: ((trial: SearchTrial) => void) | undefined;
  /** Called with the current stage and the progress of the whole search, from 0 to 1. */
  readonly onProgress?: ((stage: string, share: number) => void) | undefined;
}

/** The result of {@link search}. Plain data. */
export interface SearchResult {
  /** Options for {@link train}: the best of the trials that were trained longest, or the first one if none was trained. */
  readonly best: FoundSetting;
  /** All trials, the best first. */
  readonly trials: readonly SearchTrial[];
}

/** The most divisions of a small table on which each setting is tried. */
const mostDivisions = 3;

/**
 * Tries random settings of the network and returns the best: rule, learning rate, weight decay, widths. Each is judged by its
 * loss on the rows that decide when training ends. In tables below 50,000 rows (without `validation`), `train` also holds out
 * these rows, so its scores are then slightly too good. The same seed gives the same results, unless `maxSeconds` or `budget`
 * ends a training.
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
  const ofNetworks = (['hidden', 'members', 'activation'] as const).filter((name) => space[name]);
  refuse([
    [
      isLinear && ofNetworks.length > 0,
      `hidden: [] is a linear model; leave out hidden or ${ofNetworks.map((name) => `space.${name}`).join(' and ')}`,
    ],
    [
      isPartial(setting.network.softmax) && space.members,
      `softmax: "${setting.network.softmax}" is of a single network; leave out softmax or space.members`,
    ],
    [
      count > 1 && own.space === undefined && isExact(setting, 'network'),
      'search: nothing is left to choose, because a linear model has an exact solution, which train finds; space can compare it with rules',
    ],
    [
      count > 1 && Object.keys(space).length === 0 && setting.network.learningRate !== undefined,
      'search: nothing is left to choose, because rule, learningRate, weightDecay and hidden are given; leave one of them out',
    ],
  ]);
  const random = new Random(setting.seed);
  const settings = Array.from({ length: count }, (_, i) =>
    i === 0 ? withDefaults(setting, space) : drawn(space, setting.network, random),
  );
  const isFirst = !ranks || ranks.rank === 0;
  const { stop, onTrial, onProgress } = own;
  const context: TrialsContext = { ranks, stop, seconds: budget, onTrial, onProgress };

  const prepared: Prepared[] = [];
  try {
    for (const parts of (await divisionsOf(setting, validation)).slice(0, mostDivisions))
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

/** The setting of a training without a search, with the defaults of what the space has. */
const withDefaults = ({ network, rows }: Setting, { members, activation }: SearchSpace): NetworkSetting => ({
  ...network,
  ...(members && { members: orDefault(network.members, membersFor(rows)) }),
  ...(activation && { activation: orDefault(network.activation, usualActivation) }),
});

/** A space without the parts that options determine. */
const withoutGiven = (space: SearchSpace, options: SearchOptions): SearchSpace =>
  Object.fromEntries(Object.entries(space).filter(([name]) => options[name as keyof SearchSpace] === undefined));
