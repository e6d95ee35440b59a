import { IdempotencyKeys } from '../../../lib/tables/serving/idempotency_keys';

const refused = (code: string) => expect.objectContaining({ code });

test('requests under way do not push out remembered replies', () => {
  const keys = new IdempotencyKeys(1, undefined);
  expect([keys.begin('a', 'of a'), keys.begin('b', 'of b'), keys.begin('c', 'of c')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  keys.keep('a', 'reply to a');
  expect(keys.begin('a', 'of a')).toBe('reply to a');
  expect(() => keys.begin('a', 'other')).toThrow(refused('ERR_KEY_REUSED'));
  expect(() => keys.begin('b', 'of b')).toThrow(refused('ERR_IN_PROGRESS'));
  keys.forget('c');
  expect([keys.size, keys.toJSON()]).toEqual([2, [['a', 'of a', 'reply to a']]]);
  keys.keep('b', 'reply to b');
  expect(keys.toJSON()).toEqual([['b', 'of b', 'reply to b']]);
  expect(keys.begin('a', 'of a')).toBeUndefined();
});
