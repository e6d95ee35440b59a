import { execFile } from 'node:child_process';
import path from 'node:path';

export const packageRoot = path.resolve(__dirname, '../..');

/** Children run as the package does by itself, but not in the background: beside busy tests they would starve there. */
const own = {
  GLISSADE_ISA: undefined,
  GLISSADE_THREADS: undefined,
  GLISSADE_PRIORITY: 'normal',
  GOMP_SPINCOUNT: undefined,
};

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ChildOptions {
  /** Added to the environment; undefined removes. */
  env?: Record<string, string | undefined>;
  /** Of Node. */
  flags?: string[];
  input?: string;
}

/** Runs Node to its end, which must come within 20 seconds: a process that hangs ends with SIGKILL. */
export function runNode(parameters: string[], { env = {}, flags = [], input = '' }: ChildOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      cwd: packageRoot,
      env: { ...process.env, ...own, ...env },
      timeout: 20_000,
      killSignal: 'SIGKILL' as const,
    };
    const child = execFile(process.execPath, [...flags, ...parameters], options, (error, stdout, stderr) =>
      resolve({ code: error ? (child.exitCode ?? null) : 0, signal: child.signalCode, stdout, stderr }),
    );
    child.stdin!.end(input);
  });
}

/** Runs an ES module that imports the built package by its name. */
export const runModule = (source: string, options?: ChildOptions): Promise<Ended> =>
  runNode(['--input-type=module', '--eval', source], options);

/** Runs a CommonJS script that requires the built package by its name. */
export const runScript = (source: string, options?: ChildOptions): Promise<Ended> =>
  runNode(['--input-type=commonjs', '--eval', source], options);

/** What a module prints, which must end well. */
export async function outputOf(source: string, options?: ChildOptions): Promise<string> {
  const ended = await runModule(source, options);
  expect(ended).toEqual({ code: 0, signal: null, stdout: ended.stdout, stderr: '' });
  return ended.stdout.trim();
}

/** For a module: `peakMemory()`, in bytes. On Linux a child begins with the maxRSS of its parent, which is no peak of its own. */
export const definingPeakMemory = `
  import { readFileSync } from 'node:fs';
  const peakMemory = () => {
    const kilobytes = process.platform === 'linux' ? /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] : process.resourceUsage().maxRSS;
    return 1024 * Number(kilobytes);
  };
`;
