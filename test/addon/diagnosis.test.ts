import { diagnosis, type LoadFailure } from '../../lib/addon/diagnosis';

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
  expect(diagnosis({ ...none, architecture: 'riscv64' })).toBe(
    `glissade's native addon could not be loaded on linux-riscv64, glibc 2.36, Node 20.15.0:
  there is no prebuilt addon for linux-riscv64
  looked for a file *.node in /srv/node_modules/glissade/build/Release and /srv/node_modules/glissade/prebuilds/linux-riscv64
  prebuilt for: linux-arm64, linux-x64
What to do:
  compile it here, with a C++20 compiler: npx glissade build`,
  );
});

test('a package without any', () => {
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
  ['a file of another platform', refused(`${found}: invalid ELF header`), 'of another platform', 'npm ci'],
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
