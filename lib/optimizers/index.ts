export { type AcceleratedOptions, accelerated } from './accelerated.js';
export { type AdadeltaOptions, adadelta } from './adadelta.js';
export { type AdafactorOptions, adafactor } from './adafactor.js';
export { type AdagradOptions, adagrad } from './adagrad.js';
export { type AdamOptions, adam } from './adam.js';
export { type AdamaxOptions, adamax } from './adamax.js';
export { type AdamWOptions, adamw } from './adamw.js';
export { type AdanOptions, adan } from './adan.js';
export { type AsgdOptions, asgd } from './asgd.js';
export {
  type Average,
  type EmaOptions,
  ema,
  type PolyakOptions,
  polyak,
  type SwaOptions,
  swa,
} from './average.js';
export { type FtrlOptions, ftrl } from './ftrl.js';
export type { Gradient, SparseGradient } from './gradient.js';
export { type GradientDescentOptions, gradientDescent } from './gradient_descent.js';
export { type LambOptions, lamb } from './lamb.js';
export { type LarsOptions, lars } from './lars.js';
export { type LbfgsOptions, lbfgs } from './lbfgs.js';
export type { WolfeOptions } from './line_search.js';
export { type LionOptions, lion } from './lion.js';
export { type LookaheadOptions, lookahead } from './lookahead.js';
export { type MomentumOptions, momentum } from './momentum.js';
export { type MuonOptions, muon } from './muon.js';
export { type NAdamOptions, nadam } from './nadam.js';
export { Optimizer } from './optimizer.js';
export type { Parameter, ParameterGroup } from './parameter.js';
export type { Clip, OptimizerOptions } from './plan.js';
export { type ProdigyOptions, prodigy } from './prodigy.js';
export { type RAdamOptions, radam } from './radam.js';
export { type RmspropOptions, rmsprop } from './rmsprop.js';
export { type RowWiseAdagradOptions, rowWiseAdagrad } from './row_wise_adagrad.js';
export { type RpropOptions, rprop } from './rprop.js';
export { defaultRules, type Hyperparameter, type Method, type Rule, type RuleName, ruleFrom } from './rule.js';
export { type SamOptions, sam } from './sam.js';
export { type ScheduleFreeOptions, scheduleFree } from './schedule_free.js';
export { type SgdOptions, sgd } from './sgd.js';
export type { StateArray } from './state.js';
