import fs from 'node:fs';
import path from 'node:path';
import { packageRoot, runModule, runNode } from '../support/child';
import { folders } from '../support/folders';

const newFolder = folders();

const scripts = path.join(packageRoot, 'scripts/prebuilds');

describe.each([
  ['main.mjs', 'linux-arm64', 'aarch64-linux-gnu-g++-14', 'g++-14-aarch64-linux-gnu'],
  ['check.mjs', 'arm64', 'qemu-aarch64', 'qemu-user'],
  ['check.mjs', 'debian-11', 'debootstrap', 'debootstrap'],
])('scripts/prebuilds/%s %s', (script, target, command, debian) => {
  test('names missing commands and their packages in a sentence', async () => {
    const env = { PATH: newFolder() };
    const { code, stdout, stderr } = await runNode([path.join(scripts, script), target], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^npm run [a-z:]+ needs .* not found on the PATH: on Debian 13, apt-get install .*\n$/);
    const [, needed, packages] = /needs (.*), not found .* install (.*)/.exec(stderr) ?? [];
    expect(needed?.split(', ')).toContain(command);
    expect(packages?.split(' ')).toContain(debian);
  });

  test('does not name commands that there are', async () => {
    const folder = newFolder();
    fs.writeFileSync(path.join(folder, command), '');
    const { stderr } = await runNode([path.join(scripts, script), target], { env: { PATH: folder } });
    expect(stderr).toContain('npm run ');
    expect(stderr).not.toContain(` ${command},`);
  });
});

describe("Debian's packages come from where the machine's apt takes them", () => {
  const archive = async (printed: string) => {
    const folder = newFolder();
    fs.writeFileSync(path.join(folder, 'apt-get'), `#!/bin/sh\ncat << 'END'\n${printed}\nEND\n`, { mode: 0o755 });
    const program = `import { debianArchive } from './scripts/prebuilds/debian.mjs';
      console.log(JSON.stringify(debianArchive()));`;
    return runModule(program, { env: { PATH: `${folder}:/usr/bin:/bin` } });
  };

  test('the first source of Debian itself', async () => {
    const { stdout } = await archive(`Debian-Security|main|https://mirror.example/security/|/etc/keys.pgp
Debian|contrib|https://mirror.example/contrib/|/etc/keys.pgp
Debian|main|https://mirror.example/debian/|/etc/keys.pgp
Debian|main|https://other.example/debian/|/etc/keys.pgp`);
    expect(JSON.parse(stdout)).toEqual({ address: 'https://mirror.example/debian/', keys: '/etc/keys.pgp' });
  });

  test('a source without a key of its own is checked by the keys of Debian', async () => {
    const { stdout } = await archive('Debian|main|https://mirror.example/debian/|$(SIGNED_BY)');
    expect(JSON.parse(stdout).keys).toBe('/usr/share/keyrings/debian-archive-keyring.pgp');
  });

  test('an apt without sources', async () => {
    expect((await archive('')).stderr).toContain("apt knows no source of Debian's packages");
  });
});

test('each system has the units of its instruction sets', () => {
  const { unitTargets, listsOf } = require('../../native/flags.cjs');
  const overlays = (system: string) => unitTargets('x64', system).filter((one: string) => one.startsWith('bfloat16'));
  expect(overlays('linux')).toEqual(['bfloat16_avx512bf16', 'bfloat16_amx']);
  expect(overlays('win32')).toEqual(['bfloat16_avx512bf16']);
  const macOS = ['exact_baseline', 'fused_baseline', 'exact_avx2', 'fused_avx2'];
  expect(unitTargets('x64', 'darwin')).toEqual(macOS);
  expect(unitTargets('arm64', 'darwin')).toEqual(unitTargets('arm64', 'linux'));
  expect(listsOf('glissade', false, 'darwin').defines()).toContain('GLISSADE_STRONGEST=avx2');
  expect(listsOf('glissade', false, 'linux').defines().join()).not.toContain('STRONGEST');
});
