import fs from 'node:fs';
import path from 'node:path';
import { treesLines } from '../../../lib/cli/tables/trees_text';

const report = (kinds: Record<string, 'number' | 'text' | 'category'>, leftOut: string[] = []) => ({
  kinds,
  leftOut,
  target: 'y',
});

test('a report says what the table of the benchmark in the docs shows', () => {
  const page = fs.readFileSync(path.join(__dirname, '../../../docs/performance.md'), 'utf8');
  const count = (verdict: string) =>
    page.match(new RegExp(`^\\|.* % ± [\\d.]+ +\\| ${verdict} +\\|`, 'gm'))?.length ?? 0;
  const words = [
    'none',
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
  ];
  const [line] = treesLines(report({ a: 'number', note: 'text', y: 'number' }));
  const [wins, ties, losses] = ['win', 'tie', 'loss'].map(count) as [number, number, number];
  expect(line).toContain(`Of ${wins + ties + losses} tables`);
  expect(line).toContain(
    `greater errors on ${words[wins]}, about equal ones on ${words[ties]}, and less on ${words[losses]} (made prices of houses), by 1.3 %`,
  );
  expect(page).toMatch(/^\| california-like .*\| −1\.3 % ± .*\| loss/m);
  expect(page).toMatch(/^\| movies .*\| −1\.1 % ± /m);
  expect(line).toContain('by 1 % for films');
});

test('and does not if texts alone are read', () => {
  expect(treesLines(report({ note: 'text', y: 'category' }))).toEqual([]);
  expect(treesLines(report({ a: 'number', note: 'text', y: 'category' }, ['a']))).toEqual([]);
});
