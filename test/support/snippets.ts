import fs from 'node:fs';
import path from 'node:path';
import * as glissade from 'glissade';
import ts from 'typescript';
import { packageRoot } from './child';
import { type World, worlds } from './snippet_worlds';

/** A fenced block of TypeScript in a page of the documentation. */
export interface Snippet {
  page: string;
  /** The line of the page before its first. */
  line: number;
  code: string;
}

const topics =
  'guide data networks losses optimizers schedules training tables text forecasting serving saving minimize threads lab';
export const pages = ['README.md', ...topics.split(' ').map((topic) => `docs/${topic}.md`)];

export function snippetsOf(page: string, text = fs.readFileSync(path.join(packageRoot, page), 'utf8')): Snippet[] {
  const blocks = text.matchAll(/^```(?:ts|js|typescript|javascript|mjs)\n(.*?)^```/gms);
  return [...blocks].map((block) => ({
    page,
    line: text.slice(0, block.index).split('\n').length,
    code: block[1]!,
  }));
}

/** The world of a snippet: that of the first line here that the snippet contains; otherwise that of digits. */
const places: [string, World][] = [
  ['new Optimizer([weights', 'arrays'],
  ['new Optimizer(parameters', 'arrays'],
  ['new Optimizer([theta]', 'nothing'],
  ['shape: [784, 128] }], learningRate', 'arrays'],
  ['rate.observe(', 'blocks'],
  ['new Dataset({ inputs, targets, columns })', 'tables'],
  ['whiten(inputs', 'tables'],
  ['categories({ values: places', 'blocks'],
  ['hashFeatures(', 'blocks'],
  ['hashTexts(', 'blocks'],
  ['network({ inputs: data, layers }); //', 'layers'],
  ['linear({ inputs: { sparse', 'clicks'],
  ["model.fit(data, { loss: 'huber'", 'someRuns'],
  ['calibrate(model', 'yesOrNo'],
  ["score('auc'", 'yesOrNo'],
  ['minimize({ model, data', 'fourColumns'],
  ['gradientFlow(rosenbrock', 'rosenbrock'],
  ["model.save('model", 'files'],
  ['toONNX(', 'files'],
  ['await table(rows)', 'flights'],
  ['runExperiment(', 'lab'],
  ['await race(', 'race'],
  ["await table('people.csv')", 'nothing'],
  ["from 'glissade/tables'", 'nothing'],
];

export const placeOf = ({ code }: Snippet): World => places.find(([part]) => code.includes(part))?.[1] ?? 'digits';

const worldsFile = path.join(__dirname, 'snippet_worlds.ts');

/** The number of lines before the snippet in its module. */
export const headLines = 4;

/** A module that runs a snippet, and exports the promise of its end. Its own declarations hide those of its world. */
export function moduleOf(snippet: Snippet): string {
  const imports = [...snippet.code.matchAll(/^import .*?;$/gm)].map(([line]) => line);
  const imported = imports.flatMap((line) => line.match(/\w+/g)!);
  const own = Object.keys(worlds[placeOf(snippet)]());
  const isFree = (name: string) => ![...own, ...imported].includes(name.replace('type ', ''));
  const code = snippet.code.replace(/^import .*?;$/gm, '');
  return [
    `import { ${[...Object.keys(glissade), 'type Objective'].filter(isFree).join(', ')} } from 'glissade';`,
    imports.join(' '),
    `import { worlds } from ${JSON.stringify(worldsFile.replace(/\.ts$/, ''))}; const { ${own.join(', ')} } = worlds.${placeOf(snippet)}();`,
    'export const end = (async () => {',
    code,
    '})();',
  ].join('\n');
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
  typeRoots: [path.join(packageRoot, 'node_modules/@types')],
  baseUrl: packageRoot,
  paths: {
    glissade: ['lib/index.ts'],
    'glissade/distributed': ['lib/distributed/index.ts'],
    'glissade/lab': ['lib/lab/index.ts'],
    'glissade/tables': ['lib/tables/index.ts'],
  },
};

/** Type errors in snippets, each with its place in the page. */
export function typeErrors(snippets: readonly Snippet[]): string[] {
  const files = new Map(snippets.map((snippet, i) => [path.join(__dirname, `snippet_${i}.ts`), snippet]));
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const textOf = (name: string) =>
    files.has(path.normalize(name)) ? moduleOf(files.get(path.normalize(name))!) : undefined;
  host.getSourceFile = (name, ...others) => {
    const text = textOf(name);
    return text === undefined
      ? getSourceFile(name, ...others)
      : ts.createSourceFile(name, text, ts.ScriptTarget.ES2022);
  };
  host.fileExists = (name) => textOf(name) !== undefined || fileExists(name);
  host.readFile = (name) => textOf(name) ?? readFile(name);
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files].flatMap(([name, { page, line }]) => {
    const file = program.getSourceFile(name)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) => {
      const at = file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line - headLines + 1;
      return `${page}:${line + at}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
  });
}

const transpiled = (code: string) =>
  ts.transpileModule(code, { compilerOptions: { ...options, noEmit: false } }).outputText;

/** A script that runs snippets in sequence, and prints each error on a line. */
export function scriptOf(snippets: readonly Snippet[]): string {
  const parts = snippets.map((snippet) => ({ ...snippet, code: transpiled(moduleOf(snippet)) }));
  return `
    console.log = console.warn = () => {};
    const root = ${JSON.stringify(packageRoot)};
    const required = (name) =>
      name === 'glissade' ? require(root) :
      name === 'glissade/distributed' ? require(root + '/dist/cjs/distributed/index.js') :
      name === 'glissade/lab' ? require(root + '/dist/cjs/lab/index.js') :
      name === 'glissade/tables' ? require(root + '/dist/cjs/tables/index.js') :
      name.endsWith('snippet_worlds') ? worlds : require(name);
    const run = (code) => {
      const exports = {};
      new Function('exports', 'require', code)(exports, required);
      return exports;
    };
    const worlds = run(${JSON.stringify(transpiled(fs.readFileSync(worldsFile, 'utf8')))});
    let place = '';
    process.on('unhandledRejection', (error) => process.stdout.write(place + 'not awaited: ' + error + '\\n'));
    (async () => {
      for (const { page, line, code } of ${JSON.stringify(parts)}) {
        place = page + ':' + line + ': ';
        try {
          await run(code).end;
        } catch (error) {
          process.stdout.write(place + error + '\\n');
        }
      }
      process.stdout.write('end\\n');
    })();`;
}

/** Snippets that are only type-checked, each with the reason. */
export const onlyTyped: [string, string][] = [
  ['readVectors(', 'it reads a file that is not there'],
  ['readLibsvm(', 'it reads files that are not there'],
  ["await table('people.csv')", 'it reads files that are not there'],
  ['serveModel(', 'listens at a port'],
  ['model.flags(', 'it reads a file that is not there'],
  ["model.load('resnet", 'needs a file of PyTorch'],
  ['runExperiment(', 'takes seconds; test/lab runs the experiments'],
  ['encoder.onnx', 'needs a file of another program'],
  ['network({ inputs: data, layers }); //', 'shows inputs of several kinds under the same names'],
];

export const isRun = ({ code }: Snippet): boolean => !onlyTyped.some(([part]) => code.includes(part));

export const allParts: readonly string[] = [...places, ...onlyTyped].map(([part]) => part);
