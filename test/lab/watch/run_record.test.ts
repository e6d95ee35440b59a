import { RunRecord } from '../../../lib/lab/watch/run_record';
import type { Line } from '../../../lib/pages/figure';
import { range } from '../../support/numbers';

const lossOf = (count: number) => {
  const record = new RunRecord();
  for (const i of range(count))
    record.epochs.push({
      epoch: i + 1,
      steps: 10 * (i + 1),
      loss: 1 / (i + 1),
      learningRate: 0.1,
      seconds: 1,
      examplesPerSecond: 100,
    });
  return (record.outcome.figures[0]!.marks[0] as Line).points;
};

test('a short run is drawn with all of its epochs', () => {
  expect(lossOf(500)).toEqual(range(500).map((i) => [10 * (i + 1), 1 / (i + 1)]));
});

test.each([501, 1000, 1500, 20_000, 123_457])(
  'of %i epochs at most 502 are drawn, evenly spaced, and the last',
  (count) => {
    const points = lossOf(count);
    expect(points.length).toBeLessThanOrEqual(502);
    expect(points.length).toBeGreaterThan(240);
    expect(points.at(-1)).toEqual([10 * count, 1 / count]);
    const gaps = new Set(points.slice(1, -1).map(([x], i) => x - points[i]![0]));
    expect(gaps.size).toBe(1);
  },
);
