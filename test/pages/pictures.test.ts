// Pictures as last reviewed by a person, in tenths of pixels. After an intended change:
//   GLISSADE_WRITE_GOLDEN=yes npx jest test/pages/pictures
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { playgrounds } from '../../lib/lab/playgrounds';
import { initialValues } from '../../lib/lab/playgrounds/playground';
import { withWords } from '../../lib/lab/words';
import type { Figure } from '../../lib/pages/figure';
import { outputOf } from '../support/child';
import { figures } from '../support/drawn_figures';

const golden = path.join(__dirname, '../golden/pictures.json');

const all: Figure[] = [
  ...figures,
  ...Object.entries(playgrounds).flatMap(([name, one]) =>
    one
      .figures(initialValues(one), one.starts?.initial ?? [])
      .map((figure) => ({ ...figure, name: `${name}-${figure.name}` })),
  ),
];

/** A digest of each figure's picture. */
async function drawn(): Promise<Record<string, string>> {
  const printed = await outputOf(
    `import { json } from 'node:stream/consumers';
     import { pictureOf } from './scripts/picture.mjs';
     const words = ['Infinity', '-Infinity', 'NaN'];
     const numbers = (value) => typeof value === 'string' && words.includes(value) ? Number(value)
       : Array.isArray(value) ? value.map(numbers)
       : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, numbers(one)])) : value;
     console.log(JSON.stringify((await json(process.stdin)).map((figure) => pictureOf(numbers(figure)))));`,
    { input: JSON.stringify(all, withWords) },
  );
  const svgs: string[] = JSON.parse(printed);
  return Object.fromEntries(
    all.map(({ name }, i) => [name, createHash('sha256').update(svgs[i]!).digest('hex').slice(0, 12)]),
  );
}

let found: Record<string, string>;
let expected: Record<string, string>;
beforeAll(async () => {
  found = await drawn();
  if (process.env.GLISSADE_WRITE_GOLDEN) fs.writeFileSync(golden, `${JSON.stringify(found, undefined, 2)}\n`);
  expected = JSON.parse(fs.readFileSync(golden, 'utf8'));
});

test.each(all.map(({ name }) => name))('the picture of %s equals the recorded one', (name) => {
  expect(found[name]).toBe(expected[name]);
});
