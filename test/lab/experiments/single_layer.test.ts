import { singleLayer } from '../../../lib/lab/experiments/single_layer';
import { reportOf } from '../../../lib/lab/run';
import type { Dots, Figure, Line } from '../../../lib/pages/figure';

describe('whitening', () => {
  let figures: readonly Figure[];
  beforeAll(async () => {
    ({ figures } = await reportOf(singleLayer, { size: 'small' }));
  });
  const marksOf = (name: string) => figures.find((figure) => figure.name === name)!.marks;
  const endOf = (figure: string, axis: string) => {
    const [x, y] = (marksOf(figure).find((mark) => 'name' in mark && mark.name === axis) as Line).points[1]!;
    return { length: Math.hypot(x, y), angle: Math.atan2(y, x) };
  };

  test.each(['first principal axis', 'second principal axis'])(
    'stretches the %s to length two, which ZCA keeps in place and PCA turns onto a coordinate axis',
    (axis) => {
      const [before, zca, pca] = ['before', 'zca', 'pca'].map((name) => endOf(`scatter-${name}`, axis));
      for (const { length } of [zca!, pca!]) expect(length).toBeCloseTo(2, 10);
      expect(zca!.angle).toBeCloseTo(before!.angle, 10);
      expect(Math.abs(Math.cos(pca!.angle))).toBeCloseTo(axis.startsWith('first') ? 1 : 0, 10);
    },
  );

  test('by PCA is a rotation of that by ZCA', () => {
    const marks = marksOf('nearest');
    const [angle, distance] = (marks.find((mark) => 'name' in mark && mark.name === 'PCA') as Dots).points[0]!;
    const curve = (marks[0] as Line).points;
    const nearest = curve.reduce((a, b) => (Math.abs(b[0] - angle) < Math.abs(a[0] - angle) ? b : a));
    expect(Math.abs(nearest[0] - angle)).toBeLessThanOrEqual(1);
    expect(Math.abs(nearest[1] - distance)).toBeLessThan(0.1);
  });
});
