import { axisRange } from '../../lib/pages/axes';

const ticks = (low: number, high: number, count: number) =>
  axisRange({ marks: [], x: { scale: 'log', domain: [low, high] }, y: {} }, 'x', count).ticks;

describe('the ticks of a logarithmic axis', () => {
  test('are powers of ten, no more than fit', () => {
    expect(ticks(1, 1e4, 5)).toEqual([1, 10, 100, 1000, 10_000]);
    expect(ticks(1, 1e4, 4)).toEqual([1, 100, 10_000]);
  });

  test('are also between powers of ten if those are few', () => {
    expect(ticks(120, 17_000, 6)).toEqual([200, 500, 1000, 2000, 5000, 10_000]);
    expect(ticks(120, 17_000, 4)).toEqual([300, 1000, 3000, 10_000]);
  });
});
