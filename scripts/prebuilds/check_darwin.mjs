// Checks the files for macOS by their load commands, symbols and signature. Nothing is run.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { oldestSystem } from './darwin.mjs';
import { exportedFunctions, nodeFunctions } from './node_functions.mjs';

const cpuTypes = { x64: 'X86-64', arm64: 'Arm64' };

/** The reasons why macOS would refuse a file, or why it could fail there. Prints each function that it needs. */
export function* faultsOnDarwin(file, architecture) {
  const options = ['--file-headers', '--needed-libs', '--macho-version-min'];
  const read = execFileSync('llvm-readobj-19', [...options, file], { encoding: 'utf8' });
  const field = (name) => read.match(new RegExp(`\\b${name}: (\\S+)`))?.[1];
  if (field('CpuType') !== cpuTypes[architecture]) yield `is for ${field('CpuType')}`;
  if (field('FileType') !== 'Bundle') yield `is of the type ${field('FileType')}`;
  if (field('Platform') !== 'macos' || field('Version') !== oldestSystem)
    yield `is for ${field('Platform')} ${field('Version')}`;
  const [, libraries] = read.match(/NeededLibraries \[\s*(.*?)\s*\]/s);
  if (libraries !== '/usr/lib/libSystem.B.dylib') yield `needs the libraries ${libraries}`;
  const symbols = (...what) =>
    execFileSync('llvm-nm-19', ['--extern-only', '--just-symbol-name', ...what, file], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((name) => name.replace(/^_/, ''))
      .sort();
  const exported = symbols('--defined-only');
  if (exported.join() !== [...exportedFunctions].sort().join()) yield `exports ${exported}`;
  const needed = symbols('--undefined-only').filter((name) => !nodeFunctions.includes(name));
  console.log(`${file} needs ${needed.length} symbols: ${needed.join(' ')}`);
  yield* faultsOfSignature(fs.readFileSync(file));
}

const codeSignature = 0x1d; // of loader.h
const codeDirectory = 0xfade0c02; // and the rest of cs_blobs.h: big-endian
const isAdHoc = 0x2;
const sha256 = 2;

/** Compares the pages of a 64-bit Mach-O file with the hashes in its signature. */
export function* faultsOfSignature(bytes) {
  const commands = bytes.readUInt32LE(16);
  let signature;
  for (let i = 0, at = 32; i < commands; i++, at += bytes.readUInt32LE(at + 4))
    if (bytes.readUInt32LE(at) === codeSignature) signature = bytes.subarray(bytes.readUInt32LE(at + 8));
  if (!signature) return yield 'has no signature';
  const directory = signature.subarray(signature.readUInt32BE(16)); // of the first blob in the list
  if (directory.readUInt32BE(0) !== codeDirectory) return yield 'has a signature without hashes';
  const flags = directory.readUInt32BE(12);
  const [hashes, pages, end] = [16, 28, 32].map((at) => directory.readUInt32BE(at));
  const [length, type, , logarithm] = directory.subarray(36, 40);
  if (!(flags & isAdHoc)) yield 'has a signature that needs a certificate';
  if (type !== sha256) return yield `has hashes of the type ${type}`;
  if (end !== bytes.length - signature.length) yield `has a signature of its first ${end} bytes`;
  const size = 2 ** logarithm;
  if (pages !== Math.ceil(end / size)) yield `has hashes of ${pages} pages`;
  for (let i = 0; i < pages; i++) {
    const hash = createHash('sha256').update(bytes.subarray(i * size, Math.min((i + 1) * size, end)));
    if (!hash.digest().equals(directory.subarray(hashes + i * length, hashes + (i + 1) * length)))
      return yield `differs from the hash of its page ${i}`;
  }
}
