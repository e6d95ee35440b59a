import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Limit } from './refusal.js';
import type { Whose } from './shared_limit.js';

/** Upper limits of the buckets of times, in seconds. */
const limits = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] as const;

/** Numbers that change by themselves. */
export interface Gauges {
  readonly queue: number;
  readonly inFlightBytes: number;
  readonly connections: number;
  readonly idempotencyKeys: number;
  readonly rowsLearnt: number;
  readonly steps: number;
  readonly saves: number;
  readonly failedSaves: number;
}

/** Counts what a server does, and writes it in the text format of Prometheus (version 0.0.4). */
export class Metrics {
  readonly #requests = new Map<string, { path: string; status: number; count: number }>();
  readonly #buckets = new Float64Array(limits.length + 1);
  #seconds = 0;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 });
  readonly #refused = new Map<string, number>();
  rowsPredicted = 0;
  /** Requests whose work was ended because nobody waited for it any more. */
  abandoned = 0;
  /** Requests that were answered from the memory of idempotency keys. */
  replayed = 0;

  constructor() {
    this.#delay.enable();
  }

  /** Counts a request that has been answered, or whose client has gone (status 499, as nginx has it). */
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

  /** Counts a request or a connection for which a limit left no room. */
  countRefused(limit: Limit, whose: Whose): void {
    const labels = `{limit="${limit}",of="${whose}"}`;
    this.#refused.set(labels, (this.#refused.get(labels) ?? 0) + 1);
  }

  text({ queue, inFlightBytes, connections, idempotencyKeys, rowsLearnt, steps, saves, failedSaves }: Gauges): string {
    const requests = Array.from(
      this.#requests.values(),
      ({ path, status, count }): Sample => [`{path="${path}",status="${status}"}`, count],
    );
    return [
      family('glissade_requests_total', 'counter', 'Requests that have been answered.', requests),
      this.#histogram(),
      family('glissade_refused_total', 'counter', 'Requests and connections that were refused for a limit.', [
        ...this.#refused,
      ]),
      single(
        'glissade_abandoned_total',
        'counter',
        'Requests whose work ended because their client had left.',
        this.abandoned,
      ),
      single(
        'glissade_replayed_total',
        'counter',
        'Requests that were answered by their idempotency key.',
        this.replayed,
      ),
      single('glissade_rows_predicted_total', 'counter', 'Rows that were predicted.', this.rowsPredicted),
      single('glissade_rows_learnt_total', 'counter', 'Rows that the model has learnt from.', rowsLearnt),
      single('glissade_steps_total', 'counter', 'Steps of the model.', steps),
      single('glissade_saves_total', 'counter', 'Times that the model was saved.', saves),
      single('glissade_failed_saves_total', 'counter', 'Times that the model could not be saved.', failedSaves),
      single('glissade_learn_queue_length', 'gauge', 'Requests that wait to be learnt from.', queue),
      single('glissade_idempotency_keys', 'gauge', 'Idempotency keys that are remembered.', idempotencyKeys),
      single('glissade_connections', 'gauge', 'Open connections.', connections),
      single(
        'glissade_in_flight_bytes',
        'gauge',
        'Bytes of bodies, rows and replies of requests under way.',
        inFlightBytes,
      ),
      this.#delays(),
      single('process_resident_memory_bytes', 'gauge', 'Resident memory.', process.memoryUsage.rss()),
    ].join('');
  }

  #histogram(): string {
    let sum = 0;
    const buckets = Array.from(this.#buckets, (count, i): Sample => {
      sum += count;
      return [`_bucket{le="${limits[i] ?? '+Inf'}"}`, sum];
    });
    const samples: Sample[] = [...buckets, ['_sum', this.#seconds], ['_count', sum]];
    return family('glissade_request_duration_seconds', 'histogram', 'Time from request to answer.', samples);
  }

  /** Delays of the event loop since the last time that somebody asked. */
  #delays(): string {
    const seconds = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? Math.min(nanoseconds, 1e15) / 1e9 : 0);
    const samples = [50, 90, 99].map(
      (percent): Sample => [`{quantile="${percent / 100}"}`, seconds(this.#delay.percentile(percent))],
    );
    const text = family(
      'glissade_event_loop_delay_seconds',
      'summary',
      'Delay of the event loop since the last scrape; a timer of 20 ms is part of it.',
      samples,
    );
    this.#delay.reset();
    return text;
  }

  stop(): void {
    this.#delay.disable();
  }
}

/** What comes after the name of a family, and the value. */
type Sample = readonly [suffix: string, value: number];

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

const single = (name: string, type: 'counter' | 'gauge', help: string, value: number): string =>
  family(name, type, help, [['', value]]);
