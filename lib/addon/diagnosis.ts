import fs from 'node:fs';
import path from 'node:path';

/** What is known about an addon that could not be loaded. */
export interface LoadFailure {
  readonly platform: string;
  readonly architecture: string;
  readonly node: string;
  /** `glibc 2.36`, `musl`, or undefined on other systems than Linux. */
  readonly libc: string | undefined;
  /** The folder of the package, or what GLISSADE_PREBUILD names instead. */
  readonly root: string;
  /** Names of the folders in `prebuilds`, as `linux-x64`. */
  readonly prebuilt: readonly string[];
  /** The file that was found and refused, or undefined if none was found. */
  readonly found: string | undefined;
  /** What Node, or the system's loader, says. */
  readonly reason: string;
}

const build = 'compile it here, with a C++20 compiler: npx glissade build';
const wasm = 'or use WebAssembly, which runs everywhere but trains more slowly: npm install glissade-wasm';
const reinstall = 'install the packages on the machine, or in the image, that runs them: npm ci';

/** Causes by what the system's loader says, with what can be done. The first that fits is taken. */
const causes: readonly {
  sign: RegExp;
  cause: (match: RegExpMatchArray, failure: LoadFailure) => string;
  ways: string[];
}[] = [
  {
    sign: /version `?(GLIBC_[\d.]+)'? not found/,
    cause: ([, version], { libc }) => `it needs ${version?.replace('_', ' ')} or later, and this system has ${libc}`,
    ways: ['use a newer system or image (Debian 10, Ubuntu 18.10, RHEL 8 or later)', build],
  },
  {
    sign: /version `?((?:GLIBCXX|CXXABI)_[\d.]+)'? not found/,
    cause: ([, version]) => `it was compiled on a newer system, whose C++ library has ${version}`,
    ways: [build],
  },
  {
    sign: /exec format error|incompatible architecture/i,
    cause: () => 'the file is of another platform: node_modules may have been copied from there',
    ways: [reinstall, build],
  },
  {
    sign: /invalid ELF header|wrong ELF class|not a mach-o file|file too short|not a valid Win32 application/i,
    cause: () => 'the file is damaged, or of another platform: node_modules may have been copied from there',
    ways: [reinstall, build],
  },
  {
    sign: /loading addons is disabled/,
    cause: () => 'Node was not allowed to load addons: it was started with --no-addons, or with --permission',
    ways: ['start Node without --no-addons; with --permission, add --allow-addons'],
  },
  {
    sign: /Error loading shared library ([^\s:]+)|([^\s:]+): cannot open shared object file/,
    cause: ([, musl, glibc]) => `the library ${musl ?? glibc} is missing`,
    ways: [`install the package of your system that has the library`, build],
  },
  {
    sign: /code signature/i,
    cause: () => 'the system does not accept the signature of the file for this program',
    ways: [
      'sign the file with the app that contains it, or give the app com.apple.security.cs.disable-library-validation',
      build,
    ],
  },
  {
    sign: /Operation not permitted|failed to map segment|Permission denied|EACCES/i,
    cause: () =>
      'the file may not be read or executed: its folder may be mounted with noexec, or belong to another user',
    ways: ['keep node_modules on a file system that allows execution, readable by the user who runs Node'],
  },
];

/** Says why the addon could not be loaded: what was looked for and found, and what to do. */
export function diagnosis(failure: LoadFailure): string {
  const { platform, architecture, node, libc, root, prebuilt, found, reason } = failure;
  const here = `${platform}-${architecture}`;
  const system = [here, libc, `Node ${node}`].filter(Boolean).join(', ');
  const looked = [`${path.join(root, 'build/Release')}`, path.join(root, 'prebuilds', here)];
  const { cause, ways } = causeOf(failure, here);
  const possible = canBuild(failure) ? ways : ways.filter((way) => way !== build);
  return [
    `glissade's native addon could not be loaded on ${system}:`,
    `  ${cause}`,
    ...(found === undefined
      ? [`  looked for a file *.node in ${looked.join(' and ')}`, `  prebuilt for: ${prebuilt.join(', ') || 'nothing'}`]
      : [`  found ${found}`, `  ${reason.split('\n')[0]}`]),
    'What to do:',
    ...possible.map((way) => `  ${way}`),
  ].join('\n');
}

function causeOf(failure: LoadFailure, here: string): { cause: string; ways: string[] } {
  const { prebuilt, found, reason } = failure;
  if (found !== undefined) {
    for (const { sign, cause, ways } of causes) {
      const match = reason.match(sign);
      if (match) return { cause: cause(match, failure), ways };
    }
    return { cause: 'the system refuses the file', ways: [reinstall, build] };
  }
  if (prebuilt.length === 0)
    return {
      cause: 'the package has no prebuilt addons: it was installed from its repository, or its files were left out',
      ways: [
        build,
        'if a bundler has left the files out: declare glissade as external, and install it beside the bundle',
      ],
    };
  if (!prebuilt.includes(here)) return { cause: `there is no prebuilt addon for ${here}`, ways: waysOn(failure) };
  return { cause: `the prebuilt addon for ${here} is missing`, ways: [reinstall, build] };
}

/** What can be done on a platform without a prebuilt addon. */
function waysOn(failure: LoadFailure): string[] {
  if (canBuild(failure)) return [build, wasm];
  return ['run it on Linux, macOS or Windows with a Node for x64 or arm64', wasm];
}

/** Whether a native addon was to be expected. A WebContainer says that it is Linux, and can't load any. */
export const isServed = ({ platform, architecture, prebuilt }: LoadFailure): boolean =>
  prebuilt.includes(`${platform}-${architecture}`) && process.versions.webcontainer === undefined;

const canBuild = ({ platform, architecture }: LoadFailure): boolean =>
  ['linux', 'darwin'].includes(platform) && ['x64', 'arm64'].includes(architecture);

/** What the system says about a failure of node-gyp-build's. */
export function failureOf(packageRoot: string, error: unknown, found: string | undefined): LoadFailure {
  const root = process.env.GLISSADE_PREBUILD || packageRoot; // as node-gyp-build has it
  return {
    platform: process.platform,
    architecture: process.arch,
    node: process.versions.node,
    libc: process.platform === 'linux' ? libcHere() : undefined,
    root,
    prebuilt: foldersIn(path.join(root, 'prebuilds')),
    found,
    reason: (error as Error).message,
  };
}

function foldersIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The C library that Node runs on. */
function libcHere(): string {
  try {
    return libcOfReport();
  } catch {
    return 'an unknown C library'; // no report, as under some permissions
  }
}

function libcOfReport(): string {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const before = report.excludeNetwork ?? false;
  report.excludeNetwork = true; // else each address is looked up by name
  try {
    const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
    return header.glibcVersionRuntime ? `glibc ${header.glibcVersionRuntime}` : 'musl';
  } finally {
    report.excludeNetwork = before;
  }
}
