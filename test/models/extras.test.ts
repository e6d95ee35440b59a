import { defineExtra, extrasOf, restoreExtras } from '../../lib/models/extras';
import { expectRefusal } from '../support/refusals';

test('a model keeps its extras if any one in a file does not fit', () => {
  const kept: Record<string, unknown> = { first: 1, second: 2 };
  for (const name of ['first', 'second'])
    defineExtra(name, {
      toJSON: () => kept[name],
      from(_, json) {
        if (json === 'bad') throw new Error('no');
        kept[name] = json;
      },
    });
  const model = {};
  restoreExtras(model, { first: 3, second: 4 });
  expect(extrasOf(model)).toEqual({ first: 3, second: 4 });
  for (const bad of [
    { first: 5, second: 'bad' },
    { first: 'bad', second: 6 },
  ])
    expectRefusal(() => restoreExtras(model, bad), 'ERR_CORRUPT_FILE', "the extras of the file don't fit: no");
  expect(extrasOf(model)).toEqual({ first: 3, second: 4 });
});
