/**
 * Optimizers, schedules, datasets, networks and their training.
 *
 * @module glissade
 */

export { type FloatArray, type FloatType, ready } from './addon/index.js';
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
  type BuilderBlock,
  type BuilderInputs,
  type BuilderRows,
  type BuilderValues,
  DatasetBuilder,
  type DatasetBuilderOptions,
} from './data/dataset_builder.js';
export { DatasetWriter } from './data/dataset_writer.js';
export { hashTexts, type TextHashingOptions } from './data/hash_texts.js';
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
export type { SubwordOptions } from './data/subwords.js';
export type { Row, Values } from './data/table.js';
export type { ExampleWeights } from './data/weights.js';
export { type Whitening, type WhitenOptions, whiten } from './data/whiten.js';
export { type ErrorCode, GlissadeError } from './errors.js';
export * from './layers/index.js';
export type { CustomLossOptions } from './losses/custom.js';
export * as losses from './losses/index.js';
export type { Loss, LossLike, LossName } from './losses/loss.js';
export type { LossBatch } from './losses/loss_batch.js';
export * as metrics from './metrics/index.js';
export type { Metric, MetricLike, MetricMaker, MetricName } from './metrics/metric.js';
export type { ResultOf, ScoresOf } from './metrics/scores.js';
export { type Costs, thresholdFor } from './metrics/threshold.js';
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
export { type CalibrateOptions, calibrate } from './models/calibrate.js';
export type { Calibration, ProbabilityFunction } from './models/calibration.js';
export type { NetworkDescription } from './models/files.js';
export type {
  BlockShape,
  CategoriesShape,
  ImageShape,
  InputShape,
  NamedBlockShape,
  SparseShape,
} from './models/inputs.js';
export type {
  AppendOptions,
  ClassOptions,
  DerivativeOptions,
  EvaluateOptions,
  GradientVariance,
  LossGradient,
  NamedTensor,
  NetworkOptions,
  OnnxOptions,
  PredictOptions,
  ProbabilityOptions,
  VarianceOptions,
} from './models/options.js';
export type { Precision } from './models/precision.js';
export type { SaveOptions } from './models/quantization.js';
export { type ScoreOptions, score } from './models/score.js';
export type { Scores } from './models/scores.js';
export type { SharedModel } from './models/shared.js';
export type { StateDictOptions } from './models/state_dict.js';
export { type Bfloat16Array, bfloat16 } from './numbers/bfloat16.js';
export { float32, float64 } from './numbers/float_arrays.js';
export { Random } from './numbers/random.js';
export * from './optimizers/index.js';
export { type LeastSquares, type LeastSquaresOptions, leastSquares } from './regression/least_squares.js';
export {
  type LogisticRegression,
  type LogisticRegressionOptions,
  logisticRegression,
} from './regression/logistic_regression.js';
export { type ConfigureOptions, configure, type RuntimeInformation, runtime } from './runtime.js';
export * as schedules from './schedules/index.js';
export type { Schedule, ScheduleDescription } from './schedules/schedule.js';
export type { CheckpointOptions, OnCheckpointError, WrittenCheckpoint } from './training/checkpoint.js';
export { newestCheckpoint } from './training/checkpoint_folder.js';
export {
  type CurvatureMonitor,
  type CurvatureMonitorOptions,
  curvatureMonitor,
  type StepCurvature,
} from './training/curvature_monitor.js';
export type { BestEpoch, EarlyStopping } from './training/early_stopping.js';
export {
  type FindLearningRateOptions,
  findLearningRate,
  type LearningRateCurve,
  type LearningRatePoint,
} from './training/find_learning_rate.js';
export type { TensorGroup } from './training/groups.js';
export type { Epoch, EpochReport, History, RunProgress } from './training/history.js';
export type { AlongGradient, IllConditioning } from './training/ill_conditioning.js';
export { type LinearModelOptions, linear } from './training/linear.js';
export { type LoadOnnxOptions, loadONNX } from './training/load_onnx.js';
export type { Monitor } from './training/monitor.js';
export { type FitOptions, loadModel, type Network, network } from './training/network.js';
export type { Run } from './training/run.js';
export type { Refusal, RunCheckpoint, RunEnd, RunEpoch, RunStart } from './training/run_messages.js';
export type { RunObserver } from './training/run_observer.js';
export type { RunOptions, Sampling } from './training/run_options.js';
export type { Synchronization } from './training/synchronization.js';
export {
  type InterruptedRun,
  type MinibatchOptions,
  type ResumeOptions,
  Trainer,
  type TrainerRunOptions,
} from './training/trainer.js';
export type { StepReport, TrainerOptions } from './training/training.js';
