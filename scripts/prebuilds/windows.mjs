// Builds the addon for Windows: Zig's Clang compiles it, with LLVM's C++ library, which is linked statically, and with
// Windows' own C library (UCRT). With the older msvcrt, results would depend on the state of the x87 unit.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { nodeFunctions } from './node_functions.mjs';
import { installZig, zigCompiler, zigTools } from './zig.mjs';

const targets = { 'win32-x64': 'x86_64-windows-gnu', 'win32-arm64': 'aarch64-windows-gnu' };

export const names = Object.keys(targets);

export const toolsOf = () => zigTools;

/** Builds the addon of one of `names`. */
export async function build({ name, work, compile }) {
  const compiler = zigCompiler(installZig(work), targets[name], path.join(work, `${name}-zig`));
  const imports = path.join(work, `${name}-imports`);
  fs.writeFileSync(`${imports}.cpp`, importsOf(nodeFunctions));
  execFileSync(compiler.command, [...compiler.flags, '-O2', '-c', `${imports}.cpp`, '-o', `${imports}.o`]);
  await compile({
    // The headers declare Node-API's functions as imported, and the addon's two as exported.
    core: { ...compiler, flags: [...compiler.flags, '-DBUILDING_NODE_EXTENSION'] },
    units: compiler,
    linker: {
      ...compiler,
      flags: [...compiler.flags, '-shared', '-s', `-Wl,--gc-sections,--out-implib,${imports}.lib`],
    },
    libraries: [`${imports}.o`],
  });
}

/**
 * The table of imported functions, which an import library would leave to Windows to fill. Windows finds functions by
 * the name of a file, node.exe, which Electron and Bun have not. This table is filled from the program that loads the
 * addon, whatever its name, or from libnode.dll. A function that is missing there fails when it is called.
 */
const importsOf = (functions) => `#include <windows.h>

extern "C" {
${functions.map((name) => `void* __imp_${name};`).join('\n')}
}

static const struct {
  const char* name;
  void** address;
} imports[] = {
${functions.map((name) => `  {"${name}", &__imp_${name}},`).join('\n')}
};

static int genericFailure() { return 9; }  // napi_generic_failure

[[gnu::constructor]] static void fillImports() {
  HMODULE host = GetModuleHandleW(nullptr);
  if (!GetProcAddress(host, imports[0].name)) host = GetModuleHandleW(L"libnode.dll");
  for (const auto& [name, address] : imports) {
    void* found = host ? reinterpret_cast<void*>(GetProcAddress(host, name)) : nullptr;
    *address = found ? found : reinterpret_cast<void*>(genericFailure);
  }
}
`;
