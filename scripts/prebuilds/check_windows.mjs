// Checks the files for Windows by their tables of imports and exports. Nothing is run.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { exportedFunctions } from './node_functions.mjs';

const machines = { x64: 'IMAGE_FILE_MACHINE_AMD64', arm64: 'IMAGE_FILE_MACHINE_ARM64' };

/** Windows' own libraries. api-ms-win-crt-… is UCRT, in Windows 10 and later. */
const libraries = /^(api-ms-win-crt-[a-z]+-l1-1-0|kernel32|ntdll)\.dll$/i;

/** Properties without which Windows may refuse the file, or protects it less. */
const properties = ['DYNAMIC_BASE', 'HIGH_ENTROPY_VA', 'NX_COMPAT'];

/** The reasons why Windows would refuse a file, or why it could fail there. Prints the functions that it needs. */
export function* faultsOnWindows(file, architecture) {
  const options = ['--file-headers', '--coff-imports', '--coff-exports'];
  const read = execFileSync('llvm-readobj-19', [...options, file], { encoding: 'utf8' });
  const machine = read.match(/\bMachine: (\S+)/)[1];
  if (machine !== machines[architecture]) yield `is for ${machine}`;
  for (const one of properties) if (!read.includes(`IMAGE_DLL_CHARACTERISTICS_${one} `)) yield `lacks ${one}`;
  const imports = [...read.matchAll(/^(Delay)?Import \{\n(.*?)^\}/gms)].map(([, , text]) => ({
    library: text.match(/Name: (.*)/)[1],
    names: [...text.matchAll(/Symbol: (\S*)/g)].map(([, name]) => name),
  }));
  if (imports.length === 0) yield 'has no table of imports';
  for (const { library, names } of imports) {
    console.log(`${path.basename(path.dirname(file))} needs of ${library}: ${names.join(' ')}`);
    if (!libraries.test(library)) yield `needs the library ${library}`;
  }
  const exported = [...read.matchAll(/^Export \{\n(.*?)^\}/gms)].map(([, text]) => text.match(/Name: (.*)/)[1]).sort();
  if (exported.join() !== [...exportedFunctions].sort().join()) yield `exports ${exported}`;
}
