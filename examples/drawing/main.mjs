// Builds a page that learns to read handwritten digits in the browser, from built-in examples and from your drawings:
// npm run drawing -- --help
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild'; // any bundler does; it needs no settings for glissade
import { data } from 'glissade/lab';

const help = `Makes a page that trains a network on handwritten digits in the browser, and reads what one draws there. The page is
one file, which needs no server and no network. Needs npm run build:wasm.

Usage: npm run drawing -- [options]

  --out FILE    where the page goes (default drawing.html)
  --digits N    how many of the 10,000 digits the page carries, a fifth of them held out (default 7000)
  --help        this text`;

const pixels = 28 * 28;

/**
 * Digits with 16 shades, two pixels a byte, each behind its label.
 *
 * @param {{ images: Uint8Array, labels: ArrayLike<number> }} digits
 * @param {number} count
 */
function packed({ images, labels }, count) {
  const length = 1 + pixels / 2;
  const bytes = new Uint8Array(count * length);
  for (let i = 0; i < count; ++i) {
    bytes[i * length] = labels[i];
    for (let k = 0; k < pixels / 2; ++k) {
      const [first, second] = images.subarray(i * pixels + 2 * k);
      bytes[i * length + 1 + k] = (first & 0xf0) | (second >> 4);
    }
  }
  return gzipSync(bytes, { level: 9 }).toString('base64');
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string', default: 'drawing.html' },
        digits: { type: 'string', default: '7000' },
        help: { type: 'boolean', default: false },
      },
    });
    const digits = Number(values.digits);
    if (!(Number.isSafeInteger(digits) && digits >= 100 && digits <= 10_000))
      throw new Error(`--digits takes a whole number from 100 to 10,000, not "${values.digits}"`);
    return { ...values, digits };
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${help}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(help);
  process.exit();
}
if (!fs.existsSync(path.join(import.meta.dirname, '../../wasm/dist/browser.mjs'))) {
  console.error('the module for browsers is not built: npm run build:wasm');
  process.exit(1);
}

const script = await build({
  entryPoints: [path.join(import.meta.dirname, 'page.mjs')],
  bundle: true,
  minify: true,
  format: 'iife',
  write: false,
  tsconfigRaw: {}, // the checkout's maps glissade to its sources
});
const examples = packed(await data.digits(), options.digits);
const inElement = (/** @type {string} */ text) => text.replaceAll('</script', '<\\/script');
const page = fs
  .readFileSync(path.join(import.meta.dirname, 'page.html'), 'utf8')
  .replace('<!-- digits -->', () => `<script id="digits" type="text/plain">${examples}</script>`)
  .replace('<!-- script -->', () => `<script>${inElement(script.outputFiles[0].text)}</script>`);
fs.writeFileSync(options.out, page);
console.log(`${options.out}: ${(page.length / 1e6).toFixed(2)} MB; open it in a browser`);
