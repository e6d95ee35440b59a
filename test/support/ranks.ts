// Programs that run on several ranks, under each installed MPI.
import { execFile, spawnSync } from 'node:child_process';
import '../../lib/distributed'; // which the programs load from dist
import { type Ended, longestRun, packageRoot } from './child';
import { isLongRun } from './long_run';

export interface Launcher {
  name: string;
  command: string;
  options: string[];
  library: string;
  env: Record<string, string>;
}

const launchers: Launcher[] = [
  {
    name: 'Open MPI',
    command: 'mpirun.openmpi',
    options: ['--allow-run-as-root', '--oversubscribe'],
    library: 'libmpi.so.40',
    env: { OMPI_MCA_btl: 'self,sm' }, // ranks of one machine: TCP complains if it has only one network device
  },
  { name: 'MPICH', command: 'mpirun.mpich', options: [], library: 'libmpi.so.12', env: {} },
];

const installed = launchers.filter(({ command }) => spawnSync(command, ['--version']).status === 0);

/** Describes tests of behaviour that differs between MPIs, under each installed one. */
export const underEachMpi = (name: string, tests: (launcher: Launcher) => void): void =>
  describeUnder(launchers, name, tests);

/**
 * Describes tests of code above the calls of MPI, which is the same for each MPI: under one of the installed ones,
 * chosen by the name, so that each has some. `npm run test:long` runs them under each.
 */
export const underAnMpi = (name: string, tests: (launcher: Launcher) => void): void => {
  const one = installed[[...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % installed.length];
  describeUnder(isLongRun || !one ? launchers : [one], name, tests);
};

const describeUnder = (some: Launcher[], name: string, tests: (launcher: Launcher) => void): void => {
  for (const launcher of some)
    (installed.includes(launcher) ? describe : describe.skip)(
      `${name}, under ${launcher.name}${installed.includes(launcher) ? '' : ' (which is not installed here)'}`,
      () => tests(launcher),
    );
};

/** Describes tests that need both. */
export const underBothMpis = (name: string, tests: (first: Launcher, second: Launcher) => void): void => {
  const [first, second] = launchers;
  (installed.length === 2 ? describe : describe.skip)(
    `${name}${installed.length === 2 ? '' : ' (needs Open MPI and MPICH)'}`,
    () => tests(first!, second!),
  );
};

interface RankOptions {
  env?: Record<string, string | undefined>;
}

/** Runs Node on each of some ranks, with these parameters. Rejects if they don't end. */
export function runNodeOnRanks(
  launcher: Launcher,
  ranks: number,
  parameters: string[],
  { env = {} }: RankOptions = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const own = { GLISSADE_ISA: undefined, GLISSADE_THREADS: undefined, GLISSADE_PRIORITY: 'normal' };
    const node = [process.execPath, '--disable-warning=GLISSADE_STARVED', ...parameters];
    const child = execFile(
      launcher.command,
      [...launcher.options, '-n', String(ranks), ...node],
      {
        cwd: packageRoot,
        env: { ...process.env, ...own, ...launcher.env, ...env },
        timeout: longestRun,
        maxBuffer: 2 ** 28,
      },
      (error, stdout, stderr) => {
        if (error?.killed) return reject(new Error(`the ranks have not ended: ${stdout}${stderr}`));
        resolve({ code: error ? (child.exitCode ?? null) : 0, signal: child.signalCode, stdout, stderr });
      },
    );
    child.stdin!.end();
  });
}

/** Runs an ES module on each of some ranks. `glissade` is the built package. */
export const runRanks = (launcher: Launcher, ranks: number, source: string, options?: RankOptions): Promise<Ended> =>
  runNodeOnRanks(launcher, ranks, ['--input-type=module', '--eval', source], options);

/** The JSON that rank 0 of a program prints as its last line. Expects that it succeeds and prints no errors. */
export async function resultOf(
  launcher: Launcher,
  ranks: number,
  source: string,
  options?: RankOptions,
): Promise<unknown> {
  const ended = await runRanks(launcher, ranks, source, options);
  expect(ended).toEqual({ code: 0, signal: null, stdout: ended.stdout, stderr: '' });
  return JSON.parse(ended.stdout);
}
