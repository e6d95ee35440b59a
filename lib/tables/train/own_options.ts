import type { Checks } from '../../checks/checked_options.js';
import { checkBoolean, checkFunction, checkSignal } from '../../checks/options.js';
import { checkRanks } from '../../distributed/ranks.js';
import { checkPath } from '../../formats/files.js';
import { trainDecisionChecks } from './decisions.js';
import { checkSetting, type TableTrainingOptions } from './options.js';
import type { CandidateKind } from './report.js';
import type { TrainOptions } from './train_options.js';

/** Checks of the options that only `train` has. */
export const ownChecks = {
  ...trainDecisionChecks,
  calibration: checkBoolean,
  validation: checkSetting.validation,
  checkpoints: checkPath,
  logDir: checkPath,
  logFile: checkPath,
  stop: (_name, stop) => checkSignal(stop),
  ranks: (_name, ranks) => checkRanks(ranks),
  warnings: checkBoolean,
  onProgress: checkFunction<TrainOptions['onProgress'] & {}>,
} satisfies Checks<Omit<TrainOptions, keyof TableTrainingOptions>>;

/** The options that are given. */
export const givenOf = <Options extends object>(
  options: Options,
): Partial<{ [Name in keyof Options]: Options[Name] & {} }> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;

/** The options with which the chosen candidate is trained again. Those of the network don't apply to a linear model. */
export const retrainingOptions = (options: TrainOptions, chosen: CandidateKind): TableTrainingOptions => {
  const isOwn = (name: string) => Object.hasOwn(ownChecks, name);
  const common = Object.fromEntries(Object.entries(options).filter(([name]) => !isOwn(name))) as typeof options;
  if (chosen === 'network' || options.hidden?.length === 0) return common;
  return {
    ...common,
    hidden: [],
    vectors: undefined,
    rule: undefined,
    learningRate: undefined,
    weightDecay: undefined,
    batchSize: undefined,
    softmax: undefined,
    epochs: undefined,
  };
};
