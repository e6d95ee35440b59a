// Figures and sentences of playgrounds, as last reviewed by a person. After an intended change:
//   GLISSADE_WRITE_GOLDEN=yes npx jest test/lab/playgrounds/figures
import fs from 'node:fs';
import path from 'node:path';
import { type PlaygroundName, playgrounds } from '../../../lib/lab/playgrounds';
import { initialValues, type Values } from '../../../lib/lab/playgrounds/playground';
import type { Point } from '../../../lib/pages/figure';
import { digestOf } from '../../support/pictures';

const golden = path.join(__dirname, '../../golden/playgrounds.json');
const names = Object.keys(playgrounds) as PlaygroundName[];

/** The initial values, and each control at both ends and in between. */
function settingsOf(name: PlaygroundName): [string, Values<string>][] {
  const initial = initialValues(playgrounds[name]);
  return [
    ['at first', initial],
    ...Object.entries(playgrounds[name].controls).flatMap(([control, { least, most }]) =>
      [least, least + (most - least) / 3, most].map((value): [string, Values<string>] => [
        `${control} ${Number(value.toPrecision(4))}`,
        { ...initial, [control]: value },
      ]),
    ),
  ];
}

function shownBy(name: PlaygroundName) {
  const { figures, findings, starts, used, presets } = playgrounds[name];
  const given: readonly Point[] = starts?.initial ?? [];
  return Object.fromEntries(
    settingsOf(name).map(([what, values]) => [
      what,
      {
        ...Object.fromEntries(figures(values, given).map((figure) => [figure.name, digestOf(figure)])),
        findings: findings(values, given),
        ...(used && { used: used(values).join(' ') }),
        ...(presets && { presets: digestOf(presets.map((one) => [one.label, one.values(values)])) }),
      },
    ]),
  );
}

const shown = Object.fromEntries(names.map((name) => [name, shownBy(name)]));
if (process.env.GLISSADE_WRITE_GOLDEN) fs.writeFileSync(golden, `${JSON.stringify(shown, undefined, 2)}\n`);
const expected = JSON.parse(fs.readFileSync(golden, 'utf8'));

test.each(names)('%s has the recorded figures', (name) => {
  expect(shown[name]).toEqual(expected[name]);
});
