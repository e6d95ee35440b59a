import { treesLines } from '../../../lib/cli/tables/trees_text';

const report = (kinds: Record<string, 'number' | 'text' | 'category'>, leftOut: string[] = []) => ({
  kinds,
  leftOut,
  target: 'y',
});

test('a report says for which tables boosted trees are better', () => {
  const [line] = treesLines(report({ a: 'number', note: 'text', y: 'number' }));
  expect(line).toContain('better for tables with many gaps and rare names: by 1 %');
});

test('and does not if texts alone are read', () => {
  expect(treesLines(report({ note: 'text', y: 'category' }))).toEqual([]);
  expect(treesLines(report({ a: 'number', note: 'text', y: 'category' }, ['a']))).toEqual([]);
});
