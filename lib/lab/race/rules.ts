import { defaultRules } from '../../index.js';
import type { Choice } from './choice.js';

/** The default entrants, each with the best learning rate on the digits among rates half a decade apart. */
export const usualChoices: readonly Choice[] = [
  { rule: 'sgd', learningRate: 0.3, schedule: 'constant', options: '' },
  { rule: 'momentum', learningRate: 1, schedule: 'constant', options: '' },
  { rule: 'momentum', learningRate: 1, schedule: 'constant', options: '{"nesterov": true}' },
  { rule: 'rmsprop', learningRate: 0.003, schedule: 'constant', options: '' },
  { rule: 'adam', learningRate: 0.01, schedule: 'constant', options: '' },
];

/** All rules, each with an initial learning rate: that of the usual entrants, or else the rule's default. */
export const choosableRules = (): { name: string; learningRate: number }[] =>
  defaultRules().map(({ name, learningRate }) => ({
    name,
    learningRate: usualChoices.find(({ rule }) => rule === name)?.learningRate ?? (learningRate as number),
  }));
