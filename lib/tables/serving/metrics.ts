import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { family, type Sample } from './prometheus.js';
import type { Limit } from './refusal.js';
import type { Whose } from './shared_limit.js';

/** Upper limits of the buckets for times, in seconds. */
const limits = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] as const;

/** Numbers that other parts of the server keep. */
export interface Gauges {
  readonly queue: number;
  readonly inFlightBytes: number;
  readonly connections: number;
  readonly idempotencyKeys: number;
  readonly rowsLearnt: number;
  readonly steps: number;
  readonly saves: number;
  readonly failedSaves: number;
  readonly reloads: number;
  readonly failedReloads: number;
}

/** Counts what a server does, for the text format of Prometheus (version 0.0.4). */
export class Metrics {
  readonly #requests = new Map<string, { path: string; status: number; count: number }>();
  readonly #buckets = new Float64Array(limits.length + 1);
  #seconds = 0;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 });
  readonly #refused = new Map<string, number>();
  rowsPredicted = 0;
  /** Requests whose work was abandoned because their client had left. */
  abandoned = 0;
  /** Requests that got the remembered reply for their idempotency key. */
  replayed = 0;

  constructor() {
    this.#delay.enable();
  }

  /** Counts a request that was answered, or whose client left (status 499, as in nginx). */
  count(path: string, status: number, seconds: number): void {
    const key = `${path} ${status}`;
    const known = this.#requests.get(key);
    if (known) known.count += 1;
    else this.#requests.set(key, { path, status, count: 1 });
    this.#seconds += seconds;
    let bucket = 0;
    while (bucket < limits.length && seconds > limits[bucket]!) ++bucket;
    this.#buckets[bucket]! += 1;
  }

  /** Counts a request or a connection that a limit refused. */
  countRefused(limit: Limit, whose: Whose): void {
    const labels = `{limit="${limit}",of="${whose}"}`;
    this.#refused.set(labels, (this.#refused.get(labels) ?? 0) + 1);
  }

  text(given: Gauges): string {
    const { queue, inFlightBytes, connections, idempotencyKeys, rowsLearnt, steps } = given;
    const requests = Array.from(
      this.#requests.values(),
      ({ path, status, count }): Sample => [`{path="${path}",status="${status}"}`, count],
    );
    const counters: Single[] = [
      ['glissade_abandoned_total', 'Requests that were abandoned because their client had left.', this.abandoned],
      ['glissade_replayed_total', 'Requests that were answered by their idempotency key.', this.replayed],
      ['glissade_rows_predicted_total', 'Rows that were predicted.', this.rowsPredicted],
      ['glissade_rows_learnt_total', 'Rows that the model has learnt from.', rowsLearnt],
      ['glissade_steps_total', 'Steps of the model.', steps],
      ['glissade_saves_total', 'Saves of the model.', given.saves],
      ['glissade_failed_saves_total', 'Saves of the model that failed.', given.failedSaves],
      ['glissade_reloads_total', 'Models that were loaded while the server ran.', given.reloads],
      ['glissade_failed_reloads_total', 'Models that could not be loaded, or did not fit.', given.failedReloads],
    ];
    const gauges: Single[] = [
      ['glissade_learn_queue_length', 'Requests that wait to be learnt from.', queue],
      ['glissade_idempotency_keys', 'Idempotency keys that are remembered.', idempotencyKeys],
      ['glissade_connections', 'Open connections.', connections],
      ['glissade_in_flight_bytes', 'Bytes of bodies, rows and replies of requests in progress.', inFlightBytes],
      ['process_resident_memory_bytes', 'Resident memory.', process.memoryUsage.rss()],
    ];
    return [
      family('glissade_requests_total', 'counter', 'Requests that were answered.', requests),
      this.#histogram(),
      family('glissade_refused_total', 'counter', 'Requests and connections that a limit refused.', [...this.#refused]),
      ...counters.map(([name, help, value]) => family(name, 'counter', help, [['', value]])),
      ...gauges.map(([name, help, value]) => family(name, 'gauge', help, [['', value]])),
      this.#delays(),
    ].join('');
  }

  #histogram(): string {
    let sum = 0;
    const buckets = Array.from(this.#buckets, (count, i): Sample => {
      sum += count;
      return [`_bucket{le="${limits[i] ?? '+Inf'}"}`, sum];
    });
    const samples: Sample[] = [...buckets, ['_sum', this.#seconds], ['_count', sum]];
    return family('glissade_request_duration_seconds', 'histogram', 'Time from request to reply.', samples);
  }

  /** Delays of the event loop since the last call. */
  #delays(): string {
    const seconds = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? Math.min(nanoseconds, 1e15) / 1e9 : 0);
    const samples = [50, 90, 99].map(
      (percent): Sample => [`{quantile="${percent / 100}"}`, seconds(this.#delay.percentile(percent))],
    );
    const text = family(
      'glissade_event_loop_delay_seconds',
      'summary',
      'Delay of the event loop since the last scrape, including a timer of 20 ms.',
      samples,
    );
    this.#delay.reset();
    return text;
  }

  stop(): void {
    this.#delay.disable();
  }
}

/** A metric of one value. */
type Single = readonly [name: string, help: string, value: number];
