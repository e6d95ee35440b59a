import { release } from '../../lib/numbers/memory';

test('a released array has no memory, unless it is a part of a buffer', () => {
  const whole = new Float64Array(1000);
  release(whole);
  expect([whole.length, whole.buffer.byteLength]).toEqual([0, 0]);
  release(whole);
  const part = new Float64Array(1000).subarray(1);
  release(part);
  expect(part.length).toBe(999);
});
