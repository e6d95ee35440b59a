import fs from 'node:fs';
import path from 'node:path';
import {
  faultsIn,
  filesOf,
  foreignImports,
  groundFloor,
  listedRooms,
  picturedRooms,
  pictureFaults,
  upperFloor,
} from './support/rooms';

const root = path.join(__dirname, '..');
const document = fs.readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');

describe.each([upperFloor, groundFloor])('the rooms of $name', (floor) => {
  const files = filesOf(floor, root);
  const rooms = listedRooms(document, floor.name);

  test('have files, and arrows that go down the list of docs/architecture.md', () => {
    expect(faultsIn(rooms, files)).toEqual([]);
  });

  test('are in the picture of docs/architecture.md, with their arrows', () => {
    expect(pictureFaults(rooms, picturedRooms(document, floor.name), files)).toEqual([]);
  });
});

describe('the laboratory', () => {
  const { exports } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  /** The files behind `glissade`, `glissade/tables`, …. */
  const entries = Object.values<{ require?: { default: string } }>(exports).flatMap(
    (entry) => entry.require?.default.replace('./dist/cjs/', '').replace('.js', '') ?? [],
  );
  /** ml-matrix, which everybody can install: the build bundles the package into this file. */
  const packages = ['numbers/matrices'];
  /**
   * Wording of refusals, drawing of pages and reading of requests: the laboratory shares these with tables and
   * commands.
   */
  const shared = ['checks', 'errors', 'packages', 'pages', 'http'];
  /** The frame of the experiments: their runs, pages and server, and additional exports for people. */
  const isAround = (file: string) => /^lab\/([^/]+\.ts$|(client|in_page|problems|race|serve|watch)\/)/.test(file);
  const allowances = [
    { isFor: isAround, allowed: [...entries, ...packages, ...shared] },
    { isFor: () => true, allowed: [...entries, ...packages] },
  ];

  test('imports only public names in its experiments, and little else around them', () => {
    expect(entries).toContain('tables/index');
    expect(foreignImports('lab', allowances, filesOf(upperFloor, root))).toEqual([]);
  });

  test('with made-up files that import others is reported', () => {
    const names = ['index.ts', 'tables/index.ts', 'tables/open.ts', 'checks/ranges.ts', 'lab/slope.ts'];
    const files = new Map(['lab/sgd/coin.ts', 'lab/run.ts', 'tables/open.ts'].map((file) => [file, names]));
    expect(foreignImports('lab', allowances, files)).toEqual([
      "lab/sgd/coin.ts → tables/open.ts: people can't import it",
      "lab/sgd/coin.ts → checks/ranges.ts: people can't import it",
      "lab/run.ts → tables/open.ts: people can't import it",
    ]);
  });
});

describe('of made-up rooms', () => {
  const rooms = ['cellar', 'hall', 'attic'];
  const files = (changed: Record<string, string[]> = {}) =>
    new Map(
      Object.entries({
        'cellar.h': [],
        'hall/door.h': ['cellar.h'],
        'hall/stairs/step.h': ['hall/door.h'],
        'attic/window.h': ['hall/stairs/step.h', 'cellar.h'],
        ...changed,
      }),
    );

  test('are accepted if they are in order', () => {
    expect(faultsIn(rooms, files())).toEqual([]);
  });

  test.each<[string, Record<string, string[]>, string[]]>([
    [
      'an arrow up, with the cycle that it makes',
      { 'hall/lamp.h': ['attic/beam.h'], 'attic/beam.h': [] },
      [
        'hall/lamp.h → attic/beam.h: "attic" is above "hall" in the list, and arrows go down only',
        'a circle of folders: hall → attic → hall',
      ],
    ],
    [
      'an arrow up without a circle',
      { 'attic/window.h': [], 'cellar.h': ['attic/window.h'] },
      ['cellar.h → attic/window.h: "attic" is above "cellar" in the list, and arrows go down only'],
    ],
    ['a room that is not listed', { 'shed/rake.h': [] }, ['shed/rake.h: no room "shed" is listed']],
    [
      'a name without a file',
      { 'attic/beam.h': ['roof.h'] },
      ['attic/beam.h → roof.h: there is no such file on this floor'],
    ],
    [
      'a circle of files',
      { 'hall/door.h': ['hall/key.h'], 'hall/key.h': ['hall/lock.h'], 'hall/lock.h': ['hall/door.h'] },
      ['a circle of files: hall/door.h → hall/key.h → hall/lock.h → hall/door.h'],
    ],
    ['a file that includes itself', { 'cellar.h': ['cellar.h'] }, ['a circle of files: cellar.h → cellar.h']],
    [
      'a cycle of a folder and a file beside it',
      { 'hall/stairs/rail.h': [], 'hall/door.h': ['hall/stairs/rail.h'] },
      ['a circle of folders: hall/door.h → hall/stairs → hall/door.h'],
    ],
  ])('%s is found', (_, changed, faults) => {
    expect(faultsIn(rooms, files(changed))).toEqual(faults);
  });

  test('reports a room that is listed without files, or twice', () => {
    expect(faultsIn(['cellar', 'pantry', 'hall', 'attic', 'hall'], files())).toEqual([
      'the room "pantry" is listed, but has no files',
      'the room "hall" is listed twice',
    ]);
  });

  const drawn = (...arrows: string[]) =>
    picturedRooms(['```mermaid', '---', 'title: house', '---', 'flowchart TB', ...arrows, '```'].join('\n'), 'house');

  test('a picture has each room, and the arrows that do not follow from others', () => {
    expect(pictureFaults(rooms, drawn('  attic --> hall --> cellar'), files())).toEqual([]);
    expect(pictureFaults(rooms, drawn('  attic --> hall & shed'), files())).toEqual([
      'the picture lacks the room "cellar"',
      'the picture has a room "shed"',
      'the picture lacks the arrow hall --> cellar',
      'the picture has the arrow attic --> shed, which stands for no import, or follows from others',
    ]);
    expect(pictureFaults(rooms, drawn('  attic --> hall & cellar', '  hall --> cellar'), files())).toEqual([
      'the picture has the arrow attic --> cellar, which stands for no import, or follows from others',
    ]);
  });

  test('a list is a block of text with lines that begin with the rooms', () => {
    const list = ['```text', 'house, lowest first', 'cellar  wine', 'hall', '', 'attic   beams', '```'].join('\n');
    expect(listedRooms(list, 'house')).toEqual(rooms);
    expect(() => listedRooms(list, 'garden')).toThrow('garden, lowest first');
  });
});

test('reads all forms of import, but not comments and strings', () => {
  const text = `
    import a from './a.js';
    import type { B } from './b.js';
    import './c.js';
    import d = require('./d.cjs');
    export * from './e.js';
    export type * as f from './f.js';
    export { g } from './g.js';
    const h = await import('./h.js');
    let i: import('./i.js').I;
    import fs from 'node:fs'; // import './j.js'
    const text = "import './k.js'";`;
  expect(upperFloor.namesIn('file.ts', text)).toEqual(
    'abcdefghi'.split('').map((x) => `./${x}.${x === 'd' ? 'c' : ''}js`),
  );
});

test('reads all forms of include', () => {
  const text = '#include "arch/real.h"\n#include <vector>\n  #  include "lamp.h"  // "no.h"\n// #include "no.h"\n';
  expect(groundFloor.namesIn('file.h', text)).toEqual(['arch/real.h', 'lamp.h']);
});
