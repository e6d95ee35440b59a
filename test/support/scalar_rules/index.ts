import type { FloatType, Rule } from 'glissade';
import { adadelta } from './adadelta';
import { adagrad } from './adagrad';
import { adam, adamw } from './adam';
import { adamax } from './adamax';
import { asgd } from './asgd';
import { momentum } from './momentum';
import { nadam } from './nadam';
import { radam } from './radam';
import { rmsprop } from './rmsprop';
import { rprop } from './rprop';
import type { Maker, ScalarRule } from './scalar_rule';
import { sgd } from './sgd';

const makers: Record<string, Maker> = {
  sgd,
  momentum,
  adagrad,
  rmsprop,
  adadelta,
  adam,
  adamw,
  adamax,
  nadam,
  radam,
  rprop,
  asgd,
};

export function scalarRule(rule: Rule, type: FloatType): ScalarRule {
  return makers[rule.name]!(rule, type);
}
export type { ScalarRule, ScalarUpdate } from './scalar_rule';
