import { treesLines } from '../../../lib/cli/tables/trees_text';

const report = (kinds: Record<string, 'number' | 'text' | 'category'>, leftOut: string[] = []) => ({
  kinds,
  leftOut,
  target: 'y',
});

test('a report says for which tables boosted trees are better', () => {
  const [line] = treesLines(report({ a: 'number', note: 'text', y: 'number' }));
  expect(line).toContain('smaller errors on one, by 4 %');
});

test('and does not if texts alone are read', () => {
  expect(treesLines(report({ note: 'text', y: 'category' }))).toEqual([]);
  expect(treesLines(report({ a: 'number', note: 'text', y: 'category' }, ['a']))).toEqual([]);
});
