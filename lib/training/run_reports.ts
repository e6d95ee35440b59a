import type { NativeCurvature, NativeEpoch } from '../addon/index.js';
import type { MetricList } from '../metrics/metric.js';
import { scoresOf } from '../metrics/scores.js';
import { type StepCurvature, stepCurvature } from './curvature_monitor.js';
import { type Epoch, type EpochReport, epochPassed } from './history.js';
import type { RunHost, RunScores } from './run_host.js';
import type { RunEnd, RunStart } from './run_messages.js';
import type { RunObserver } from './run_observer.js';

/** The reports of a run, and its observers. */
export class RunReports {
  readonly epochs: Epoch[] = [];
  readonly curvature: StepCurvature[] = [];
  readonly #host: RunHost;
  readonly #metrics: MetricList;
  readonly #observers: RunObserver[] = [];
  /** What `epoch.model()` reads. Empty after the run, so that a history does not keep its model in memory. */
  readonly #modelSource: { host: RunHost | undefined };
  #end: { failure: { readonly reason: unknown } | undefined; message: RunEnd } | undefined;

  /** A run that was interrupted goes on with its reports. */
  constructor(host: RunHost, { metrics }: RunScores) {
    this.#host = host;
    this.#metrics = metrics;
    this.#modelSource = { host };
    const { epochs = [], curvature = [] } = host.interrupted ?? {};
    this.epochs.push(...(epochs as EpochReport[]).map((report) => this.#epochOf(report)));
    this.curvature.push(...curvature);
  }

  start(observers: readonly RunObserver[], message: RunStart | undefined): void {
    this.#observers.push(...observers);
    if (message) for (const observer of this.#observers) observer.onStart?.(message);
  }

  addEpoch({ skipped, validation, accuracy, stepsNow: _, ...epoch }: NativeEpoch): Epoch {
    const { plan } = this.#host;
    const metrics = this.#metrics;
    const report = this.#epochOf({
      ...epoch,
      ...(metrics.accuracy && { accuracy }),
      ...(validation && { validation: scoresOf<readonly []>(metrics, validation) }),
      ...(plan.onNonFinite === 'skip' && { skipped }),
      learningRate: plan.learningRate(Math.max(0, epoch.steps - 1)),
    });
    this.epochs.push(report);
    for (const observer of this.#observers) observer.onEpoch(report);
    return report;
  }

  addCurvature({ epoch: _, step, ...along }: NativeCurvature): StepCurvature {
    const report = stepCurvature(step, along, this.#host.plan.learningRate(step));
    this.curvature.push(report);
    for (const observer of this.#observers) observer.onCurvature?.(report);
    return report;
  }

  /** No model can be had from here on. */
  close(): void {
    this.#modelSource.host = undefined;
  }

  end(failure: { readonly reason: unknown } | undefined, message: RunEnd): void {
    this.#end = { failure, message };
    for (const observer of this.#observers) observer.onEnd?.(failure, message);
  }

  /** Tells an observer of all reports so far, and of those to come. */
  observe(observer: RunObserver): void {
    for (const report of this.epochs) observer.onEpoch(report);
    for (const report of this.curvature) observer.onCurvature?.(report);
    if (this.#end) observer.onEnd?.(this.#end.failure, this.#end.message);
    else this.#observers.push(observer);
  }

  #epochOf(report: EpochReport): Epoch {
    const source = this.#modelSource;
    const model = {
      value: () => {
        if (source.host === undefined) throw epochPassed();
        return source.host.modelAfter(report.steps);
      },
    };
    return Object.defineProperty(report, 'model', model) as EpochReport & Epoch;
  }
}
