import { Matrix } from 'ml-matrix';
import { crossing, descend } from '../../../lib/lab/linear_networks/descent';
import { layered, matricesOf, matrix, setMatrices } from '../../../lib/lab/linear_networks/layers';
import { stableRate } from '../../../lib/lab/linear_networks/stable_rate';
import { Trial } from '../../../lib/lab/trial';
import { Random } from '../../../lib/numbers/random';

const random = new Random(2);
const normals = (rows: number, columns: number) => matrix(rows, columns, random.normals(rows * columns));
const trial = new Trial();

describe('descent on orthogonal items', () => {
  const correlation = normals(5, 4);
  const start = [normals(3, 4), normals(5, 3)] as const;
  const fresh = () => {
    const model = layered([4, 3, 5]);
    setMatrices(model, start);
    return model;
  };

  test('takes the steps of the paper, ΔW²¹ = λW³²ᵀ(Σ³¹ − W³²W²¹) and ΔW³² = λ(Σ³¹ − W³²W²¹)W²¹ᵀ', async () => {
    const model = fresh();
    let [w21, w32] = start as readonly [Matrix, Matrix];
    const rate = 0.01;
    for (let step = 0; step < 3; ++step) {
      const rest = Matrix.sub(correlation, w32.mmul(w21));
      const moved = Matrix.add(w21, w32.transpose().mmul(rest).mul(rate));
      w32 = Matrix.add(w32, rest.mmul(w21.transpose()).mul(rate));
      w21 = moved;
    }
    await descend(model, correlation, { rate, steps: 3, looks: 1, trial }, () => []);
    const found = matricesOf(model);
    expect(Matrix.sub(found[0]!, w21).abs().max()).toBeLessThan(1e-13);
    expect(Matrix.sub(found[1]!, w32).abs().max()).toBeLessThan(1e-13);
  });

  test('records Σ³¹ of the network at its start and at regular steps', async () => {
    const first = start[1].mmul(start[0]);
    const { steps, seen } = await descend(fresh(), correlation, { rate: 0.001, steps: 10, looks: 5, trial }, (map) => [
      map.get(4, 1),
    ]);
    expect(steps).toEqual([0, 2, 4, 6, 8, 10]);
    expect(seen.length).toBe(6);
    expect(seen[0]![0]).toBeCloseTo(first.get(4, 1), 12);
  });

  test('ends with NaN if it diverges', async () => {
    const { steps, seen } = await descend(
      fresh(),
      correlation,
      { rate: 10, steps: 1000, looks: 1000, trial },
      (map) => [map.get(0, 0)],
    );
    expect(steps.length).toBeLessThan(100);
    expect(seen.at(-1)).toEqual([NaN]);
  });
});

test('a curve crosses a level between two points, or never', () => {
  const descent = { steps: [0, 10, 20, 30], seen: [[0], [1], [3], [2]] };
  expect(crossing(descent, 0, 2)).toBe(15);
  expect(crossing(descent, 0, 1)).toBe(10);
  expect(crossing(descent, 0, 4)).toBeNaN();
});

test('the largest stable rate of one weight is 2 over the curvature', async () => {
  const beside = {
    model: layered([1, 1]),
    correlation: new Matrix([[3]]),
    layers: [new Matrix([[3.1]])],
    distance: (map: Matrix) => Math.abs(map.get(0, 0) - 3),
  };
  expect(Math.abs((await stableRate(beside, [0.1, 40])) / 2 - 1)).toBeLessThan(0.004);
});
