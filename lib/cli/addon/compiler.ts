import fs from 'node:fs';
import { errorWith } from '../../errors.js';
import { type CommandFailure, lastLine, run, type Tool } from './compile.js';

type Command = Pick<Tool, 'command' | 'flags'>;

/** The first versions with sufficient C++20. */
const oldest = { GCC: 11, Clang: 15, 'Apple Clang': 15 };

const install = {
  linux:
    'install one: apt-get install g++ (Debian, Ubuntu), apk add g++ (Alpine), dnf install gcc-c++ (Fedora, RHEL), or name one by --compiler',
  darwin: 'install one: xcode-select --install, or name one by --compiler',
};

const unusable = (message: string, cause?: unknown) => errorWith('ERR_UNSUPPORTED_PLATFORM', message, cause);

/** Finds a compiler that can build the addon, and its name for people. Errors name the obstacle and the remedy. */
export async function findCompiler(
  requested: string | undefined,
  platform: 'linux' | 'darwin',
): Promise<{ tool: Tool; name: string }> {
  const commands = requested ? [requested] : ['c++', 'g++', 'clang++'];
  for (const line of commands) {
    // As in make, CXX may contain options: ccache g++.
    const [command = '', ...flags] = fs.existsSync(line) ? [line] : line.trim().split(/\s+/);
    const tool = { command, flags };
    const macros = await macrosOf(tool);
    if (macros === undefined) continue;
    const { family, version } = familyOf(macros);
    const name = `${family} ${version}`;
    const [major = 0] = version.split('.').map(Number);
    if (major < oldest[family])
      throw unusable(
        `${line} is ${name}, which is too old: C++20 needs ${family} ${oldest[family]} or later; ${install[platform]}`,
      );
    await checkHeaders(tool, platform);
    return { tool: { ...tool, isGnu: family === 'GCC' }, name };
  }
  throw unusable(`there is no C++ compiler (looked for ${commands.join(', ')} on the PATH); ${install[platform]}`);
}

/** The macros that a compiler defines. Undefined if there is no such command. */
async function macrosOf({ command, flags }: Command): Promise<string | undefined> {
  try {
    return await run(command, [...flags, '-x', 'c++', '-dM', '-E', '-'], '.');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(`${command} can't be used as a C++ compiler: ${lastLine(error)}`, error);
  }
}

function familyOf(macros: string): { family: keyof typeof oldest; version: string } {
  const value = (name: string) => macros.match(new RegExp(`^#define ${name} (\\d+)$`, 'm'))?.[1] ?? '0';
  const isClang = /^#define __clang__ /m.test(macros);
  const parts = isClang ? ['__clang_major__', '__clang_minor__'] : ['__GNUC__', '__GNUC_MINOR__'];
  const isApple = /^#define __apple_build_version__ /m.test(macros);
  return {
    family: isApple ? 'Apple Clang' : isClang ? 'Clang' : 'GCC',
    version: parts.map(value).join('.'),
  };
}

/** Fails if the headers of the C or C++ library are missing. */
async function checkHeaders({ command, flags }: Command, platform: 'linux' | 'darwin'): Promise<void> {
  const includes = ['cstdlib', 'bit', 'atomic', 'thread', 'sys/mman.h'].map((name) => `#include <${name}>\n`).join('');
  try {
    await run(command, [...flags, '-x', 'c++', '-std=c++20', '-fsyntax-only', '-'], '.', { input: includes });
  } catch (error) {
    const missing = (error as CommandFailure).output?.match(/fatal error: '?([\w/.]+)'?/)?.[1];
    if (missing === undefined) throw unusable(`${command} can't compile C++20: ${lastLine(error)}`, error);
    const way =
      platform === 'linux'
        ? 'install the headers: apt-get install g++ libc6-dev, apk add g++ musl-dev, or dnf install gcc-c++ glibc-devel'
        : 'install them: xcode-select --install';
    throw unusable(
      `${command} does not find the header ${missing}: the headers of the C or C++ library are not installed; ${way}`,
    );
  }
}
