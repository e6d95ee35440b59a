export type { FloatArray, FloatType } from './addon/index.js';
export type { CriticalPoint } from './curvature/critical_point.js';
export {
  type CurvatureOptions,
  type CurvatureReport,
  curvature,
  type PointCurvatureOptions,
} from './curvature/curvature.js';
export type { DensityOptions, SpectralDensity } from './curvature/spectral_density.js';
export type { BlockDescription, BlockInputs, DenseBlock, Inputs } from './data/blocks.js';
export { type Categories, type CategoriesOptions, categories } from './data/categories.js';
export { Dataset, type DatasetOptions, type SplitOptions } from './data/dataset.js';
export {
  type Feature,
  FeatureHasher,
  type Features,
  type FeatureValue,
  type HashableExample,
  type HashingOptions,
  hashFeatures,
} from './data/hashing.js';
export {
  type Indices,
  type Sparse,
  type SparseArraysOptions,
  SparseBuilder,
  type SparseEntry,
  type SparseRowsOptions,
  sparse,
} from './data/sparse.js';
export type { Row, Values } from './data/table.js';
export type { ExampleWeights } from './data/weights.js';
export { type Whitening, type WhitenOptions, whiten } from './data/whiten.js';
export { type ErrorCode, GlissadeError } from './errors.js';
export { type BatchNormLayer, type BatchNormOptions, batchNorm } from './layers/batch_norm.js';
export { type Conv2dLayer, type Conv2dOptions, conv2d } from './layers/conv2d.js';
export { type DenseLayer, type DenseOptions, dense } from './layers/dense.js';
export { type DropoutLayer, dropout } from './layers/dropout.js';
export { type EmbeddingLayer, type EmbeddingOptions, embedding } from './layers/embedding.js';
export { type FlattenLayer, flatten } from './layers/flatten.js';
export { type InputLayer, input } from './layers/input.js';
export type { Activation, ActivationOptions, Initializer, Layer } from './layers/layer.js';
export { type LayerNormLayer, type LayerNormOptions, layerNorm } from './layers/layer_norm.js';
export { type ParallelLayer, type ParallelOptions, parallel } from './layers/parallel.js';
export {
  averagePool,
  type GlobalPoolLayer,
  type GlobalPoolOptions,
  globalPool,
  maxPool,
  type PoolLayer,
  type PoolOptions,
} from './layers/pool.js';
export { type ResidualLayer, type ResidualOptions, residual } from './layers/residual.js';
export { type SoftmaxLayer, softmax } from './layers/softmax.js';
export type { Sides } from './layers/windows.js';
export * as losses from './losses/index.js';
export type { Loss, LossLike, LossName, Metric } from './losses/loss.js';
export {
  type FlowTolerance,
  type GradientFlow,
  type GradientFlowOptions,
  gradientFlow,
} from './minimize/gradient_flow.js';
export {
  type MinimizeOptions,
  type MinimizeReport,
  type Minimum,
  minimize,
  type Trajectory,
} from './minimize/minimize.js';
export type { Objective, Problem, Risk } from './minimize/problem.js';
export type { BlockShape, CategoriesShape, ImageShape, InputShape, SparseShape } from './models/inputs.js';
export { type LinearOptions, linear } from './models/linear.js';
export type {
  DerivativeOptions,
  EvaluateOptions,
  GradientVariance,
  LossGradient,
  NamedTensor,
  Network,
  NetworkOptions,
  PredictOptions,
  VarianceOptions,
} from './models/network.js';
export { network } from './models/network.js';
export type { Precision } from './models/precision.js';
export { type Bfloat16Array, bfloat16 } from './numbers/bfloat16.js';
export { type AcceleratedOptions, accelerated } from './optimizers/accelerated.js';
export { type AdadeltaOptions, adadelta } from './optimizers/adadelta.js';
export { type AdafactorOptions, adafactor } from './optimizers/adafactor.js';
export { type AdagradOptions, adagrad } from './optimizers/adagrad.js';
export { type AdamOptions, adam } from './optimizers/adam.js';
export { type AdamaxOptions, adamax } from './optimizers/adamax.js';
export { type AdamWOptions, adamw } from './optimizers/adamw.js';
export { type AdanOptions, adan } from './optimizers/adan.js';
export { type AsgdOptions, asgd } from './optimizers/asgd.js';
export {
  type Average,
  type EmaOptions,
  ema,
  type PolyakOptions,
  polyak,
  type SwaOptions,
  swa,
} from './optimizers/average.js';
export { type FtrlOptions, ftrl } from './optimizers/ftrl.js';
export type { Gradient, SparseGradient } from './optimizers/gradient.js';
export { type GradientDescentOptions, gradientDescent } from './optimizers/gradient_descent.js';
export { type LambOptions, lamb } from './optimizers/lamb.js';
export { type LarsOptions, lars } from './optimizers/lars.js';
export { type LbfgsOptions, lbfgs } from './optimizers/lbfgs.js';
export type { WolfeOptions } from './optimizers/line_search.js';
export { type LionOptions, lion } from './optimizers/lion.js';
export { type LookaheadOptions, lookahead } from './optimizers/lookahead.js';
export { type MomentumOptions, momentum } from './optimizers/momentum.js';
export { type MuonOptions, muon } from './optimizers/muon.js';
export { type NAdamOptions, nadam } from './optimizers/nadam.js';
export { Optimizer } from './optimizers/optimizer.js';
export type { Parameter, ParameterGroup } from './optimizers/parameter.js';
export type { Clip, StepOptions } from './optimizers/plan.js';
export { type ProdigyOptions, prodigy } from './optimizers/prodigy.js';
export { type RAdamOptions, radam } from './optimizers/radam.js';
export { type RmspropOptions, rmsprop } from './optimizers/rmsprop.js';
export { type RowWiseAdagradOptions, rowWiseAdagrad } from './optimizers/row_wise_adagrad.js';
export { type RpropOptions, rprop } from './optimizers/rprop.js';
export type { Hyperparameter, Rule } from './optimizers/rule.js';
export { type SamOptions, sam } from './optimizers/sam.js';
export { type ScheduleFreeOptions, scheduleFree } from './optimizers/schedule_free.js';
export { type SgdOptions, sgd } from './optimizers/sgd.js';
export type { StateArray } from './optimizers/state.js';
export { type ConfigureOptions, configure, type RuntimeInformation, runtime } from './runtime.js';
export * as schedules from './schedules/index.js';
export type { Schedule, ScheduleDescription } from './schedules/schedule.js';
export {
  type CurvatureMonitor,
  type CurvatureMonitorOptions,
  curvatureMonitor,
  type StepCurvature,
} from './training/curvature_monitor.js';
export type { TensorGroup } from './training/groups.js';
export type { AlongGradient, IllConditioning } from './training/ill_conditioning.js';
export type { EpochReport, History, Monitor, Run, RunOptions, RunProgress, Sampling, Scores } from './training/run.js';
export {
  type FitOptions,
  type MinibatchOptions,
  type StepReport,
  Trainer,
  type TrainerOptions,
} from './training/trainer.js';
