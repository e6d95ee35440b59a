// Draws figures as SVG files with the script of pages.
import { build } from 'esbuild'; // as in bundles.mjs
import { parseHTML } from 'linkedom'; // the few DOM calls that Plot makes, a tenth of jsdom's size

const { outputFiles } = await build({
  entryPoints: ['lib/pages/client/picture.ts'],
  bundle: true,
  format: 'esm',
  write: false,
});
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const { picture, pictures } = await import(`data:text/javascript;base64,${code}`);
const { document } = parseHTML('<html><body></body></html>');

/** A figure as SVG, for light and dark. */
export const pictureOf = (figure) => picture(figure, 720, document);

/** Sections of figures as one SVG, each `{ title, lines, figures }`. */
export const picturesOf = (page) => pictures(page, 980, document);
