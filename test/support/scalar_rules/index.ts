import type { FloatType, Rule } from 'glissade';
import { adam, adamw } from './adam';
import { adan } from './adan';
import { ftrl } from './ftrl';
import { lamb } from './lamb';
import { lars } from './lars';
import { lion } from './lion';
import { momentum } from './momentum';
import { prodigy } from './prodigy';
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
};

export function scalarRule(rule: Rule, type: FloatType): ScalarRule {
  return makers[rule.name]!(rule, type);
}
export type { ScalarRule, ScalarUpdate, SummingStep } from './scalar_rule';
