import type { FloatType } from '../../../lib/addon';
import type { Rule } from '../../../lib/optimizers/rule';
import { adadelta } from './adadelta';
import { adagrad } from './adagrad';
import { adam, adamw } from './adam';
import { adamax } from './adamax';
import { adan } from './adan';
import { asgd } from './asgd';
import { ftrl } from './ftrl';
import { lamb } from './lamb';
import { lars } from './lars';
import { lion } from './lion';
import { momentum } from './momentum';
import { nadam } from './nadam';
import { prodigy } from './prodigy';
import { radam } from './radam';
import { rmsprop } from './rmsprop';
import { rprop } from './rprop';
import type { Maker, ScalarRule } from './scalar_rule';
import { scheduleFree } from './schedule_free';
import { sgd } from './sgd';

const makers: Record<string, Maker> = {
  sgd,
  momentum,
  adam,
  adamw,
  lion,
  lars,
  lamb,
  adan,
  ftrl,
  prodigy,
  scheduleFree,
  adagrad,
  rmsprop,
  adadelta,
  adamax,
  nadam,
  radam,
  rprop,
  asgd,
};

export function scalarRule(rule: Rule, type: FloatType): ScalarRule {
  return makers[rule.name]!(rule, type);
}
export type { ScalarRule, ScalarUpdate, SummingStep } from './scalar_rule';
