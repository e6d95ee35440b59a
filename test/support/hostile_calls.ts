import { hostileValues, type Path, pathsIn, UserError, withValue } from './hostile';
import { isLongRun } from './long_run';
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
async function complaintOf(make: () => Subject, paths: readonly Path[], values: readonly (() => unknown)[]) {
  await new Promise(setImmediate); // memory is freed between turns of the event loop
  const subject = make();
  let args: unknown = subject.args();
  for (const [i, path] of paths.entries()) args = withValue(args, path, values[i]!());
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
const stated = (name: string, path: Path) => `${name} at ${path.join('.') || 'all'}`;

/** Tests that each of the functions refuses hostile arguments in a decent way. */
export function describeHostile(subjects: Readonly<Record<string, () => Subject>>): void {
  describe('a hostile argument is refused with a code, or taken, and then nothing is left half done:', () => {
    // Tests a random sample, since all paths with all values would take minutes.
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
      const places = Object.entries(subjects).map(([name, make]): [string, () => Subject, Path[]] => [
        name,
        make,
        pathsIn(make().args()).filter(({ length }) => length > 0),
      ]);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...places),
          fc.array(fc.tuple(fc.nat(), fc.constantFrom(...makers)), { minLength: 2, maxLength: 4 }),
          async ([name, make, paths], changes) => {
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
  });
}

const isPrefix = (short: Path, long: Path) => short.every((key, i) => key === long[i]);
