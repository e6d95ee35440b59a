import { followingClasses, lastNumbers } from '../../../lib/tables/train/persistence';

const floats = (...values: number[]) => Float64Array.from(values);

describe('persistence', () => {
  const all = { times: floats(3, 1, 2, 2, 5), truths: floats(30, 10, 20, 24, 50) };

  test('predicts the last earlier number, the mean of the rows of its time', () => {
    expect(lastNumbers(all, floats(1, 2, 3, 4, 5, 9), 0, -1)).toEqual(floats(-1, 10, 22, 30, 30, 50));
  });

  test('knows only numbers that are earlier by the gap', () => {
    expect(lastNumbers(all, floats(3, 4, 5, 7), 2, -1)).toEqual(floats(10, 22, 30, 50));
  });

  test('predicts how often each class followed the last one', () => {
    // In training, a is followed by a, a, b; b by a.
    const training = { times: floats(0, 1, 2, 3, 4), truths: floats(0, 0, 0, 1, 0) };
    const shares = floats(0.8, 0.2);
    const later = { times: floats(...training.times, 5, 6), truths: floats(...training.truths, 1, 0) };
    const predicted = followingClasses(later, training, floats(5, 6, -1), 0, shares);
    const [afterA, afterB] = [(2 + 0.8) / 4, (1 + 0.8) / 2];
    expect(predicted[0]).toBeCloseTo(afterA, 12);
    expect(predicted[2]).toBeCloseTo(afterB, 12);
    for (const row of [0, 1, 2]) expect(predicted[2 * row]! + predicted[2 * row + 1]!).toBeCloseTo(1, 12);
    expect(predicted[4]).toBeCloseTo(0.8 * afterA + 0.2 * afterB, 12); // nothing is earlier
  });
});
