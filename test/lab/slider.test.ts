import { experiments } from '../../lib/lab/experiments';
import { positionOf, valueAt } from '../../lib/lab/slider';

const settings = experiments.flatMap(({ name, settings }) =>
  Object.entries(settings).map(([key, setting]) => [`${name}.${key}`, setting] as const),
);

describe.each(settings)('the slider of %s', (_, setting) => {
  const { least, most, values, full, small, range } = setting;
  const positions = Array.from({ length: 101 }, (_, i) => i / 100);

  test('goes from the least to the greatest allowed value', () => {
    expect([valueAt(setting, 0), valueAt(setting, 1)]).toEqual([least, most]);
    expect([positionOf(setting, least), positionOf(setting, most)]).toEqual([0, 1]);
    const step = values === 'real' ? 1e-9 * Math.abs(least) : 1;
    if (step > 0) expect([least - step, most + step * (most / (least || 1))].filter(range.allows)).toEqual([]);
  });

  test('gives allowed values only, in order', () => {
    const given = positions.map((position) => valueAt(setting, position));
    expect(given.filter((value) => !range.allows(value))).toEqual([]);
    expect(given).toEqual([...given].sort((a, b) => a - b));
  });

  test('is at its value', () => {
    for (const value of [full, small]) expect(valueAt(setting, positionOf(setting, value))).toBe(value);
  });
});

test('a wide range is logarithmic, and one that begins at 0 is linear', () => {
  const [rate, seed, batch] = ['single-layer.learningRate', 'single-layer.seed', 'sgd.largestBatch'].map(
    (name) => settings.find(([one]) => one === name)![1],
  );
  expect(valueAt(rate!, 0.5)).toBe(0.01); // from 0.0001 to 1
  expect(valueAt(seed!, 0.5)).toBe(500_000);
  expect(valueAt(batch!, 0.55)).toBe(256); // from 8 to 4096
});
