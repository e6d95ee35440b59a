export { type ClosedOptions, closed } from './closed.js';
export { type ConstantOptions, constant } from './constant.js';
export { type CosineOptions, cosine } from './cosine.js';
export { custom } from './custom.js';
export { type CyclicOptions, cyclic } from './cyclic.js';
export { type ExponentialOptions, exponential } from './exponential.js';
export { type FloorOptions, floor } from './floor.js';
export { type InverseTimeOptions, inverseTime } from './inverse_time.js';
export { type JoinOptions, join } from './join.js';
export { type LinearOptions, linear } from './linear.js';
export { type MultiStepOptions, multiStep } from './multi_step.js';
export { type NoamOptions, noam } from './noam.js';
export { type OneCycleOptions, oneCycle } from './one_cycle.js';
export { type PiecewiseOptions, piecewise } from './piecewise.js';
export { type PolynomialOptions, polynomial } from './polynomial.js';
export {
  type PlateauSchedule,
  type PlateauState,
  type ReduceOnPlateauOptions,
  reduceOnPlateau,
} from './reduce_on_plateau.js';
export { type ScaleOptions, scale } from './scale.js';
export { from, type Schedule, type ScheduleDescription, type ScheduleLike } from './schedule.js';
export { type StepOptions, step } from './step.js';
export { type WarmRestartsOptions, warmRestarts } from './warm_restarts.js';
export type { SpreadOptions } from './warmup.js';
export { type WarmupStableDecayOptions, warmupStableDecay } from './warmup_stable_decay.js';
