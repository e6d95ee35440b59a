import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import packageJson from '../../package.json';
import { packageRoot, runNode } from '../support/child';
import { textIfThere } from '../support/folders';

// A whole build takes minutes: `npm run check:install -- source` makes one.

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-build-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A folder for the PATH, with a command c++ that is a shell script. */
function compilerThat(name: string, script: string): string {
  const bin = fs.mkdtempSync(path.join(folder, `${name}-`));
  fs.writeFileSync(path.join(bin, 'c++'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return bin;
}

const macros = (version: number, more = '') =>
  `printf '#define __GNUC__ ${version}\\n#define __GNUC_MINOR__ 3\\n${more}'`;

const build = (bin: string, parameters: string[] = []) =>
  runNode([packageJson.bin.glissade, 'build', ...parameters], { env: { PATH: bin, CXX: undefined } });

describe('glissade build names the obstacle:', () => {
  test('no compiler', async () => {
    const { code, stderr } = await build(path.join(folder, 'nothing'));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^glissade: ERR_UNSUPPORTED_PLATFORM: there is no C\+\+ compiler \(looked for c\+\+, g\+\+, clang\+\+ on the PATH\); install one: .*\n$/,
    );
  });

  test('a given compiler that does not exist', async () => {
    const { stderr } = await build(path.join(folder, 'nothing'), ['--compiler', 'g++-99']);
    expect(stderr).toContain('looked for g++-99 on the PATH');
  });

  test('an old compiler', async () => {
    const { code, stderr } = await build(compilerThat('old', macros(10)));
    expect(code).toBe(1);
    expect(stderr).toContain('c++ is GCC 10.3, which is too old: C++20 needs GCC 11 or later');
  });

  test('an old Clang', async () => {
    const clang = '#define __clang__ 1\\n#define __clang_major__ 14\\n#define __clang_minor__ 0\\n';
    const { stderr } = await build(compilerThat('old-clang', macros(4, clang)));
    expect(stderr).toContain('c++ is Clang 14.0, which is too old: C++20 needs Clang 15 or later');
  });

  test('missing headers', async () => {
    const script = `case "$*" in *-fsyntax-only*) echo "<stdin>:1:10: fatal error: cstdlib: No such file or directory" >&2; exit 1;; esac\n${macros(13)}`;
    const { code, stderr } = await build(compilerThat('bare', script));
    expect(code).toBe(1);
    expect(stderr).toContain('c++ does not find the header cstdlib');
    expect(stderr).toContain('install');
  });

  test('a command that is not a compiler', async () => {
    const { stderr } = await build(compilerThat('broken', 'echo "licence expired" >&2; exit 3'));
    expect(stderr).toContain("c++ can't be used as a C++ compiler: licence expired");
  });

  test('jobs that are not a number', async () => {
    const { code, stderr } = await build(compilerThat('any', macros(13)), ['--jobs', 'many']);
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_INVALID_ARGUMENT: --jobs is "many", expected a whole number from 1 to 1024');
  });

  test('an empty compiler name', async () => {
    const { code, stderr } = await build(compilerThat('any', macros(13)), ['--compiler', ' ']);
    expect(code).toBe(1);
    expect(stderr).toContain('--compiler: Expected the command of a compiler but received an empty one');
  });

  test('a compiler with options, and an empty variable CXX', async () => {
    const bin = compilerThat(
      'optional',
      `case "$*" in --fast*) ${macros(10)};; *) echo 'no --fast' >&2; exit 1;; esac`,
    );
    const { stderr } = await build(bin, ['--compiler', 'c++ --fast']);
    expect(stderr).toContain('c++ --fast is GCC 10.3');
    const unset = await runNode([packageJson.bin.glissade, 'build'], { env: { PATH: folder, CXX: '' } });
    expect(unset.stderr).toContain('looked for c++, g++, clang++');
  });

  test('an addon that cannot be loaded, with the reason in the log', async () => {
    const script = `${macros(13)}; while [ $# -gt 1 ]; do [ "$1" = -o ] && /bin/echo junk > "$2"; shift; done`;
    const { code, stderr } = await build(compilerThat('careless', script));
    expect(code).toBe(1);
    const [, log] = stderr.match(
      /it was compiled, but can't be loaded: Error: .*(?:ELF|too short|mach-o).*; the log is (.*)\n/,
    )!;
    expect(fs.readFileSync(log!, 'utf8')).toContain('glissade.node');
    fs.rmSync(log!);
  });
});

describe('glissade build', () => {
  const slow = `${macros(13)}; case "$*" in *' -c '*) /bin/sleep SECONDS;; esac
    while [ $# -gt 1 ]; do [ "$1" = -o ] && { /bin/echo > "$2" || exit 9; }; shift; done`;

  test('can run twice at once', async () => {
    const bin = compilerThat('slow', slow.replace('SECONDS', '0.1'));
    for (const { stderr } of await Promise.all([build(bin), build(bin)]))
      expect(stderr).toContain("it was compiled, but can't be loaded");
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('kills its compilers and leaves no files when it ends by %s', async (signal, expected) => {
    const bin = compilerThat(
      `endless-${signal}`,
      `/bin/echo $$ >> ${folder}/${signal}; ${slow.replace('SECONDS', '60')}`,
    );
    const child = spawn(process.execPath, [packageJson.bin.glissade, 'build', '--jobs', '2'], {
      ...{ cwd: packageRoot, env: { ...process.env, PATH: bin, CXX: '' } },
    });
    const started = () => textIfThere(`${folder}/${signal}`);
    while (started().split('\n').length < 5) await setTimeout(20); // macros, headers, two compilers
    child.kill(signal);
    const [code] = await once(child, 'close');
    expect(code).toBe(expected);
    expect(fs.existsSync(path.join(packageRoot, `build/objects-${child.pid}`))).toBe(false);
    for (const pid of started().trim().split('\n')) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });
});
