import type { FloatType, Rule } from 'glissade';
import { adam, adamw } from './adam';
import { momentum } from './momentum';
import type { Maker, ScalarRule } from './scalar_rule';
import { sgd } from './sgd';

const makers: Record<string, Maker> = { sgd, momentum, adam, adamw };

export function scalarRule(rule: Rule, type: FloatType): ScalarRule {
  return makers[rule.name]!(rule, type);
}
export type { ScalarRule, ScalarUpdate } from './scalar_rule';
