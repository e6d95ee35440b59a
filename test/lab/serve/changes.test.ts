import { Changes } from '../../../lib/lab/serve/changes';
import type { Figure } from '../../../lib/pages/figure';

const figure = (name: string, caption: string): Figure => ({
  name,
  title: name,
  caption,
  x: { label: 'x' },
  y: { label: 'y' },
  marks: [],
});

test('changes name all figures, and contain the new and changed ones', () => {
  const changes = new Changes(7);
  const since = (...figures: Figure[]) => {
    const { run, names, figures: sent } = JSON.parse(changes.since({ figures, checks: [], findings: [] }));
    return { run, names, sent };
  };
  const [a, b, other] = [figure('a', 'first'), figure('b', 'first'), figure('b', 'second')];
  expect(since(a)).toEqual({ run: 7, names: ['a'], sent: [a] });
  expect(since(a, b)).toEqual({ run: 7, names: ['a', 'b'], sent: [b] });
  expect(since(a, other)).toEqual({ run: 7, names: ['a', 'b'], sent: [other] });
  expect(since(a, other)).toEqual({ run: 7, names: ['a', 'b'], sent: [] });
});
