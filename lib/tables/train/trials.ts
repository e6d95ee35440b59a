import { gatherValues, type Ranks } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import type { Activation } from '../../layers/layer.js';
import { fitPrepared, type Prepared } from './assess.js';
import type { Attempt, SearchJournal } from './search_journal.js';
import { isExact, type NetworkSetting, recipeFor, type Setting } from './setting.js';
import { sideBySide } from './side_by_side.js';

/** Options of `train` that a search chose. The exact solution of a linear model has only `hidden`, which is empty. */
export interface FoundSetting {
  readonly rule?: string;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly learningRate?: number;
  /** Absent if the rule has none. */
  readonly weightDecay?: number;
  readonly batchSize?: number;
  /** Present if options or the space have members. */
  readonly members?: number;
  /** Present if options or the space have an activation. */
  readonly activation?: Activation;
}

/** A trial of a setting. */
export interface SearchTrial extends FoundSetting {
  /** The number of the trial, from 1, in the order of drawing. */
  readonly trial: number;
  /**
   * The smallest mean loss on the rows that decide when training ends. For numbers it is half the squared error of a target scaled
   * to deviation 1. Null if it was not finite, or if the setting was not trained.
   */
  readonly loss: number | null;
  /** The epochs of its longest training; 0 for an exact solution. */
  readonly epochs: number;
  /** `'complete'`: trained completely; `'dropped'`: not, because others were better or time ran out. */
  readonly state: 'complete' | 'dropped' | 'diverged' | 'not trained';
  /** The duration of all its trainings. */
  readonly seconds: number;
}

export interface TrialsContext {
  /** Processes that share the trials. */
  readonly ranks: Ranks | undefined;
  readonly stop: AbortSignal | undefined;
  /** Seconds after which no new training begins. */
  readonly seconds: number;
  readonly onTrial: ((trial: SearchTrial) => void) | undefined;
  readonly onProgress: ((stage: string, share: number) => void) | undefined;
}

/**
 * The trials of this rank. A single trial is run by all ranks, because their wait for it could time out. The result of the first
 * rank then counts.
 */
const trialsOfRank = (trials: readonly number[], ranks: Ranks | undefined): readonly number[] =>
  ranks && trials.length > 1 ? trials.filter((_, i) => i % ranks.size === ranks.rank) : trials;

/** A third of the trials continues to the next stage, and shorter trainings get a third of the epochs. */
const keptPart = 3;

/** The trials of a search and their results. The first has the setting of a training without a search. */
export class Trials {
  readonly #setting: Setting;
  readonly #settings: readonly NetworkSetting[];
  readonly #prepared: readonly Prepared[];
  readonly #journal: SearchJournal;
  readonly #context: TrialsContext;
  readonly #deadline: number;
  /** The attempts of each trial in order. */
  readonly #attempts: readonly Attempt[][];
  /** The epochs of all planned attempts, and of those that are done. */
  #planned = 0;
  #done = 0;

  constructor(
    setting: Setting,
    settings: readonly NetworkSetting[],
    prepared: readonly Prepared[],
    journal: SearchJournal,
    context: TrialsContext,
  ) {
    this.#setting = setting;
    this.#settings = settings;
    this.#prepared = prepared;
    this.#journal = journal;
    this.#context = context;
    this.#deadline = performance.now() + 1000 * context.seconds;
    this.#attempts = settings.map(() => []);
  }

  /** Trains all completely. */
  async tryAll(): Promise<void> {
    this.#planned = this.#settings.length;
    await this.#try([...this.#settings.keys()], null, 1);
  }

