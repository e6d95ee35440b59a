import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import loader from '../../addon/load.cjs';
import { errorWith } from '../../errors.js';
import { makeFolder } from '../../formats/folders.js';
import { interruptionCode, untilInterrupted } from '../interruption.js';
import { openProgress } from '../progress.js';
import { CommandFailure, compile, lastLine, listsIn, run, type Tool } from './compile.js';
import { findCompiler } from './compiler.js';

interface BuildCommandOptions {
  readonly compiler?: string;
  readonly jobs?: string;
  readonly json?: boolean;
}

// Measured with GCC 12: the largest file takes 0.6 GB.
const bytesPerJob = 0.7e9;

/** Runs `glissade build`: compiles the addon in the package's folder. Returns what to print. */
export async function build({ compiler, jobs, json = false }: BuildCommandOptions): Promise<string> {
  const begin = performance.now();
  const root = loader.root();
  const platform = supportedPlatform();
  const { architectures } = listsIn(root);
  if (!architectures.includes(process.arch))
    throw errorWith(
      'ERR_UNSUPPORTED_PLATFORM',
      `glissade has no kernels for the architecture ${process.arch}; it has them for ${architectures.join(' and ')}`,
    );
  checkWritable(root);
  if (compiler?.trim() === '')
    throw errorWith('ERR_INVALID_ARGUMENT', '--compiler: Expected the command of a compiler but received an empty one');
  const { tool, name } = await findCompiler(compiler ?? process.env.CXX, platform);
  const jobsAtATime = jobs === undefined ? jobsHere() : jobsOf(jobs);
  const log = logFile(root);
  const progress = openProgress();
  const output = path.join(root, 'build/Release/glissade.node');
  const objects = path.join(root, `build/objects-${process.pid}`);
  const fresh = path.join(objects, 'glissade.node');
  try {
    await untilInterrupted(async (signal) => {
      await compile({
        root,
        signal,
        architecture: process.arch,
        system: process.platform,
        core: tool,
        units: tool,
        linker: linkerOf(tool, platform),
        libraries: [],
        objects,
        output: fresh,
        jobs: jobsAtATime,
        log: log.write,
        onProgress: (done, all) => progress.show(`compiling glissade with ${name}`, done / all),
      });
    });
    await checkLoads(fresh, log);
    fs.renameSync(fresh, output);
    fs.rmSync(log.file);
  } catch (error) {
    if (interruptionCode(error) !== undefined) throw error;
    throw errorWith('ERR_INTERNAL', `${sentenceOf(error, name)}; the log is ${log.file}`, error);
  } finally {
    progress.close();
    fs.rmSync(objects, { recursive: true, force: true });
  }
  const seconds = Math.round((performance.now() - begin) / 1000);
  if (json) return JSON.stringify({ file: output, compiler: name, seconds });
  return `glissade: built ${output} with ${name} in ${seconds} s`;
}

async function checkLoads(addon: string, log: Log): Promise<void> {
  try {
    await run(process.execPath, ['-e', 'require(process.argv[1])', addon], '.');
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    log.write(error.output);
    const end = error.signal === null ? lastLine(error) : `Node was ended by ${error.signal}`;
    throw new Error(`it was compiled, but can't be loaded: ${end}`);
  }
}

function supportedPlatform(): 'linux' | 'darwin' {
  const { platform } = process;
  if (platform === 'linux' || platform === 'darwin') return platform;
  throw errorWith(
    'ERR_UNSUPPORTED_PLATFORM',
    `glissade can be built from source on Linux and macOS, not on ${platform}`,
  );
}

function checkWritable(root: string): void {
  try {
    makeFolder(path.join(root, 'build/Release'));
    fs.accessSync(path.join(root, 'build/Release'), fs.constants.W_OK);
  } catch (error) {
    const why = (error as Error).message;
    throw errorWith(
      'ERR_FILE',
      `the folder of the package can't be written (${why}); run this as its owner, where the folder is writable`,
      error,
    );
  }
}

/** The linker of an addon that is never unmapped and binds its symbols at once; binding.gyp explains why. */
export const linkerOf = (tool: Tool, platform: 'linux' | 'darwin'): Tool => ({
  ...tool,
  flags:
    platform === 'linux'
      ? ['-shared', '-pthread', '-s', '-Wl,-z,nodelete,-z,now']
      : ['-bundle', '-undefined', 'dynamic_lookup', '-mmacosx-version-min=12.0'],
});

/** A job for each processor, as far as memory allows. */
function jobsHere(): number {
  return Math.max(1, Math.min(os.availableParallelism(), Math.floor(process.availableMemory() / bytesPerJob)));
}

function jobsOf(text: string): number {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 1024) return jobs;
  throw errorWith('ERR_INVALID_ARGUMENT', `--jobs is "${text}", expected a whole number from 1 to 1024`);
}

interface Log {
  readonly file: string;
  write(text: string): void;
}

function logFile(root: string): Log {
  const file = path.join(root, `build/build-${process.pid}.log`);
  fs.writeFileSync(file, '');
  return { file, write: (text) => fs.appendFileSync(file, text) };
}

function sentenceOf(error: unknown, compiler: string): string {
  if (error instanceof CommandFailure && error.signal !== null)
    return `${compiler} was ended by ${error.signal}, most likely because memory ran out; try --jobs 1`;
  if (error instanceof CommandFailure && /No space left on device/.test(error.output))
    return 'there is no space left on the disk';
  if (error instanceof CommandFailure) return `${compiler} could not compile the addon: ${lastLine(error)}`;
  return `the addon could not be built: ${(error as Error).message.split('\n', 2).join(' ')}`;
}
