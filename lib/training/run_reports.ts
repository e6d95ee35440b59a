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

  /** A resumed run starts with the reports from before the interruption. */
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
    if (message) notify(this.#observers, (observer) => observer.onStart?.(message));
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
    notify(this.#observers, (observer) => observer.onEpoch(report));
    return report;
  }

  addCurvature({ epoch: _, step, ...along }: NativeCurvature): StepCurvature {
    const report = stepCurvature(step, along, this.#host.plan.learningRate(step));
    this.curvature.push(report);
    notify(this.#observers, (observer) => observer.onCurvature?.(report));
    return report;
  }

  /** From now on, `epoch.model()` throws. */
  close(): void {
    this.#modelSource.host = undefined;
  }

  end(failure: { readonly reason: unknown } | undefined, message: RunEnd): void {
    this.#end = { failure, message };
    notify(this.#observers, (observer) => observer.onEnd?.(failure, message));
  }

  /** Passes all reports so far to an observer, and later ones as they are made. */
  observe(observer: RunObserver): void {
    for (const report of this.epochs) notify([observer], () => observer.onEpoch(report));
    for (const report of this.curvature) notify([observer], () => observer.onCurvature?.(report));
    const end = this.#end;
    if (end) notify([observer], () => observer.onEnd?.(end.failure, end.message));
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

/**
 * Calls a function of each observer. What it throws becomes an uncaught exception of the process, as with subscribers of
 * a diagnostics channel: in the run, it would be lost in the addon or end the run.
 */
function notify(observers: readonly RunObserver[], call: (observer: RunObserver) => void): void {
  for (const observer of [...observers]) // one that is added meanwhile receives the report as it is added
    try {
      call(observer);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
}
