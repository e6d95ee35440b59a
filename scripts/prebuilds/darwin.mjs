// Builds the addon for macOS 12 and later: Zig's Clang compiles it, with LLVM's C++ library, which is linked statically;
// LLD links it, since Zig's linker exports the library's operators and signs nothing for x64.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { exportedFunctions, nodeFunctions } from './node_functions.mjs';
import { installZig, zigCompiler, zigTools } from './zig.mjs';

export const oldestSystem = '12.0';

const targets = { 'darwin-arm64': ['aarch64', 'arm64'], 'darwin-x64': ['x86_64', 'x86_64'] };

export const names = Object.keys(targets);

export const toolsOf = () => [...zigTools, 'ld64.lld-19'];

/** Builds the addon of one of `names`. */
export async function build({ name, work, compile }) {
  const [triple, architecture] = targets[name];
  const zig = installZig(work);
  const cache = path.join(work, `${name}-zig`);
  const compiler = zigCompiler(zig, `${triple}-macos.${oldestSystem}`, cache);
  await compile({
    core: compiler,
    units: compiler,
    linker: {
      command: 'ld64.lld-19',
      flags: [
        ...['-arch', architecture, '-platform_version', 'macos', oldestSystem, oldestSystem, '-bundle'],
        ...['-dead_strip', '--icf=safe', '-x', '-adhoc_codesign'],
        ...exportedFunctions.flatMap((one) => ['-exported_symbol', `_${one}`]),
        ...nodeFunctions.flatMap((one) => ['-U', `_${one}`]), // the program that loads the addon has them
      ],
    },
    libraries: [`-L${zig}/lib/libc/darwin`, '-lSystem', ...cxxLibraries(compiler, cache)],
  });
}

/** The static libraries that Zig would link. It compiles them with the first program that needs them. */
function cxxLibraries({ command, flags }, cache) {
  const program = path.join(cache, 'program');
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(`${program}.cpp`, 'int main() {}\n');
  execFileSync(command, [...flags, `${program}.cpp`, '-o', program], { stdio: 'pipe' });
  const files = fs.readdirSync(cache, { recursive: true }).map((file) => path.join(cache, file));
  return ['libc++.a', 'libc++abi.a', 'libcompiler_rt.a'].map((library) => {
    const found = files.find((file) => path.basename(file) === library);
    if (!found) throw new Error(`Zig has left no ${library} in ${cache}: remove this folder and try again`);
    return found;
  });
}
