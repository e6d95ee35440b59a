import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { diagnosis, type LoadFailure } from '../../lib/addon/diagnosis';
import { packageRoot, runModule } from '../support/child';

const none: LoadFailure = {
  platform: 'linux',
  architecture: 'x64',
  node: '20.15.0',
  libc: 'glibc 2.36',
  root: '/srv/node_modules/glissade',
  prebuilt: ['linux-arm64', 'linux-x64'],
  found: undefined,
  reason: 'No native build was found',
};
const found = '/srv/node_modules/glissade/prebuilds/linux-x64/glissade.node';
const refused = (reason: string, more: Partial<LoadFailure> = {}) => diagnosis({ ...none, found, reason, ...more });

test('a platform without a prebuilt addon', () => {
  expect(diagnosis({ ...none, platform: 'darwin', architecture: 'arm64', libc: undefined })).toBe(
    `glissade's native addon could not be loaded on darwin-arm64, Node 20.15.0:
  there is no prebuilt addon for darwin-arm64
  looked for a file *.node in /srv/node_modules/glissade/build/Release and /srv/node_modules/glissade/prebuilds/darwin-arm64
  prebuilt for: linux-arm64, linux-x64
What to do:
  compile it here, with a C++20 compiler: npx glissade build
  or use WebAssembly, which runs everywhere but trains more slowly: npm install glissade-wasm`,
  );
});

test.each([
  { platform: 'win32', architecture: 'ia32' },
  { architecture: 'arm' },
  { architecture: 'riscv64' },
  { platform: 'freebsd' },
])('a platform for which it cannot be built: %j', (platform) => {
  const said = diagnosis({ ...none, ...platform });
  expect(said).toContain('on Linux, macOS or Windows with a Node for x64 or arm64');
  expect(said).toContain('npm install glissade-wasm');
  expect(said).not.toContain('glissade build');
});

test('Windows, where it cannot be built, without its file', () => {
  const said = diagnosis({ ...none, platform: 'win32', libc: undefined, prebuilt: ['win32-x64'] });
  expect(said).toContain('the prebuilt addon for win32-x64 is missing');
  expect(said).toContain('npm ci');
  expect(said).not.toContain('glissade build');
});

test('a package without any addon', () => {
  const said = diagnosis({ ...none, prebuilt: [] });
  expect(said).toContain('installed from its repository');
  expect(said).toContain('npx glissade build');
  expect(said).toContain('declare glissade as external');
});

test('a missing file', () => {
  expect(diagnosis(none)).toContain('the prebuilt addon for linux-x64 is missing');
  expect(diagnosis(none)).toContain('npm ci');
});

test.each([
  [
    'an older glibc',
    refused("/lib/libc.so.6: version `GLIBC_2.28' not found (required by glissade.node)", { libc: 'glibc 2.17' }),
    'it needs GLIBC 2.28 or later, and this system has glibc 2.17',
    'newer system or image',
  ],
  [
    'an older C++ library, with an addon that was built elsewhere',
    refused("libstdc++.so.6: version `GLIBCXX_3.4.32' not found"),
    'compiled on a newer system, whose C++ library has GLIBCXX_3.4.32',
    'npx glissade build',
  ],
  [
    'a file of another architecture',
    refused(`${found}: exec format error: the file is for arm64`),
    'of another platform',
    'npm ci',
  ],
  [
    'a process without permission to load addons',
    refused('Cannot load native addon because loading addons is disabled.'),
    '--no-addons',
    '--allow-addons',
  ],
  ['a file of another platform', refused(`${found}: invalid ELF header`), 'of another platform', 'npm ci'],
  [
    'a file that Windows refuses',
    refused(`${found} is not a valid Win32 application.`),
    'of another platform',
    'npm ci',
  ],
  [
    'a signature that macOS refuses',
    refused(`dlopen(${found}, 0x0001): code signature in (${found}) not valid for use in process`),
    'does not accept the signature',
    'disable-library-validation',
  ],
  ['a truncated file', refused(`${found}: file too short`), 'damaged', 'npm ci'],
  [
    'a missing library, as glibc says it',
    refused('libatomic.so.1: cannot open shared object file: No such file or directory'),
    'the library libatomic.so.1 is missing',
    'npx glissade build',
  ],
  [
    'a missing library, as musl says it',
    refused('Error loading shared library libatomic.so.1: No such file or directory', { libc: 'musl' }),
    'the library libatomic.so.1 is missing',
    'npx glissade build',
  ],
  [
    'a file system without execution',
    refused(`${found}: failed to map segment from shared object`),
    'noexec',
    'allows execution',
  ],
  ['something else', refused('a new kind of failure\nwith more lines'), 'the system refuses the file', 'npm ci'],
])('%s', (_, said, cause, way) => {
  const [first, second, ...rest] = said.split('\n');
  expect(first).toMatch(/^glissade's native addon could not be loaded on linux-x64, (glibc|musl).*, Node 20\.15\.0:$/);
  expect(second).toContain(cause);
  expect(rest.slice(rest.indexOf('What to do:')).join('\n')).toContain(way);
  expect(said).toContain(`found ${found}`);
});

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a file of the package that can not be loaded is refused before it is (needs Linux)', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-addon-'));
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'build/Release/glissade.node');
  const own = require('node-gyp-build').resolve(packageRoot);

  /** The output of a process that loads the package with an addon of these bytes. */
  async function said(bytes: Uint8Array): Promise<string> {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, bytes);
    const { code, stderr } = await runModule(`import 'glissade';`, {
      env: { GLISSADE_PREBUILD: folder, GLISSADE_WASM: '0' },
    });
    expect(code).toBe(1);
    return stderr;
  }

  test.each([0, 40, 1000, 0.3, 0.999])('a part of the file: %d', async (part) => {
    const whole = fs.readFileSync(own);
    const text = await said(whole.subarray(0, part < 1 ? part * whole.length : part));
    expect(text).toContain('the file is damaged, or of another platform');
    expect(text).toContain(`found ${file}`);
  });

  test('a file of another architecture', async () => {
    const bytes = fs.readFileSync(own);
    bytes[18] = process.arch === 'x64' ? 183 : 62;
    expect(await said(bytes)).toContain(
      `exec format error: the file is for ${process.arch === 'x64' ? 'arm64' : 'x64'}`,
    );
  });

  test('a file that is not a library', async () => {
    expect(await said(Buffer.alloc(5000, 'x'))).toContain('invalid ELF header');
  });
});
