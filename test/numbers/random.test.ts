import { Random } from '../../lib/numbers/random';

const many = 100_000;
const mean = (values: Iterable<number>) => {
  const list = [...values];
  return list.reduce((sum, x) => sum + x, 0) / list.length;
};

describe('Random', () => {
  test('draws the same numbers for the same seed, and others for another', () => {
    const draw = (seed: number) => [...new Random(seed).normals(5)];
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('draws uniform numbers in [0, 1), evenly over tenths', () => {
    const random = new Random(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < many; ++i) counts[Math.floor(10 * random.uniform())]! += 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - many / 10) ** 2 / (many / 10), 0);
    expect(chiSquared).toBeLessThan(27.9); // 9 degrees of freedom, 99.9 %
  });

  test('draws normal numbers with the moments 0, 1, 0 and 3', () => {
    const values = new Random(2).normals(many);
    for (const [power, expected] of [0, 1, 0, 3].entries())
      expect(Math.abs(mean(values.map((x) => x ** (power + 1))) - expected)).toBeLessThan(0.1);
  });

  test('permutes', () => {
    const order = new Random(3).permutation(100);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...order.slice(0, 5)]).not.toEqual([0, 1, 2, 3, 4]);
    const firsts = Array.from({ length: 6000 }, (_, seed) => new Random(seed).permutation(3).join(''));
    for (const each of new Set(firsts)) expect(firsts.filter((one) => one === each).length).toBeGreaterThan(850);
    expect(new Set(firsts).size).toBe(6);
  });
});
