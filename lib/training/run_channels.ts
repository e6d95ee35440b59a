import diagnostics, { type Channel } from 'node:diagnostics_channel';
import { isArray, isObject } from '../checks/kinds.js';
import type { Refusal, RunCheckpoint, RunEnd, RunEpoch, RunStart } from './run_messages.js';
import type { RunObserver } from './run_observer.js';

interface Messages {
  'glissade:run:start': RunStart;
  'glissade:run:epoch': RunEpoch;
  'glissade:run:checkpoint': RunCheckpoint;
  'glissade:run:end': RunEnd;
  'glissade:refusal': Refusal;
}

// Node forgets a channel that nobody refers to. These are plain channels: the one message object of a `tracingChannel`
// would change after a subscriber has kept it.
const channels: { readonly [Name in keyof Messages]: Channel } = {
  'glissade:run:start': diagnostics.channel('glissade:run:start'),
  'glissade:run:epoch': diagnostics.channel('glissade:run:epoch'),
  'glissade:run:checkpoint': diagnostics.channel('glissade:run:checkpoint'),
  'glissade:run:end': diagnostics.channel('glissade:run:end'),
  'glissade:refusal': diagnostics.channel('glissade:refusal'),
};

/** Whether somebody subscribes to a channel. */
export const isHeard = (name: keyof Messages): boolean => channels[name].hasSubscribers;

/**
 * Publishes a message, which is made only if somebody subscribes. What a subscriber throws does not come here: Node
 * makes it an uncaught exception of the process.
 */
export function publish<Name extends keyof Messages>(name: Name, message: () => Messages[Name]): void {
  if (isHeard(name)) channels[name].publish(Object.freeze(message()));
}

/** Publishes an error, if it has a code in words. */
export function publishRefusal(operation: Refusal['operation'], error: unknown, run?: string): void {
  const code = codeOf(error);
  if (code === undefined) return;
  publish('glissade:refusal', () => ({
    operation,
    ...(run !== undefined && { run }),
    code,
    error: error as Error,
  }));
}

/** The `code` of an error, if it is a text. A user's error may have any, or a getter that throws. */
export function codeOf(error: unknown): string | undefined {
  try {
    const code = isObject(error) ? (error as { code?: unknown }).code : undefined;
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}

/** A copy of plain data, frozen with all that is in it. */
export function frozen<T>(data: T): T {
  if (!isObject(data)) return data;
  const copy = isArray(data)
    ? data.map(frozen)
    : Object.fromEntries(Object.entries(data).map(([key, value]) => [key, frozen(value)]));
  return Object.freeze(copy) as T;
}

/** Publishes what happens in a run. */
export const runChannels = (run: string): RunObserver => ({
  onStart: (start) => publish('glissade:run:start', () => start),
  onEpoch: (epoch) => publish('glissade:run:epoch', () => frozen({ run, ...epoch })),
  onEnd: (_, end) => {
    if (end.status === 'failed') publishRefusal('fit', end.error, run);
    publish('glissade:run:end', () => ({ ...end, ...(end.best && { best: frozen(end.best) }) }));
  },
});
