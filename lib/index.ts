export type { FloatArray, FloatType } from './addon/index.js';
export { Dataset, type DatasetOptions, type SplitOptions } from './data/dataset.js';
export type { Values } from './data/table.js';
export { type ErrorCode, GlissadeError } from './errors.js';
export { type DenseOptions, dense } from './layers/dense.js';
export type { Activation, Layer } from './layers/layer.js';
export type { Loss, Metric } from './losses/loss.js';
export {
  type EvaluateOptions,
  type NamedTensor,
  Network,
  type NetworkOptions,
  network,
  type PredictOptions,
} from './models/network.js';
export { type AdamOptions, adam } from './optimizers/adam.js';
export { type AdamWOptions, adamw } from './optimizers/adamw.js';
export { type MomentumOptions, momentum } from './optimizers/momentum.js';
export { Optimizer } from './optimizers/optimizer.js';
export type { Hyperparameter, Rule } from './optimizers/rule.js';
export { type SgdOptions, sgd } from './optimizers/sgd.js';
export { type ConfigureOptions, configure, type RuntimeInformation, runtime } from './runtime.js';
export * as schedules from './schedules/index.js';
export type { Schedule, ScheduleDescription } from './schedules/schedule.js';
export type { EpochReport, FitOptions, History, Run, RunProgress, Scores } from './training/run.js';
