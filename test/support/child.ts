import { execFile } from 'node:child_process';
import path from 'node:path';
import { isLongRun } from './long_run';

export const packageRoot = path.resolve(__dirname, '../..');

/** Children run with the package's defaults, but at normal priority: otherwise they would starve beside busy tests. */
const own = {
  GLISSADE_ISA: undefined,
  GLISSADE_THREADS: undefined,
  GLISSADE_PRIORITY: 'normal',
};

/** Milliseconds after which a process counts as hung, and is ended by SIGKILL: less than jest's limit of a test. */
export const longestRun = isLongRun ? 3_000_000 : 840_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ChildOptions {
  /** Variables to set, or to remove if undefined. */
  env?: Record<string, string | undefined>;
  /** Options of Node. */
  flags?: string[];
  input?: string;
}

/** Runs Node to its end. */
export function runNode(parameters: string[], { env = {}, flags = [], input = '' }: ChildOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      cwd: packageRoot,
      env: { ...process.env, ...own, ...env },
      timeout: longestRun,
      killSignal: 'SIGKILL' as const,
    };
    // Beside busy tests a run may starve at any priority. Tests do not check its warning.
    const all = ['--disable-warning=GLISSADE_STARVED', ...flags, ...parameters];
    const child = execFile(process.execPath, all, options, (error, stdout, stderr) =>
      resolve({ code: error ? (child.exitCode ?? null) : 0, signal: child.signalCode, stdout, stderr }),
    );
    child.stdin!.end(input);
  });
}

/** Runs an ES module that imports the built package by name. */
export const runModule = (source: string, options?: ChildOptions): Promise<Ended> =>
  runNode(['--input-type=module', '--eval', source], options);

/** Runs a CommonJS script that requires the built package by name. */
export const runScript = (source: string, options?: ChildOptions): Promise<Ended> =>
  runNode(['--input-type=commonjs', '--eval', source], options);

/** The output of a module. Expects that it succeeds and prints no errors. */
export async function outputOf(source: string, options?: ChildOptions): Promise<string> {
  const ended = await runModule(source, options);
  expect(ended).toEqual({ code: 0, signal: null, stdout: ended.stdout, stderr: '' });
  return ended.stdout.trim();
}

/** Source that defines `peakMemory()`, in bytes. On Linux maxRSS is useless: a child starts with its parent's. */
export const definingPeakMemory = `
  import { readFileSync } from 'node:fs';
  const peakMemory = () => {
    const kilobytes = process.platform === 'linux' ? /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] : process.resourceUsage().maxRSS;
    return 1024 * Number(kilobytes);
  };
`;