  /** Trains the first completely, the others for a part of its epochs, and the best of these for longer. */
  async halve(): Promise<void> {
    const [first, ...others] = [...this.#settings.keys()];
    this.#planned = this.#settings.length;
    await this.#try([first!], null, 1);
    const [usual] = this.#attempts[first!]!;
    if (!usual) return;
    if (usual.epochs === 0) {
      await this.#try(others, null, 1);
      return;
    }
    const few = [usual.epochs / keptPart ** 2, usual.epochs / keptPart].map(Math.ceil);
    const rungs = [...new Set(few)].filter((epochs) => epochs < usual.epochs);
    const counts = [...rungs, null].map((_, i) => others.length / keptPart ** i);
    this.#planned = counts.reduce((sum, count, i) => sum + count * (rungs[i] ?? usual.epochs), usual.epochs);
    this.#done = usual.epochs;
    let left = others;
    for (const most of [...rungs, null]) {
      const losses = await this.#try(left, most, most ?? usual.epochs);
      const byLoss = left.filter((trial) => losses.get(trial) !== undefined);
      byLoss.sort((a, b) => losses.get(a)! - losses.get(b)!);
      left = byLoss.slice(0, Math.ceil(left.length / keptPart));
    }
  }

  /** Trains some trials and returns their losses: ∞ if a trial diverged, none if it was not finished. */
  async #try(trials: readonly number[], most: number | null, weight: number): Promise<Map<number, number>> {
    const losses = new Map<number, number>();
    const take = async (attempt: Attempt) => {
      const { trial } = attempt;
      if (losses.has(trial)) return;
      losses.set(trial, attempt.loss ?? Number.POSITIVE_INFINITY);
      if (!this.#journal.find(trial, most)) await this.#journal.add(attempt, this.#settings[trial]!);
      this.#done += weight;
      this.#attempts[trial]!.push(attempt);
      this.#context.onTrial?.(this.#rowOf(trial));
    };
    const { ranks } = this.#context;
    const tried: Attempt[] = [];
    await sideBySide(trialsOfRank(trials, ranks), async (trial) => {
      const stage = `trial ${trial + 1} of ${this.#settings.length}`;
      this.#context.onProgress?.(stage, Math.min(1, this.#done / this.#planned));
      const attempt = this.#journal.find(trial, most) ?? (await this.#attempt(trial, most));
      if (attempt === undefined) return;
      tried.push(attempt);
      if (!ranks) await take(attempt);
    });
    if (ranks) for (const attempt of (await gatherValues(ranks, tried)).flat()) await take(attempt);
    return losses;
  }

  async #attempt(trial: number, most: number | null): Promise<Attempt | undefined> {
    const start = performance.now();
    const { stop } = this.#context;
    if (stop?.aborted || start > this.#deadline) return undefined;
    const setting = { ...this.#settingOf(trial), ...(most === null ? {} : { epochs: most }) };
    let [loss, epochs] = [0, 0];
    for (const prepared of this.#prepared) {
      const fit = await fitPrepared(setting, prepared, { ...setting.context, stop }).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ERR_NON_FINITE') return { stoppingLoss: Number.POSITIVE_INFINITY, history: [0] };
          throw error;
        },
      );
      if (stop?.aborted) return undefined;
      loss += fit.stoppingLoss! / this.#prepared.length;
      epochs = Math.max(epochs, fit.history.length);
    }
    const seconds = (performance.now() - start) / 1000;
    return { trial, most, epochs, loss: Number.isFinite(loss) ? loss : null, seconds };
  }

  /** The setting of a trial. Only the first one of a linear model can be its exact solution. */
  #settingOf(trial: number): Setting {
    const network = this.#settings[trial]!;
    return { ...this.#setting, network, ...(trial > 0 && { linearBy: 'minibatches' }) };
  }

  /** @throws GlissadeError `ERR_NON_FINITE` if all trials diverged. */
  result(): { best: FoundSetting; trials: SearchTrial[] } {
    const places = { complete: 0, dropped: 1, diverged: 2, 'not trained': 3 };
    const trials = this.#settings
      .map((_, trial) => this.#rowOf(trial))
      .sort(
        (a, b) =>
          places[a.state] - places[b.state] ||
          (a.state === 'dropped' ? b.epochs - a.epochs : 0) ||
          (a.loss ?? 0) - (b.loss ?? 0),
      );
    const [first] = trials as [SearchTrial, ...SearchTrial[]];
    this.#context.onProgress?.('done', 1);
    if (first.state === 'diverged' && !this.#context.stop?.aborted)
      throw errorWith('ERR_NON_FINITE', 'search: all settings diverged. Try smaller learning rates');
    return { best: this.#found(first.trial - 1), trials };
  }

  #rowOf(trial: number): SearchTrial {
    const attempts = this.#attempts[trial]!;
    const last = attempts.at(-1);
    return {
      trial: trial + 1,
      loss: last?.loss ?? null,
      state:
        last === undefined
          ? 'not trained'
          : last.loss === null
            ? 'diverged'
            : last.most === null
              ? 'complete'
              : 'dropped',
      epochs: last?.epochs ?? 0,
      ...this.#found(trial),
      seconds: attempts.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  }

  #found(trial: number): FoundSetting {
    const setting = this.#settingOf(trial);
    const { hidden, members, activation } = setting.network;
    if (isExact(setting, 'network')) return { hidden };
    const { optimizer, batchSize } = recipeFor(setting, 'network', this.#prepared[0]!.pipeline);
    const { name, learningRate, weightDecay } = optimizer;
    return {
      rule: name,
      hidden,
      learningRate: learningRate as number,
      ...(weightDecay === undefined ? {} : { weightDecay: weightDecay as number }),
      batchSize,
      ...(members === undefined ? {} : { members }),
      ...(activation === undefined ? {} : { activation }),
    };
  }
}
