import fs from 'node:fs';
import path from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Bundles the module for browsers as one ES module, which any bundler takes without configuration.
 *
 * @param root The checkout.
 * @param output The folder with the linked module, and for the bundle.
 */
export async function bundleForBrowsers(root, output) {
  // A page that is not isolated has shared memory, but no name for its class.
  const script = fs
    .readFileSync(path.join(output, 'glissade.js'), 'utf8')
    .replaceAll(/\bSharedArrayBuffer\b/g, 'SharedBuffer');
  const shared = 'var SharedBuffer=new WebAssembly.Memory({initial:0,maximum:0,shared:true}).buffer.constructor;\n';
  const packed = gzipSync(fs.readFileSync(path.join(output, 'glissade.wasm')), { level: constants.Z_BEST_COMPRESSION });
  const contents = {
    'glissade.wasm.gz': { contents: packed.toString('base64'), loader: 'text' },
    'glissade.js?text': { contents: shared + script, loader: 'text' },
    './glissade.js': { contents: shared + script, loader: 'js' },
  };
  await build({
    entryPoints: [path.join(root, 'wasm/src/browser.mjs')],
    outfile: path.join(output, 'browser.mjs'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['fs', 'os', 'path', 'worker_threads'], // Node's, on paths of the script that a browser never takes
    plugins: [
      {
        name: 'parts of the module',
        setup(one) {
          one.onResolve({ filter: /glissade\.(wasm\.gz|js)/ }, ({ path: name }) => ({
            path: name,
            namespace: 'module',
          }));
          one.onLoad({ filter: /./, namespace: 'module' }, ({ path: name }) => contents[name]);
        },
      },
    ],
  });
}
