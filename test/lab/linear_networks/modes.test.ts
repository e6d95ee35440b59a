import { Matrix } from 'ml-matrix';
import { layered, matricesOf, matrix, orthogonalItems, setMatrices } from '../../../lib/lab/linear_networks/layers';
import { ModeVectors } from '../../../lib/lab/linear_networks/mode_vectors';
import { completed, modesOf, someOf, strengthsIn } from '../../../lib/lab/linear_networks/modes';
import { treeFeatures } from '../../../lib/lab/linear_networks/tree';
import { rotation } from '../../../lib/lab/rotation';
import { Random } from '../../../lib/numbers/random';

const distance = (a: Matrix, b: Matrix) => Matrix.sub(a, b).abs().max();
const random = new Random(1);
const normals = (rows: number, columns: number) => matrix(rows, columns, random.normals(rows * columns));
const product = (...factors: Matrix[]) => factors.reduce((a, b) => a.mmul(b));
const shapes = [
  [5, 3],
  [3, 5],
  [4, 4],
] as const;

describe.each(shapes)('modes of a map from %d to %d numbers', (rows, columns) => {
  const map = normals(rows, columns);
  const modes = modesOf(map);
  const { u, strengths, v } = modes;

  test('compose it, the strongest first', () => {
    expect(distance(product(u, Matrix.diag([...strengths]), v.transpose()), map)).toBeLessThan(1e-13);
    expect([...strengths].sort((a, b) => b - a)).toEqual(strengths);
    for (const [r, strength] of strengthsIn(map, modes).entries()) expect(strength).toBeCloseTo(strengths[r]!, 12);
  });

  test('are completed to an orthonormal basis', () => {
    for (const axes of [u, v]) {
      const all = completed(axes, random);
      expect(distance(all.transpose().mmul(all), Matrix.eye(axes.rows))).toBeLessThan(1e-13);
      expect(distance(all.subMatrix(0, axes.rows - 1, 0, axes.columns - 1), axes)).toBe(0);
    }
  });

  test('cooperate and compete as matrices do', () => {
    const [q, w] = [normals(rows, 6), normals(6, columns)];
    const rest = q.mmul(w).sub(Matrix.diag([...strengths], rows, columns));
    const vectors = new ModeVectors({ q, w }, strengths);
    expect(vectors.cooperation() + vectors.competition()).toBeCloseTo(rest.norm() ** 2, 10);
    expect(vectors.cooperation()).toBeCloseTo(
      rest.diagonal().reduce((sum, value) => sum + value ** 2, 0),
      10,
    );
    const gradient = vectors.halfGradient();
    expect(distance(gradient.q, rest.mmul(w.transpose()))).toBeLessThan(1e-12);
    expect(distance(gradient.w, q.transpose().mmul(rest))).toBeLessThan(1e-12);
    expect(vectors.cosine(1, 0)).toBeCloseTo(
      vectors.product(1, 0) / (q.getRowVector(1).norm() * w.getColumnVector(0).norm()),
      12,
    );
  });
});

test('modes of strength 0 are omitted', () => {
  const map = normals(5, 2).mmul(normals(2, 4));
  expect(modesOf(map).strengths.length).toBe(2);
});

test('some modes are the requested ones', () => {
  const modes = modesOf(normals(5, 4));
  const some = someOf(modes, [0, 3]);
  expect(some.strengths).toEqual([modes.strengths[0], modes.strengths[3]]);
  expect(some.u.getColumn(1)).toEqual(modes.u.getColumn(3));
  expect(some.v.getColumn(1)).toEqual(modes.v.getColumn(3));
});

test('a rotation keeps lengths and angles', () => {
  const turn = rotation(6, random);
  expect(distance(turn.mmul(turn.transpose()), Matrix.eye(6))).toBeLessThan(1e-13);
});

describe('layers', () => {
  const matrices = [normals(4, 3), normals(2, 4), normals(5, 2)];
  const model = layered([3, 4, 2, 5]);
  setMatrices(model, matrices);

  test('are matrices that map in sequence', () => {
    const x = normals(3, 1);
    const [w1, w2, w3] = matrices as [Matrix, Matrix, Matrix];
    const outputs = model.predict(Float64Array.from(x.to1DArray()));
    expect(distance(matrix(5, 1, outputs), product(w3, w2, w1, x))).toBeLessThan(1e-13);
  });

  test('are read exactly as written', () => {
    expect(matricesOf(model).map((one) => one.to2DArray())).toEqual(matrices.map((one) => one.to2DArray()));
    const doubled = matricesOf(
      model,
      model.parameters.map((value) => 2 * value),
    );
    expect(doubled[1]!.to2DArray()).toEqual(Matrix.mul(matrices[1]!, 2).to2DArray());
  });

  test('have their activation between them only', () => {
    const tanh = layered([3, 4, 5], 'tanh');
    setMatrices(tanh, [matrices[0]!, normals(5, 4).mul(100)]);
    const [w, q] = matricesOf(tanh) as [Matrix, Matrix];
    const x = normals(3, 1);
    const hidden = w.mmul(x).to1DArray().map(Math.tanh);
    expect(
      distance(matrix(5, 1, tanh.predict(Float64Array.from(x.to1DArray()))), q.mmul(Matrix.columnVector(hidden))),
    ).toBeLessThan(1e-10);
  });
});

test('orthogonal items have the given correlation', () => {
  const correlation = normals(5, 3);
  const { inputs, targets } = orthogonalItems(correlation);
  const [x, y] = [matrix(3, 3, inputs), matrix(3, 5, targets)];
  expect(distance(x.transpose().mmul(x), Matrix.eye(3))).toBe(0);
  expect(distance(y.transpose().mmul(x), correlation)).toBe(0);
});

describe('features on a tree', () => {
  test('are signs, shared by all items if nothing flips', () => {
    const same = treeFeatures({ levels: 3, features: 20, flip: 0 }, random);
    for (const row of same.to2DArray()) expect(new Set(row).size).toBe(1);
    expect([same.rows, same.columns]).toEqual([20, 8]);
    expect(new Set(same.getColumn(0))).toEqual(new Set([-1, 1]));
  });

  test('are more similar for items that part later: E[y_i y_j] = (1 − 2p)^{2·levels since}', () => {
    const features = 40_000;
    const tree = treeFeatures({ levels: 3, features, flip: 0.1 }, random);
    const alike = (i: number, j: number) => tree.getColumnVector(i).dot(tree.getColumnVector(j)) / features;
    for (const [other, since] of [
      [1, 1],
      [2, 2],
      [3, 2],
      [4, 3],
      [7, 3],
    ] as const)
      expect(Math.abs(alike(0, other) - 0.8 ** (2 * since))).toBeLessThan(5 / Math.sqrt(features)); // 5 std. deviations
  });
});
