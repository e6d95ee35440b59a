// Prints the bill of materials of a release, as CycloneDX: the packages that npm installs with it, and its contents.
//   npm run sbom > sbom.cdx.json      after npm run build
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { zig } from './prebuilds/zig.mjs';

const bill = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'], {
    encoding: 'utf8',
  }),
);
bill.metadata.component.name = 'glissade'; // npm uses the folder's name
for (const component of bill.components) if (component.name === 'wasm') component.name = 'glissade-wasm'; // so here

// Packages with code or headers in the build: the notices name each with its version.
const inside = ['dist/cjs', 'dist/browser', 'dist/include'].flatMap((folder) =>
  [...fs.readFileSync(`${folder}/LICENCES.txt`, 'utf8').matchAll(/^(\S+) (\d+\.\d+\.\d\S*?)\.(?: |$)/gm)].map(
    ([, name, version]) => ({ name, version, purl: `pkg:npm/${name.replace('@', '%40')}@${version}` }),
  ),
);
// Linked into the prebuilt addons (scripts/prebuilds/main.mjs).
const has = (system) => fs.existsSync(`prebuilds/${system}-x64`);
const ofZig = { version: zig.version, purl: `pkg:npm/${zig.name.replace('@', '%40')}@${zig.version}` };
const ofAddon = [
  ...(has('linux')
    ? [{ name: 'libc++ of LLVM', version: '19', purl: 'pkg:deb/debian/llvm-toolchain-19?distro=trixie' }]
    : []),
  ...(has('win32') || has('darwin') ? [{ name: 'libc++ and compiler-rt of Zig', ...ofZig }] : []),
  ...(has('win32') ? [{ name: 'start-up code of mingw-w64 of Zig', ...ofZig }] : []),
];
const known = new Set(bill.components.map((component) => component['bom-ref']));
for (const component of [...inside, ...ofAddon]) {
  const reference = `${component.name}@${component.version}`;
  if (known.has(reference)) continue;
  known.add(reference);
  bill.components.push({ 'bom-ref': reference, type: 'library', scope: 'required', ...component });
}
console.log(JSON.stringify(bill, null, 2));
