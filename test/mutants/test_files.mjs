import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** Ends a process that was started with `detached`, and all its descendants. */
export function endGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {} // it has ended
}

/**
 * Runs test files of a copy of the tree, in this order, until one fails or takes longer than `limitOf(file)` milliseconds.
 * Calls `onPassed(file, milliseconds)` for each that passes.
 *
 * @returns {Promise<{ file: string, name: string } | undefined>} the failure: a file and the test's name
 */
export async function firstFailure(root, files, { limitOf, onPassed, signal }) {
  if (files.length === 0) return undefined;
  const paths = files.map((file) => path.join(root, file));
  const jest = fork(
    path.join(root, 'node_modules/jest/bin/jest.js'),
    ['--config=test/mutants/jest.config.mjs', '--runInBand', '--runTestsByPath', ...files],
    {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, GLISSADE_TEST_ORDER: JSON.stringify(paths) },
    },
  );
  let [found, timer, since, said] = [undefined, undefined, 0, ''];
  const running = new Set(files);
  const end = (what) => {
    found ??= what;
    endGroup(jest);
  };
  const watch = (file) => {
    clearTimeout(timer);
    since = performance.now();
    timer = setTimeout(end, limitOf(file), { file, name: `takes longer than ${Math.round(limitOf(file) / 1000)} s` });
  };
  const stop = () => endGroup(jest);
  signal?.addEventListener('abort', stop);
  watch(files[0]);
  jest.stderr.on('data', (text) => {
    said = (said + text).slice(-10_000);
  });
  jest.on('message', ({ started, failed, passed, name }) => {
    const file = path.relative(root, started ?? failed ?? passed);
    if (started) watch(file);
    else if (failed) end({ file, name });
    else {
      running.delete(file);
      onPassed(file, performance.now() - since);
    }
  });
  await once(jest, 'exit');
  clearTimeout(timer);
  signal?.removeEventListener('abort', stop);
  endGroup(jest); // leftovers of a test
  if (signal?.aborted) throw signal.reason;
  const [file] = running;
  if (!found && file) return { file, name: `can't be run: ${said.trim().split('\n').slice(-3).join(' ')}` };
  return found;
}
