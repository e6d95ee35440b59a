// Tests that the places named by walk-throughs exist. walkthroughs.long.ts follows them.
import fs from 'node:fs';
import path from 'node:path';
import { blocksOf, pages, readPage, root, withBlock } from './walkthrough';

test.each(pages)('docs/%s.md names new files, and lines that occur once', (name) => {
  const texts = new Map<string, string>();
  for (const block of blocksOf(readPage(name))) {
    const file = path.join(root, block.file);
    const text = texts.get(file) ?? (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined);
    texts.set(file, withBlock(text, block));
  }
  expect(texts.size).toBeGreaterThan(5);
});

describe('parsing a made-up page', () => {
  const fence = '`'.repeat(3);
  const page = [
    '`a.h`, a new file:',
    '',
    `${fence}cpp`,
    'int a;',
    fence,
    '',
    '`b.ts`, after `x,`:',
    '',
    `${fence}ts`,
    '  y,',
    fence,
  ];

  test('reads blocks with the text above them', () => {
    expect(blocksOf(page.join('\n'))).toEqual([
      { file: 'a.h', code: 'int a;' },
      { file: 'b.ts', after: 'x,', code: '  y,' },
    ]);
  });

  test('refuses a block without a place', () => {
    expect(() => blocksOf(page.slice(2).join('\n'))).toThrow('does not say where it goes');
  });

  test('inserts blocks after their line', () => {
    expect(withBlock('[\n  x,\n]\n', { file: 'b.ts', after: 'x,', code: '  y,' })).toBe('[\n  x,\n  y,\n]\n');
    expect(withBlock(undefined, { file: 'a.h', code: 'int a;' })).toBe('int a;\n');
  });

  test.each([
    [undefined, { file: 'b.ts', after: 'x,', code: 'y,' }, 'b.ts has 0 lines "x,"'],
    ['x,\nx,', { file: 'b.ts', after: 'x,', code: 'y,' }, 'b.ts has 2 lines "x,"'],
    ['', { file: 'a.h', code: '' }, 'a.h is not new'],
  ])('refuses a place that does not occur once, in %j', (text, block, message) => {
    expect(() => withBlock(text, block)).toThrow(message);
  });
});
