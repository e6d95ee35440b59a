import { types } from 'node:util';
import { detach, growable, resizable } from './buffers';
import { hostileValues, type Path, pathsIn, UserError, valueAt, withGetter, withValue } from './hostile';
import { isLongRun } from './long_run';
import { canLimitMemory, withMemoryLimit } from './memory_limit';
import fc from './properties';

// biome-ignore lint/suspicious/noExplicitAny: arguments are of any type here
export type Anything = any;

/** A function of the package, and arguments that it takes. */
export interface Subject {
  args: () => unknown[];
  call: (...args: Anything[]) => unknown;
  /** State that a refused call must leave unchanged. */
  state?: () => unknown;
}

export const of =
  (call: Subject['call'], ...args: unknown[]): (() => Subject) =>
  () => ({ args: () => args, call });

/** The complaint about a call with hostile arguments, or undefined if it behaves well. */
function complaintOf(make: () => Subject, paths: readonly Path[], values: readonly (() => unknown)[]) {
  return complaintAbout(make, (args) => paths.reduce((tree, path, i) => withValue(tree, path, values[i]!()), args));
}

/** The same for a call with arguments that are modified. */
async function complaintAbout(make: () => Subject, change: (args: unknown) => unknown) {
  await new Promise(setImmediate); // memory is freed between turns of the event loop
  const subject = make();
  const args = change(subject.args());
  const before = subject.state?.();
  try {
    await subject.call(...(args as unknown[]));
    return undefined;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (!(error instanceof UserError) && !ofTheUser.includes(String(message))) {
      if (typeof code !== 'string' || !/^ERR_[A-Z_]+$/.test(code) || code === 'ERR_INTERNAL')
        return `raw ${String(error).slice(0, 200)}`;
      if (!(error instanceof Error) || String(message).length > 1000)
        return `a long message: ${String(message).length}`;
    }
    const after = subject.state?.();
    if (JSON.stringify(after, plainly) !== JSON.stringify(before, plainly)) return 'a partial change';
    return undefined;
  }
}

/** The user's own errors, thrown by the iterator of a proxied typed array and by a class called as an objective. */
const ofTheUser = ['this is not a typed array.', "Class constructor Strange cannot be invoked without 'new'"];

const plainly = (_: string, value: unknown) =>
  ArrayBuffer.isView(value) ? Array.from(value as Float32Array, String) : value;

const makers = Object.entries(hostileValues);

/** Sizes that wrap around, or become negative, as whole numbers of 32 bits. */
const sizes = [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33];
const stated = (name: string, path: Path) => `${name} at ${path.join('.') || 'all'}`;

