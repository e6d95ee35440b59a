import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** The oldest glibc of all supported systems. */
export const oldestGlibc = [2, 28];

/** Whether a version such as `GLIBC_2.17` is in the oldest glibc. */
export function isOld(version) {
  const [, major, minor] = version.match(/^GLIBC_(\d+)\.(\d+)(?:\.\d+)?$/) ?? [];
  return Number(major) === oldestGlibc[0] && Number(minor) <= oldestGlibc[1];
}

/**
 * Makes a library to link with: it has the names of a C library's functions, each with the newest version that the oldest
 * glibc has. All are in one file libc.so.6, as in newer systems. Older ones have some in libm.so.6 and others, but
 * the dynamic linker finds a function by its name and version, wherever it is. Returns the path.
 */
export function standInFor(libraries, compiler, folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const versions = new Map(); // the newest version of each name that is old enough
  for (const library of libraries)
    for (const line of execFileSync('nm', ['--dynamic', '--defined-only', library], { encoding: 'utf8' }).split('\n')) {
      const [name, version] = (line.split(' ')[2] ?? '').split(/@+/);
      if (version === undefined || name === version || !isOld(version)) continue;
      if (!versions.has(name) || isNewer(version, versions.get(name))) versions.set(name, version);
    }
  const byVersion = new Map();
  for (const [name, version] of versions) byVersion.set(version, [...(byVersion.get(version) ?? []), name]);
  const [source, script, output] = ['names.s', 'versions.map', 'libc.so.6'].map((file) => path.join(folder, file));
  fs.writeFileSync(source, [...versions.keys()].map((name) => `.globl ${name}\n${name}:\n`).join(''));
  fs.writeFileSync(
    script,
    [...byVersion].map(([version, names]) => `${version} { ${names.map((name) => `${name};`).join(' ')} };\n`).join(''),
  );
  const options = [
    '-shared',
    '-nostdlib',
    '-fuse-ld=lld-19',
    '-Wl,-soname,libc.so.6',
    `-Wl,--version-script=${script}`,
  ];
  execFileSync(compiler[0], [...compiler.slice(1), ...options, source, '-o', output]);
  return output;
}

function isNewer(one, other) {
  const [a, b] = [one, other].map((version) => version.replace('GLIBC_', '').split('.').map(Number));
  for (let i = 0; i < 3; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  return false;
}
