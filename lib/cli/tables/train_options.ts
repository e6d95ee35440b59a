import { checkInteger } from '../../checks/ranges.js';
import { errorWith } from '../../errors.js';
import type { Activation } from '../../index.js';
import type { ObjectiveOptions, Task, TrainOptions } from '../../tables/index.js';
import { objectiveChecks } from '../../tables/objective_options.js';
import { trainDecisionChecks } from '../../tables/train/decisions.js';
import { checkSetting } from '../../tables/train/options.js';
import { numberOr } from '../number.js';
import { costsIn } from './decision_options.js';
import { jsonOf } from './json_of.js';
import type { GivenColumns } from './read_table.js';

export interface TrainCommandOptions extends GivenColumns {
  target: string;
  task?: Task;
  model?: string;
  rule?: string;
  rate?: string;
  decay?: string;
  batch?: string;
  members?: string;
  bins?: string;
  activation?: Activation | 'auto';
  vectors?: string;
  softmax?: NonNullable<TrainOptions['softmax']> | 'auto';
  epochs?: string;
  validation?: string;
  by?: string;
  time?: string;
  gap?: string;
  stratified?: string;
  loss?: string;
  quantiles?: string;
  weight?: string;
  threshold?: string;
  costs?: string;
  classWeights?: string;
  without?: string[];
  distinct?: boolean;
  calibration: boolean;
  warnings: boolean;
  maxTime?: string;
  seed?: string;
  search?: string;
  resume?: boolean;
  out: string;
  report?: string;
  logDir?: string;
  metrics?: string;
  json?: boolean;
}

/** The options of a search and of a training. */
export const optionsOf = <Target>(options: Omit<TrainCommandOptions, 'target'> & { target: Target }) => ({
  target: options.target,
  task: options.task,
  hidden: widthsOf(options.model),
  rule: options.rule === 'auto' ? undefined : options.rule,
  learningRate: given('--rate', options.rate, checkSetting.learningRate),
  weightDecay: given('--decay', options.decay, checkSetting.weightDecay),
  members: given('--members', options.members, checkSetting.members),
  bins: given('--bins', options.bins, checkSetting.bins),
  activation: options.activation === 'auto' ? undefined : options.activation,
  vectors: options.vectors,
  softmax: options.softmax === 'auto' ? undefined : options.softmax,
  batchSize: given('--batch', options.batch, checkSetting.batchSize),
  epochs: given('--epochs', options.epochs, checkSetting.epochs),
  validation: given('--validation', options.validation, checkSetting.validation),
  by: options.by,
  time: options.time,
  gap: given('--gap', options.gap, checkSetting.gap),
  stratified: options.stratified,
  loss: options.loss === undefined ? undefined : objectiveChecks.loss('--loss', options.loss),
  quantiles: quantilesOf(options.quantiles),
  weight: options.weight,
  classWeights: classWeightsOf(options.classWeights),
  without: options.without,
  distinct: options.distinct,
  maxSeconds:
    options.maxTime === undefined ? undefined : checkSetting.maxSeconds('--max-time', secondsOf(options.maxTime)),
  seed: given('--seed', options.seed, checkSetting.seed),
});

/** How the model shall choose among classes. */
export const decisionOptions = ({ threshold, costs }: Pick<TrainCommandOptions, 'threshold' | 'costs'>) => ({
  threshold: threshold === undefined ? undefined : trainDecisionChecks.threshold('--threshold', numberOr(threshold)),
  costs: costs === undefined ? undefined : costsIn(costs),
});

/** A number of an option, or undefined for `auto`. */
export const given = (
  name: string,
  text: string | undefined,
  check: (name: string, value: number) => number,
): number | undefined => {
  if (text === undefined || text === 'auto') return undefined;
  const number = numberOr(text);
  if (typeof number === 'number') return check(name, number);
  throw errorWith('ERR_INVALID_ARGUMENT', `${name}: Expected a number or auto but received ${JSON.stringify(text)}`);
};

function widthsOf(text: string | undefined): number[] | undefined {
  if (text === undefined || text === 'auto') return undefined;
  if (text === 'linear') return [];
  return text.split(',').map((width) => checkInteger('--model', numberOr(width), 1));
}

const quantilesOf = (text: string | undefined): readonly number[] | undefined =>
  text === undefined ? undefined : objectiveChecks.quantiles('--quantiles', text.split(',').map(numberOr));

function classWeightsOf(text: string | undefined): ObjectiveOptions['classWeights'] {
  if (text === undefined) return undefined;
  const given = text === 'balanced' ? text : jsonOf('--class-weights', text, '{"ill": 10}');
  return objectiveChecks.classWeights('--class-weights', given);
}

/** The seconds that a text such as `90`, `60s`, `10m` or `2h` stands for. */
function secondsOf(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text) ?? [];
  if (number === undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `--max-time: Expected a time such as 60s, 10m or 2h but received ${JSON.stringify(text)}`,
    );
  return Number(number) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
}
