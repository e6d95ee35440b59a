/**
 * Tables: files, queries and rows with named columns, models that predict one column from the others, and their server.
 *
 * @module glissade/tables
 */

import '../definitions.js';

export { type Cell, type Column, type ColumnType, missingCode, type NumberColumn, type WordColumn } from './column.js';
export type { OnInvalid } from './conversions.js';
export type { DateForm } from './date_form.js';
export type { DecisionOptions, MistakeCosts, ModelDecision } from './decision.js';
export type { ColumnDescription, Distinct, Frequency, Histogram, Spread } from './describe.js';
export { type EvaluateTableOptions, type Evaluation, evaluate } from './evaluate.js';
export type { ColumnContribution, Explanation } from './explain/explain.js';
export type { ForecastMethod } from './forecasting/candidate.js';
export { type Forecasted, forecast, type PastValues } from './forecasting/forecast.js';
export { ForecastModel } from './forecasting/forecast_model.js';
export { loadForecastModel } from './forecasting/load_forecast.js';
export type { ForecastOptions } from './forecasting/options.js';
export type { ForecastReport } from './forecasting/report.js';
export type { ForecastScores } from './forecasting/scores.js';
export type { TimesNamed } from './forecasting/series.js';
export { type ForecastServer, type ServeForecastOptions, serveForecast } from './forecasting/serve_forecast.js';
export type { BacktestedRow, ForecastRow } from './forecasting/spec.js';
export { type IdxArray, readIDX } from './idx.js';
export type { ErrorBounds, IntervalOptions, PredictedInterval } from './intervals.js';
export type { ColumnKind } from './kinds.js';
export { type LibsvmData, type ReadLibsvmOptions, readLibsvm } from './libsvm.js';
export type { CategoryDistribution } from './monitoring/categories.js';
export type { ColumnDistribution, Distributions, PredictionDistribution } from './monitoring/distribution.js';
export { distributionsOf } from './monitoring/distributions_of.js';
export { type Flag, type FlagReason, flagText } from './monitoring/flag.js';
export type { TextDistribution } from './monitoring/known_words.js';
export type { NumberDistribution } from './monitoring/number_distribution.js';
export type { SlotsKnown } from './monitoring/slots.js';
export type { NearestWord, NearestWordsOptions } from './nearest_words.js';
export { type NpyArray, readNpy } from './npy.js';
export type { ObjectiveOptions } from './objective_options.js';
export { openSource, type TableInput, type TableOptions, table } from './open.js';
export type { CategoryOptions, CategoryStep } from './pipeline/category.js';
export * as columns from './pipeline/columns.js';
export type { CrossOptions, CrossStep } from './pipeline/cross.js';
export type { DateOptions, DatePart, DateStep } from './pipeline/date.js';
export type { FittedPipeline } from './pipeline/fitted_pipeline.js';
export type { FittedStep, Steps } from './pipeline/fitted_steps.js';
export type { DateIntervalOptions, DateIntervalStep, Every } from './pipeline/interval.js';
export type { NumberOptions, NumberStep } from './pipeline/number.js';
export { type FitPipelineOptions, type Pipeline, pipeline } from './pipeline/pipeline.js';
export type { RowsLike } from './pipeline/rows_like.js';
export type { Step } from './pipeline/step.js';
export type { TextOptions, TextStep } from './pipeline/text.js';
export type { PredictRowsOptions, TableModelDetails } from './predict_options.js';
export type { CsvOptions } from './readers/csv.js';
export type { Engine } from './readers/duckdb.js';
export type { RowObject } from './readers/rows.js';
export type { ModelServer } from './serving/model_server.js';
export type { ServeOptions } from './serving/options.js';
export { serveModel } from './serving/serve_model.js';
export type { Chunk, Codes, DateTexts, Field, Source } from './source.js';
export type { SourceOptions } from './source_options.js';
export type { TableSplitOptions } from './splits.js';
export { kindsOf, Table, type TableRow } from './table.js';
export type { TableDescription } from './table_description.js';
export {
  loadTableModel,
  type PredictChunksOptions,
  type PredictedChunk,
  type PredictedRows,
  TableModel,
} from './table_model.js';
export type { Class, ClassTarget, NumberTarget, Target, Task } from './target.js';
export type { Prediction } from './targets/head.js';
export type { CalibrationReport } from './train/calibration.js';
export type { SoftmaxKind } from './train/candidates.js';
export type { ClassScores } from './train/class_scores.js';
export { type CrossValidateOptions, type CrossValidation, crossValidate } from './train/cross_validate.js';
export type { DecisionReport, TrainDecisionOptions } from './train/decisions.js';
export type { ColumnDependence, DependencePoint } from './train/dependence.js';
export type { Estimate } from './train/estimates.js';
export type { FoldLosses } from './train/fold_losses.js';
export type { IntervalReport } from './train/held_out_intervals.js';
export type { TableTrainingOptions } from './train/options.js';
export type {
  BaselineName,
  CandidateKind,
  ColumnImportance,
  EpochLosses,
  SeveralReport,
  TableWarning,
  TargetReport,
  TrainReport,
} from './train/report.js';
export type { Predicted, ScoresByClass, TableScores } from './train/scores.js';
export { type SearchOptions, type SearchResult, search } from './train/search.js';
export type { TrainedSeveral } from './train/several.js';
export type { LogRange, SearchSpace } from './train/space.js';
export type { TextColumnReport, TextsReport } from './train/texts_report.js';
export { type Trained, train } from './train/train.js';
export type { TrainOptions, TrainSeveralOptions } from './train/train_options.js';
export type { FoundSetting, SearchTrial } from './train/trials.js';
export type { WorstRow } from './train/worst_rows.js';
export { type ReadVectorsOptions, readVectors, WordVectors } from './word_vectors.js';
export type { Words } from './words.js';
