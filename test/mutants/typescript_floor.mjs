// Mistakes in lib. The package in the copy is built by transpiling the file with the mistake; a page's script, and
// bundled packages, by a whole build.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { bundled } from '../../scripts/bundles.mjs';
import { link } from './copy.mjs';
import { filesBelow, testOrder } from './importers.mjs';
import { placesOf } from './typescript_places.mjs';

export function typescriptFloor({ root, tree, folder }) {
  const clean = path.join(folder, 'dist');
  const order = testOrder(tree);
  const wholeBuilds = new Set([
    ...Object.keys(bundled).map((file) => `lib/${file.replace(/js$/, 'ts')}`),
    ...inputsOfPages(tree),
  ]);
  const checkers = ['tsconfig.json', 'lib/lab/client/tsconfig.json'].map((config) => checker(tree, config));

  const renewDist = () => {
    fs.rmSync(path.join(tree, 'dist'), { recursive: true, force: true });
    fs.cpSync(clean, path.join(tree, 'dist'), { recursive: true }); // its files are newer than the sources
  };

  return {
    files: filesBelow(tree, 'lib', /(?<!\.d)\.ts$/),
    placesOf,

    /** Builds the package in the copy. */
    prepare() {
      link(path.join(root, 'build'), path.join(tree, 'build'));
      const built = path.join(folder, 'built.txt'); // of these sources
      const sources = hashOf(tree);
      const isBuilt = fs.existsSync(clean) && fs.existsSync(built) && fs.readFileSync(built, 'utf8') === sources;
      if (!isBuilt) {
        execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: tree, stdio: 'inherit' });
        fs.rmSync(clean, { recursive: true, force: true });
        fs.cpSync(path.join(tree, 'dist'), clean, { recursive: true });
        fs.writeFileSync(built, sources);
      }
      renewDist();
    },

    /** Whether a file can have this text: it compiles. Writes it, and its build outputs. */
    write(file, text) {
      const check = checkers.find(({ has }) => has(file));
      if (check && !check.compiles(file, text)) return false;
      fs.writeFileSync(path.join(tree, file), text);
      if (wholeBuilds.has(file)) {
        try {
          execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: tree, stdio: 'ignore' });
        } catch {
          return false;
        }
      }
      const built = path.join(tree, file.replace(/^lib/, 'dist/cjs').replace(/ts$/, 'js'));
      if (!wholeBuilds.has(file)) {
        const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
        const { outputText } = ts.transpileModule(text, { compilerOptions: options, fileName: file });
        fs.writeFileSync(built, transformSync(outputText, { charset: 'utf8' }).code);
      }
      return true;
    },

    restore(file, text) {
      fs.writeFileSync(path.join(tree, file), text);
      renewDist();
    },

    testsFor: (file, timeOf) => ({ native: [], jest: order(file, timeOf) }),
  };
}

/** A hash of the inputs of the package's build. */
function hashOf(tree) {
  const hash = createHash('sha256');
  for (const folder of ['lib', 'scripts'])
    for (const file of filesBelow(tree, folder, /\.\w+$/))
      hash.update(file).update(fs.readFileSync(path.join(tree, file)));
  return hash.digest('hex');
}

/** The files of lib that are in the scripts of pages. */
function inputsOfPages(tree) {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    const text = fs.readFileSync(path.join(tree, file), 'utf8');
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      const source = path.join(path.dirname(file), fileName.replace(/\.js$/, '.ts'));
      if (fileName.startsWith('.') && fs.existsSync(path.join(tree, source))) visit(source);
    }
  };
  for (const entry of ['lib/lab/client/main.ts', 'lib/lab/client/live_main.ts']) visit(entry);
  return found;
}

/** Checks one changed file at a time with the compiler. */
function checker(tree, config) {
  const read = ts.getParsedCommandLineOfConfigFile(
    path.join(tree, config),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} },
  );
  const changes = new Map();
  let version = 0;
  const host = {
    getCompilationSettings: () => read.options,
    getScriptFileNames: () => read.fileNames,
    getScriptVersion: (name) => (changes.has(name) ? String(version) : '0'),
    getScriptSnapshot: (name) => {
      const text = changes.get(name) ?? ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => path.dirname(path.join(tree, config)),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  };
  const service = ts.createLanguageService(host);
  return {
    has: (file) => read.fileNames.includes(path.join(tree, file)),
    compiles(file, text) {
      const name = path.join(tree, file);
      changes.set(name, text);
      version += 1;
      const faults = [...service.getSyntacticDiagnostics(name), ...service.getSemanticDiagnostics(name)];
      changes.delete(name);
      return faults.length === 0;
    },
  };
}
