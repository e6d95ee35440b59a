// Builds the addon for Linux: one file for each architecture, which works with glibc 2.28 and later and musl.
//
// Clang compiles the core with LLVM's C++ library, which is linked statically. GCC compiles the units, which need no
// library, because it vectorises them: Clang leaves many of their loops scalar. The addon uses only C library functions
// of glibc 2.28 that musl has too: scripts/prebuilds/check.mjs compares the lists. musl ignores the versions of names.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { oldestGlibc, standInFor } from './c_library.mjs';
import { unpackPackages, unpackSource } from './debian.mjs';

const clang = 'clang-19';

const targets = {
  'linux-x64': { debian: 'amd64', triple: 'x86_64-linux-gnu', gcc: 'x86_64-linux-gnu-g++-14', flags: [] },
  // Atomic operations don't call a helper of the compiler's library, which would need what musl lacks.
  'linux-arm64': {
    debian: 'arm64',
    triple: 'aarch64-linux-gnu',
    gcc: 'aarch64-linux-gnu-g++-14',
    flags: ['-mno-outline-atomics'],
  },
};

export const names = Object.keys(targets);

export const toolsOf = (name) => [
  ...['apt-get', 'dpkg-deb', 'tar', 'xz', 'cmake', 'ninja', 'nm', 'patchelf'],
  ...[clang, 'clang++-19', 'ld.lld-19', 'llvm-ar-19', 'llvm-ranlib-19'],
  targets[name].gcc,
];

/** Builds the addon of one of `names`. */
export async function build({ name, root, work, output, compile }) {
  const { debian, triple, gcc, flags } = targets[name];
  const system = path.join(work, `debian-11-${debian}`);
  unpackPackages(system, 'bullseye', debian, ['libc6', 'libc6-dev', 'linux-libc-dev']);
  const features = `${system}/usr/include/features.h`; // its version makes libraries choose newer functions
  const ofOldest = fs.readFileSync(features, 'utf8').replace(/(define\s+__GLIBC_MINOR__\s+)\d+/, `$1${oldestGlibc[1]}`);
  fs.writeFileSync(features, ofOldest);
  const headers = ['-isystem', `${system}/usr/include/${triple}`, '-isystem', `${system}/usr/include`];
  const target = [`--target=${triple}`, `--sysroot=${system}`, ...flags];
  const library = buildCxxLibrary(work, name, triple, [...target, '-nostdlibinc', ...headers]);
  const compact = ['-ffunction-sections', '-fdata-sections'];
  const libraries = ['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2'];
  const standIn = standInFor(
    libraries.map((file) => path.join(system, 'lib', triple, file)),
    ['clang++-19', ...target],
    path.join(work, `${name}-libc`),
  );
  await compile({
    core: {
      command: `clang++-19`,
      isGnu: false,
      flags: [...target, '-nostdlibinc', '-isystem', `${library}/include/c++/v1`, ...headers, ...compact],
    },
    units: { command: gcc, isGnu: true, flags: [...flags, ...compact] },
    linker: {
      command: `clang++-19`,
      flags: [
        ...[...target, '-shared', '-nostdlib', '-fuse-ld=lld-19', '-s'],
        // nodelete and now: see binding.gyp. undefs: Node-API, and __tls_get_addr, which glibc has in its
        // dynamic linker and musl in its only library.
        '-Wl,--as-needed,--no-dependent-libraries,-z,nodelete,-z,now,-z,undefs,--gc-sections,--icf=safe,--exclude-libs,ALL',
        `-Wl,--version-script=${path.join(root, 'scripts/prebuilds/exports.map')}`,
      ],
    },
    libraries: [
      ...['libc++.a', 'libc++abi.a', 'libunwind.a'].map((file) => path.join(library, 'lib', file)),
      execFileSync(gcc, ['-print-libgcc-file-name'], { encoding: 'utf8' }).trim(), // divisions of 128 bits
      standIn,
      path.join(system, 'usr/lib', triple, 'libc_nonshared.a'),
    ],
  });
  // Like Node-API, the C library is the host's: by name, musl would get glibc's, which Bun refuses.
  execFileSync('patchelf', ['--remove-needed', 'libc.so.6', output]);
}

/** Builds LLVM's C++ library without the parts that the addon does not use, unless it is there. Returns its folder. */
function buildCxxLibrary(work, name, triple, flags) {
  const source = path.join(work, 'llvm');
  const folder = path.join(work, `${name}-libc++`);
  if (fs.existsSync(`${folder}/lib/libc++.a`)) return folder;
  unpackSource(source, 'trixie', 'llvm-toolchain-19', [
    ...['cmake', 'libc', 'libcxx', 'libcxxabi', 'libunwind', 'runtimes', 'third-party', 'llvm/cmake', 'llvm/utils'],
  ]);
  const [off, on] = [(names) => names.map((one) => `-D${one}=OFF`), (names) => names.map((one) => `-D${one}=ON`)];
  const compilers = { C: clang, CXX: 'clang++-19', ASM: clang };
  const parts = ['LIBCXX', 'LIBCXXABI', 'LIBUNWIND'];
  const cmake = [
    ...['-G', 'Ninja', '-S', `${source}/runtimes`, '-B', folder, '-DCMAKE_BUILD_TYPE=MinSizeRel'],
    '-DLLVM_ENABLE_RUNTIMES=libunwind;libcxxabi;libcxx',
    ...['-DCMAKE_SYSTEM_NAME=Linux', `-DCMAKE_SYSTEM_PROCESSOR=${triple.split('-')[0]}`],
    ...['-DCMAKE_AR=/usr/bin/llvm-ar-19', '-DCMAKE_RANLIB=/usr/bin/llvm-ranlib-19'],
    '-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY', // nothing to link a program with yet
    ...Object.entries(compilers).flatMap(([language, command]) => [
      `-DCMAKE_${language}_COMPILER=${command}`,
      `-DCMAKE_${language}_FLAGS=${[...flags, '-fPIC', '-ffunction-sections', '-fdata-sections'].join(' ')}`,
    ]),
    ...off([...parts.map((part) => `${part}_ENABLE_SHARED`), ...parts.map((part) => `${part}_INCLUDE_TESTS`)]),
    ...off(['LIBCXX_INCLUDE_BENCHMARKS', 'LIBCXX_ENABLE_LOCALIZATION', 'LIBCXX_ENABLE_FILESYSTEM']),
    ...off(['LIBCXX_ENABLE_RANDOM_DEVICE', 'LIBCXX_ENABLE_WIDE_CHARACTERS', 'LIBCXX_ENABLE_TIME_ZONE_DATABASE']),
    '-DLIBCXXABI_HAS_CXA_THREAD_ATEXIT_IMPL=OFF', // only glibc has it
    ...on(['LIBCXX_HERMETIC_STATIC_LIBRARY', 'LIBCXXABI_HERMETIC_STATIC_LIBRARY', 'LIBUNWIND_HIDE_SYMBOLS']),
    ...on(['LIBCXXABI_USE_LLVM_UNWINDER', 'LIBCXXABI_ENABLE_STATIC_UNWINDER']),
  ];
  const log = fs.openSync(path.join(work, `${name}-libc++.log`), 'w');
  const options = { stdio: ['ignore', log, log] };
  execFileSync('cmake', cmake, options);
  execFileSync('ninja', ['-C', folder, 'cxx', 'cxxabi', 'unwind'], options);
  return folder;
}
