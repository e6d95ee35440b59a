import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../formats/folders.js';

/** A compiler or linker: a command with its first flags. */
export interface Tool {
  readonly command: string;
  readonly flags: readonly string[];
  /** Whether it is GCC, which has flags that other compilers refuse. */
  readonly isGnu: boolean;
}

export interface Compilation {
  /** Folder of the package. */
  readonly root: string;
  /** Node's name for it: `x64`, `arm64`. */
  readonly architecture: string;
  /** Node's name for it: `linux`, `darwin`, `win32`. */
  readonly system: string;
  /** Compiles the core and the binding. */
  readonly core: Tool;
  /** Compiles the units that exist once for each instruction set. */
  readonly units: Tool;
  readonly linker: Tool;
  /** Libraries: the last flags of the linker. */
  readonly libraries: readonly string[];
  /** Folder for the objects, which is emptied first. */
  readonly objects: string;
  /** The addon. */
  readonly output: string;
  /** The number of files that are compiled at a time. */
  readonly jobs: number;
  /** Ends the compilers. */
  readonly signal?: AbortSignal;
  log(text: string): void;
  onProgress(done: number, all: number): void;
}

/** The lists of native/flags.cjs. */
interface Lists {
  readonly architectures: readonly string[];
  unitTargets(architecture: string, system: string): string[];
  listsOf(target: string, isGnu: boolean, system: string): Record<'sources' | 'flags' | 'defines', () => string[]>;
}

/** The failure of a compiler or linker. */
export class CommandFailure extends Error {
  constructor(
    readonly command: string,
    /** What the command printed. */
    readonly output: string,
    /** The signal that ended it. */
    readonly signal: NodeJS.Signals | null,
  ) {
    super(`${command} failed`);
  }
}

/** The reason why a command failed, in one line. */
export function lastLine(error: unknown): string {
  if (!(error instanceof CommandFailure)) return (error as Error).message;
  const lines = error.output.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? error.message;
}

export const listsIn = (root: string): Lists => require(path.join(root, 'native/flags.cjs'));

/** Runs a command and returns what it prints. Rejects with a {@link CommandFailure}. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  { input = '', signal }: { input?: string; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    // The child leads a process group, so that processes it started end with it.
    const child = spawn(command, args, { cwd, stdio: 'pipe', detached: signal !== undefined });
    const stop = () => {
      try {
        if (child.pid) process.kill(-child.pid);
      } catch {
        // it has already ended
      }
    };
    signal?.addEventListener('abort', stop);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.stdin.on('error', () => {}); // the command ended without reading
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code, ended) => {
      signal?.removeEventListener('abort', stop);
      if (code === 0) resolve(output);
      else reject(signal?.aborted ? signal.reason : new CommandFailure(command, output, ended));
    });
  });
}

/** Builds the addon from native/sources.json, without make or gyp. Rejects with a {@link CommandFailure}. */
export async function compile(compilation: Compilation): Promise<void> {
  const { root, objects, output, linker, libraries, log } = compilation;
  fs.rmSync(objects, { recursive: true, force: true });
  makeFolder(objects);
  makeFolder(path.dirname(output));
  const sources = sourcesOf(compilation);
  const execute = async ({ command, flags }: Tool, args: readonly string[]): Promise<void> => {
    compilation.signal?.throwIfAborted();
    const all = [...flags, ...args];
    log(`${[command, ...all].join(' ')}\n`);
    try {
      log(await run(command, all, root, { signal: compilation.signal }));
    } catch (error) {
      log(error instanceof CommandFailure ? error.output : String(error));
      throw error;
    }
  };
  let done = 0;
  const tick = () => compilation.onProgress(++done, sources.length + 1);
  const waiting = [...sources];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await execute(next.tool, next.args);
      } catch (error) {
        waiting.length = 0; // the other workers start no more files
        throw error;
      }
      tick();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: compilation.jobs }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  await execute(linker, [...sources.map(({ object }) => object), ...libraries, '-o', output]);
  tick();
}

/** Each source with its object and the arguments that compile it. The slowest come first. */
function sourcesOf({ root, architecture, system, core, units, objects }: Compilation) {
  const { unitTargets, listsOf } = listsIn(root);
  const headers = ['-isystem', 'dist/include'];
  return ['glissade', ...unitTargets(architecture, system)].flatMap((target) => {
    const tool = target === 'glissade' ? core : units;
    const lists = listsOf(target, tool.isGnu, system);
    const flags = [
      ...['-O3', '-fPIC', '-DNDEBUG', '-Inative/core'],
      ...lists.flags(),
      ...lists.defines().map((define) => `-D${define}`),
      ...(target === 'glissade' ? headers : []),
    ];
    return lists.sources().map((source) => {
      const object = path.join(objects, `${target}_${path.basename(source, '.cpp')}.o`);
      return { tool, object, args: [...flags, '-c', source, '-o', object] };
    });
  });
}
