// npm run build:wasm: builds the addon as WebAssembly, with SIMD and threads, into the package wasm/. Objects are kept in
// build/wasm, and a room is compiled again when one of its files has changed.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { build as bundle } from 'esbuild';
import { bundleForBrowsers } from './browser.mjs';
import { prepareEmscripten } from './toolchain.mjs';

const require = createRequire(import.meta.url);
const { unitTargets, listsOf } = require('../../native/flags.cjs');
const root = path.join(import.meta.dirname, '../..');
const build = path.join(root, 'build/wasm');
const objects = path.join(build, 'objects');
const output = path.join(root, 'wasm/dist');
const emnapi = path.dirname(require.resolve('emnapi/package.json'));
const execute = promisify(execFile);

const machine = ['-msimd128', '-fwasm-exceptions', '-pthread'];
const compileFlags = [
  ...['-O3', '-DNDEBUG', '-Inative/core', ...machine],
  // emnapi's headers of Node-API come before those of Node.
  ...['-isystem', path.join(emnapi, 'include/node'), '-isystem', path.dirname(require.resolve('node-addon-api'))],
];

const exported = ['malloc', 'free', 'aligned_alloc', 'napi_register_wasm_v1', 'node_api_module_get_api_version_v1'];
const settings = {
  ALLOW_MEMORY_GROWTH: 1,
  MAXIMUM_MEMORY: '4GB',
  MODULARIZE: 1,
  WASM_BIGINT: 1,
  EXPORT_NAME: 'glissade',
  ENVIRONMENT: 'node,web,worker',
  EXPORTED_FUNCTIONS: exported.map((name) => `_${name}`).join(','),
  EXPORTED_RUNTIME_METHODS: 'emnapiInit,wasmMemory,PThread',
  INCOMING_MODULE_JS_API: 'instantiateWasm,hasThreads,buffers,mainScriptUrlOrBlob,wasmMemory',
  // A pool of threads would put the constructors off until its threads have started: browsers fill it afterwards.
  PTHREAD_POOL_SIZE_STRICT: 0,
  STACK_SIZE: '1MB',
  DEFAULT_PTHREAD_STACK_SIZE: '1MB',
  // Without this, the first message to the main thread ends the runtime, because the module has no main().
  DEFAULT_LIBRARY_FUNCS_TO_INCLUDE: '$noExitRuntime',
  // An error of the host's program is the host's.
  NODEJS_CATCH_EXIT: 0,
  NODEJS_CATCH_REJECTION: 0,
};

/** Everything to compile: { source, object, flags }. */
function compilations() {
  return ['glissade', ...unitTargets('wasm32', 'wasm')].flatMap((target) => {
    const lists = listsOf(target, false, 'wasm');
    const flags = [...lists.flags(), ...lists.defines().map((define) => `-D${define}`), ...compileFlags];
    return lists.sources().map((source) => ({
      source,
      object: path.join(objects, `${target}-${path.basename(source, '.cpp')}.o`),
      flags,
    }));
  });
}

/** The files that an object was made from, as the compiler has listed them. */
function dependenciesOf(object) {
  const text = fs.readFileSync(object.replace(/o$/, 'd'), 'utf8').replaceAll('\\\n', ' ');
  return text
    .slice(text.indexOf(':') + 1)
    .split(/\s+/)
    .filter(Boolean);
}

/** Whether an object was made by the same command from files that have not changed since. */
function isCurrent({ object }, command) {
  try {
    if (fs.readFileSync(object.replace(/o$/, 'txt'), 'utf8') !== command) return false;
    const made = fs.statSync(object).mtimeMs;
    return dependenciesOf(object).every((file) => fs.statSync(path.resolve(root, file)).mtimeMs <= made);
  } catch {
    return false;
  }
}

async function compile({ compiler, env }, { source, object, flags }) {
  const args = [...flags, '-MMD', '-c', source, '-o', object];
  const command = [compiler, ...args].join(' ');
  if (isCurrent({ object }, command)) return;
  console.log(`compiling ${source}`);
  await execute(compiler, args, { cwd: root, env, maxBuffer: 1 << 28 });
  fs.writeFileSync(object.replace(/o$/, 'txt'), command);
}

/**
 * emnapi's library, which knows the module's memory by its latest buffer only. Each piece of memory that JavaScript gets
 * has a buffer of its own here (lib/addon/wasm), and older buffers stay valid, since the memory is shared.
 */
function patchedLibrary() {
  const text = fs.readFileSync(path.join(emnapi, 'dist/library_napi.js'), 'utf8');
  const patched = text
    .replaceAll(/\b(\w+) === wasmMemory\.buffer/g, 'emnapiExternalMemory.isOfModule($1)')
    .replace(
      'var emnapiExternalMemory = {',
      'var emnapiExternalMemory = {\n    isOfModule: function (buffer) { return buffer === wasmMemory.buffer || Module.buffers.has(buffer); },',
    );
  if (patched.split('isOfModule').length < 5) throw new Error("emnapi's library has changed: see patchedLibrary");
  const file = path.join(build, 'library_napi.js');
  fs.writeFileSync(file, patched);
  return file;
}

async function link({ compiler, env }, files) {
  console.log('linking');
  fs.mkdirSync(output, { recursive: true });
  const flags = Object.entries(settings).map(([name, value]) => `-s${name}=${value}`);
  const library = path.join(emnapi, 'lib/wasm32-emscripten/libemnapi-mt.a');
  const js = `--js-library=${patchedLibrary()}`;
  await execute(
    compiler,
    ['-O3', ...machine, ...files, library, js, ...flags, '-o', path.join(output, 'glissade.js')],
    {
      cwd: root,
      env,
      maxBuffer: 1 << 28,
    },
  );
}

try {
  const emscripten = prepareEmscripten(path.join(build, 'toolchain'));
  fs.mkdirSync(objects, { recursive: true });
  const waiting = compilations();
  const files = waiting.map(({ object }) => object);
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await compile(emscripten, next);
  };
  await Promise.all([work(), work()]);
  await link(emscripten, files);
  await bundle({
    entryPoints: [path.join(root, 'wasm/src/node.cjs')],
    outfile: path.join(output, 'node.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    minifySyntax: true,
    external: ['./glissade.js'],
  });
  await bundleForBrowsers(root, output);
} catch (error) {
  console.error(error.stderr || error.message);
  process.exitCode = 1;
}
