// Checks that the commands which these scripts start are installed.
import fs from 'node:fs';
import path from 'node:path';

/** Debian's package for each command. */
const packages = {
  'aarch64-linux-gnu-g++-14': 'g++-14-aarch64-linux-gnu',
  'apt-get': 'apt',
  'clang++-19': 'clang-19',
  'clang-19': 'clang-19',
  cmake: 'cmake',
  debootstrap: 'debootstrap',
  'dpkg-deb': 'dpkg',
  'ld.lld-19': 'lld-19',
  'ld64.lld-19': 'lld-19',
  'llvm-ar-19': 'llvm-19',
  'llvm-nm-19': 'llvm-19',
  'llvm-ranlib-19': 'llvm-19',
  'llvm-readobj-19': 'llvm-19',
  ninja: 'ninja-build',
  nm: 'binutils',
  npm: 'npm',
  patchelf: 'patchelf',
  'qemu-aarch64': 'qemu-user',
  readelf: 'binutils',
  tar: 'tar',
  wine: 'wine wine64',
  'x86_64-linux-gnu-g++-14': 'g++-14',
  xz: 'xz-utils',
};

/** Ends the process with a sentence about the commands that are not on the PATH, if there are any. */
export function checkTools(purpose, commands) {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const missing = [...new Set(commands)].filter(
    (name) => !folders.some((folder) => fs.existsSync(path.join(folder, name))),
  );
  if (missing.length === 0) return;
  const toInstall = [...new Set(missing.map((name) => packages[name]))];
  console.error(
    `${purpose} needs ${missing.join(', ')}, not found on the PATH: on Debian 13, apt-get install ${toInstall.join(' ')}`,
  );
  process.exit(1);
}
