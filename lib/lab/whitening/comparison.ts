import { Matrix } from '../../numbers/matrices.js';
import type { Figure, Line, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import {
  moment,
  onlyStandardized,
  planeRotation,
  turnedAside,
  type Whitened,
  type Whitenings,
  whiteningCounterModels,
  whitenings,
  zcaForBoth,
} from './whitenings.js';

/** Measured flowers. */
export interface Flowers {
  /** A row for each flower. */
  readonly table: Matrix;
  /** The class of each row, from 0. */
  readonly classes: Uint8Array;
}

const kinds = ['Iris setosa', 'Iris versicolor', 'Iris virginica'];
/** The columns that are drawn: lengths of sepal and petal. */
const drawn = [0, 2];

/** E‖z − x‖². */
const distance = (z: Matrix, x: Matrix): number => Matrix.sub(z, x).pow(2).sum() / x.rows;

/** The largest modulus of a matrix's elements. */
const largest = (matrix: Matrix): number => Matrix.abs(matrix).max();

/** Compares ZCA and PCA whitening of the irises: in four dimensions by numbers, in two by pictures. */
export const compareWhitenings = part(whiteningCounterModels, ({ table, classes }: Flowers, trial) => {
  const { centred, zca, pca, variances, axes } = whitenings(table, trial);
  const plane = whitenings(table.subMatrixColumn(drawn), trial);
  const scan = distancesByAngle(plane);
  const [nearest] = scan.reduce((best, point) => (point[1] < best[1] ? point : best));
  const identity = Matrix.eye(table.columns);
  const unlike = ({ outputs }: Whitened) => largest(moment(outputs, outputs).sub(identity));
  const along = pca.map.mmul(axes).mmul(Matrix.diag(variances.map(Math.sqrt)));
  const crosswise = along.clone().sub(Matrix.diag(along.diagonal()));
  const least = variances.reduce((sum, variance) => sum + (Math.sqrt(variance) - 1) ** 2, 0);
  const [byZca, byPca] = [zca, pca].map(({ outputs }) => distance(outputs, centred)) as [number, number];
  const [white, whiteToo, symmetric, near, nearestOfAll, onAxes, farther] = [
    claim('ZCA whitening gives E[zzᵀ] = I: the largest deviation').atMost(unlike(zca), 1e-12, onlyStandardized),
    claim('PCA whitening does too: the largest deviation').atMost(unlike(pca), 1e-12, onlyStandardized),
    claim('ZCA’s W is symmetric: |Wᵢⱼ − Wⱼᵢ| over the largest |Wᵢⱼ|, the largest').atMost(
      largest(Matrix.sub(zca.map, zca.map.transpose())) / largest(zca.map),
      1e-12,
      turnedAside,
    ),
    claim(
      'ZCA is the nearest to the data: |E‖z − x‖² / Σ(√λᵢ − 1)² − 1|, where Σ(√λᵢ − 1)² is the least of all whitenings',
    ).atMost(Math.abs(byZca / least - 1), 1e-10, turnedAside),
    claim('for two columns: the rotation of ZCA’s outputs that is nearest to the data, in degrees').between(
      nearest,
      -0.5,
      0.5,
      turnedAside,
    ),
    claim('PCA turns the principal axes onto the coordinate axes: E[zᵢuⱼᵀx]/√λⱼ for i ≠ j, the largest modulus').atMost(
      largest(crosswise),
      1e-10,
      turnedAside,
    ),
    claim('and therefore away from the data: E‖z − x‖² of PCA over that of ZCA').atLeast(
      byPca / byZca,
      1.5,
      zcaForBoth,
    ),
  ] as const;
  return {
    figures: [
      scatter('before', 'The irises, not whitened', plane, { map: Matrix.eye(2), outputs: plane.centred }, classes),
      scatter('zca', 'The irises, whitened by ZCA', plane, plane.zca, classes),
      scatter('pca', 'The irises, whitened by PCA', plane, plane.pca, classes),
      nearestFigure(plane, scan),
    ],
    checks: [white, whiteToo, symmetric, near, nearestOfAll, onAxes, farther],
    findings: [
      finding(
        [white, whiteToo, symmetric, near, onAxes, farther],
        `Whitened by ZCA the four measurements are at a mean squared distance of ${shortened(byZca)} from where they were, by PCA of ${shortened(byPca)}: both make E[zzᵀ] = I, and differ by a rotation.`,
        `The mean squared distance of the outputs from the inputs is ${shortened(byZca)} and ${shortened(byPca)}, where Σ(√λᵢ − 1)² is ${shortened(least)}; E[zzᵀ] deviates from I by up to ${shortened(unlike(zca))} and ${shortened(unlike(pca))}.`,
      ),
    ],
  };
});

/** E‖R(φ)z − x‖² of ZCA's outputs z, turned by the angle φ in degrees. */
const distancesByAngle = ({ centred, zca }: Whitenings): Point[] =>
  Array.from({ length: 1441 }, (_, i) => {
    const degrees = (i - 720) / 4;
    const turn = planeRotation(2, (degrees * Math.PI) / 180);
    return [degrees, distance(zca.outputs.mmul(turn.transpose()), centred)];
  });

/** Flowers in the plane of two columns, or of their images under a map, with the principal axes. */
function scatter(
  name: string,
  title: string,
  { variances, axes }: Whitenings,
  { map, outputs }: Whitened,
  classes: Uint8Array,
): Figure {
  const axis = (i: number): Line => {
    const end = map.mmul(Matrix.columnVector(axes.getColumn(i)).mul(2 * Math.sqrt(variances[i]!))).to1DArray();
    return line(
      { name: i === 0 ? 'first principal axis' : 'second principal axis', color: i === 0 ? 'red' : 'gray', width: 2 },
      [-1, 1],
      (side) => [side * end[0]!, side * end[1]!],
    );
  };
  const before = name === 'before';
  return {
    name: `scatter-${name}`,
    title,
    caption: `Lengths of sepal and petal of 150 irises${before ? ', less their means' : ' after whitening'}. The lines show two standard deviations along the principal axes of the data${before ? '' : ', and where W takes them'}: look at their lengths and directions.`,
    x: { label: before ? 'sepal length in cm, centred' : 'z₁', domain: [-4, 4] },
    y: { label: before ? 'petal length in cm, centred' : 'z₂', domain: [-4, 4] },
    equal: true,
    marks: [
      ...kinds.map((kind, of): Mark => {
        const points = outputs.to2DArray().flatMap(([x, y], row): Point[] => (classes[row] === of ? [[x!, y!]] : []));
        return dots({ name: kind, color: (['blue', 'orange', 'green'] as const)[of]!, radius: 2.5 }, points);
      }),
      axis(0),
      axis(1),
    ],
  };
}

function nearestFigure(plane: Whitenings, scan: readonly Point[]): Figure {
  const { centred, zca, pca, axes } = plane;
  // The signs of principal axes are arbitrary. Takes the signs nearest to the identity.
  const signs = Matrix.diag([Math.sign(axes.get(0, 0)), Math.sign(axes.get(0, 0)) * Math.sign(determinant(axes))]);
  const turned = signs.mmul(axes.transpose());
  const angle = (180 / Math.PI) * Math.atan2(turned.get(1, 0), turned.get(0, 0));
  const signOf = (i: number) => Math.sign(pca.map.mmul(axes).get(i, i)) * signs.get(i, i);
  const oriented = pca.outputs.mmul(Matrix.diag([signOf(0), signOf(1)]));
  return {
    name: 'nearest',
    title: 'How far whitenings are from the data, by their rotation',
    caption:
      'Outputs of ZCA whitening, rotated by an angle: the mean squared distance from the original two measurements. Notice where ZCA and PCA are on this curve.',
    x: { label: 'angle φ in degrees', domain: [-180, 180] },
    y: { label: 'E‖R(φ)z − x‖²' },
    marks: [
      line(
        { name: 'ZCA turned by φ', color: 'gray' },
        scan.filter((_, i) => i % 8 === 0),
      ),
      dots({ name: 'ZCA', color: 'blue', radius: 6 }, [[0, distance(zca.outputs, centred)]]),
      dots({ name: 'PCA', color: 'orange', radius: 6 }, [[angle, distance(oriented, centred)]]),
    ],
  };
}

const determinant = (m: Matrix) => m.get(0, 0) * m.get(1, 1) - m.get(0, 1) * m.get(1, 0);
