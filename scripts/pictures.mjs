// Draws the pictures of the README with the script of pages, from experiments that run now: npm run pictures
import fs from 'node:fs';
import { build } from 'esbuild';
import { runExperiment } from 'glissade/lab';
import { parseHTML } from 'linkedom'; // the few DOM calls that Plot makes, a tenth of jsdom's size

const { outputFiles } = await build({
  entryPoints: ['lib/pages/client/picture.ts'],
  bundle: true,
  format: 'esm',
  write: false,
});
const { picture } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
const { document } = parseHTML('<html><body></body></html>');

/** The figures that the README shows, and their experiments. */
const shown = [
  { experiment: 'saxe', figure: 'curves' },
  { experiment: 'zoo', figure: 'race' },
];

fs.mkdirSync('docs/pictures', { recursive: true });
for (const { experiment, figure: name } of shown) {
  const { figures } = await runExperiment(experiment);
  const figure = figures.find((one) => one.name === name);
  if (!figure) throw new Error(`${experiment} has no figure ${name}`);
  fs.writeFileSync(`docs/pictures/${experiment}.svg`, picture(figure, 720, document));
}