/** Tests that each function handles hostile arguments correctly. */
export function describeHostile(subjects: Readonly<Record<string, () => Subject>>): void {
  describe('a hostile argument is refused with a code or accepted, and nothing is left half done:', () => {
    const places = Object.entries(subjects).map(([name, make]): [string, () => Subject, () => Path[]] => [
      name,
      make,
      () => pathsIn(make().args()).filter(({ length }) => length > 0),
    ]);
    // Tests a random sample, because all paths with all values would take minutes.
    test.each(Object.entries(subjects))('%s', async (_, make) => {
      const paths = pathsIn(make().args()).filter(({ length }) => length > 0);
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...paths), fc.constantFrom(...makers), async (path, [name, value]) => {
          const complaint = await complaintOf(make, [path], [value]);
          if (complaint) throw new Error(`${stated(name, path)}: ${complaint}`);
        }),
        { numRuns: isLongRun ? 200 : 60, seed: 1 },
      );
    });

    test('several at a time', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...places),
          fc.array(fc.tuple(fc.nat(), fc.constantFrom(...makers)), { minLength: 2, maxLength: 4 }),
          async ([name, make, pathsOf], changes) => {
            const paths = pathsOf();
            // Keeps only the deepest paths: a value that replaces a parent would remove them.
            const chosen = changes
              .map(([i, maker]) => ({ path: paths[i % paths.length]!, maker }))
              .filter(({ path }, i, all) => !all.some((other, k) => k !== i && isPrefix(other.path, path)));
            const complaint = await complaintOf(
              make,
              chosen.map(({ path }) => path),
              chosen.map(({ maker }) => maker[1]),
            );
            if (complaint)
              throw new Error(
                `${name}, ${chosen.map(({ path, maker }) => stated(maker[0], path)).join(' and ')}: ${complaint}`,
              );
          },
        ),
        { numRuns: isLongRun ? 500 : 150, seed: 1 },
      );
    });

    test.each(places)('%s: values that change between reads', async (_, make, pathsOf) => {
      const paths = pathsOf().filter(({ length }) => length > 1);
      if (paths.length === 0) return;
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...paths),
          fc.constantFrom(...makers),
          fc.nat({ max: 3 }),
          async (path, [name, value], reads) => {
            const complaint = await complaintAbout(make, (args) =>
              withGetter(args, path, (given, times) => (times > reads ? value() : given)),
            );
            if (complaint) throw new Error(`${stated(name, path)} after ${reads + 1} reads: ${complaint}`);
          },
        ),
        { numRuns: isLongRun ? 200 : 15, seed: 1 },
      );
    });

    test.each(places)('%s: buffers that shrink, grow or disappear on a read', async (_, make, pathsOf) => {
      const args = make().args();
      const arrays = pathsOf().filter((path) => numbersAt(args, path));
      const read = pathsOf().filter(({ length }) => length > 1);
      if (arrays.length === 0 || read.length === 0) return;
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...arrays),
          fc.constantFrom(...read),
          fc.constantFrom(...lentKinds),
          fc.constantFrom(...Object.keys(lentChanges)),
          fc.nat({ max: 2 }),
          fc.constantFrom('own' as const, 'own' as const, 'shared' as const),
          async (array, path, kind, change, reads, memory) => {
            if (isPrefix(array, path)) return;
            const complaint = await complaintAbout(make, (args) => {
              const lent = lend(numbersAt(args, array)!, kind, memory);
              return withGetter(withValue(args, array, lent), path, (given, times) => {
                if (times > reads) lentChanges[change]!(lent);
                return given;
              });
            });
            const what = `${memory} ${kind.name} at ${array.join('.')} that ${change} as ${path.join('.')} is read`;
            if (complaint) throw new Error(`${what} for the ${reads + 1}. time: ${complaint}`);
          },
        ),
        { numRuns: isLongRun ? 300 : 20, seed: 1 },
      );
    });

    const numbers = (make: () => Subject, paths: Path[]) => {
      const args = make().args();
      return paths.filter((path) => typeof valueAt(args, path) === 'number');
    };

    (canLimitMemory ? test : test.skip)('sizes near 2³¹ and 2³², with little memory (needs prlimit)', async () => {
      await withMemoryLimit(4 * 2 ** 30, async () => {
        for (const [name, make, pathsOf] of places)
          for (const path of numbers(make, pathsOf()))
            for (const size of isLongRun
              ? sizes
              : fc.sample(fc.constantFrom(...sizes), { numRuns: 2, seed: path.length })) {
              const complaint = await complaintOf(make, [path], [() => size]);
              if (complaint) throw new Error(`${name}, ${stated(String(size), path)}: ${complaint}`);
            }
      });
    });
  });
}

/** Whether a value is a list of numbers, typed or not; then its numbers. */
function numbersAt(tree: unknown, path: Path): ArrayLike<number> | undefined {
  const value = valueAt(tree, path);
  if (ArrayBuffer.isView(value)) return 'length' in value ? (value as Float32Array) : undefined;
  const flat = Array.isArray(value) ? value.flat() : [];
  return flat.length > 0 && flat.every((item) => typeof item === 'number') ? flat : undefined;
}

const lentKinds = [Float32Array, Float64Array, Uint8Array, Uint32Array] as const;
type Lent = InstanceType<(typeof lentKinds)[number]>;

/** Numbers in a buffer that can change; those of a typed array keep their type. */
function lend(numbers: ArrayLike<number>, kind: (typeof lentKinds)[number], memory: 'own' | 'shared'): Lent {
  const Class = (ArrayBuffer.isView(numbers) ? numbers.constructor : kind) as typeof Float32Array;
  const lent = memory === 'shared' ? growable(Class, numbers.length) : resizable(Class, numbers.length);
  lent.set(numbers);
  return lent;
}

interface Changing {
  byteLength: number;
  maxByteLength: number;
  resize?(size: number): void;
  grow?(size: number): void;
}

/** Changes the length of a buffer, unless it is detached. Shared ones only grow. */
const resize = (array: Lent, share: number) => {
  const buffer = array.buffer as unknown as Changing;
  const size = Math.min(buffer.maxByteLength, Math.floor(buffer.byteLength * share));
  if (buffer.resize && buffer.maxByteLength > 0) buffer.resize(size);
  else if (size > buffer.byteLength) buffer.grow?.(size);
};
const isShared = (array: Lent) => types.isSharedArrayBuffer(array.buffer);
const lentChanges: Record<string, (array: Lent) => void> = {
  'is emptied': (array) => resize(array, 0),
  'shrinks by half': (array) => resize(array, 0.5),
  'loses a byte': (array) => resize(array, 1 - 1 / Math.max(1, array.byteLength)),
  grows: (array) => resize(array, 2),
  'is transferred': (array) => {
    if (array.byteLength > 0 && !isShared(array)) detach(array);
  },
};

const isPrefix = (short: Path, long: Path) => short.every((key, i) => key === long[i]);
