import { Random } from 'glissade';
import { save } from '../online/files.mjs';

const shapes = {
  tall: { rows: 100_000, columns: 50 },
  wide: { rows: 20_000, columns: 200 },
};

/** Normal numbers, and targets: numbers, or the class with the greatest noisy output. */
function drawn({ rows, columns }, classes) {
  const random = new Random(1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const inputs = Float64Array.from({ length: rows * columns }, normal);
  const outputs = Math.max(1, classes);
  const weights = Float64Array.from({ length: columns * outputs }, () => normal() / Math.sqrt(columns));
  const targets = Float64Array.from({ length: rows }, (_, row) => {
    const of = Array.from({ length: outputs }, (_, k) => {
      let sum = classes === 0 ? normal() : -Math.log(-Math.log(1 - random.uniform()));
      for (let j = 0; j < columns; ++j) sum += inputs[row * columns + j] * weights[j * outputs + k];
      return sum;
    });
    return classes === 0 ? of[0] : of.indexOf(Math.max(...of));
  });
  return { inputs, targets };
}

const solvers = {
  leastSquares: ['default'],
  ridge: ['auto', 'svd'],
  logistic: ['lbfgs', 'newton-cholesky', 'newton-cg'],
};

function row(kind, shape, classes) {
  const { rows, columns } = shapes[shape];
  const args = [kind, columns, classes];
  const words = {
    leastSquares: 'least squares',
    ridge: 'ridge regression',
    logistic: `logistic regression, ${classes} classes`,
  };
  const of = solvers[kind].filter((solver) => classes <= 2 || solver !== 'newton-cholesky'); // needs two classes in scikit-learn 1.4
  return {
    title: `${words[kind]}, ${rows.toLocaleString('en')} × ${columns}`,
    measures: [
      { key: 'seconds', title: 'time', unit: 's', better: 'less' },
      { key: 'gradient', title: 'gradient', unit: '', decimals: 12, hasRatio: false },
    ],
    note: 'The gradient is that of the penalised loss, in units of the gradient at zero.',
    trials: 5,
    prepare: () => [save(`${kind}-${shape}-${classes}`, drawn(shapes[shape], classes))],
    contestants: [
      // Both at the same priority: on a busy machine, threads in the background wait for other programs.
      { name: 'glissade', program: 'regression/glissade.mjs', args, env: { GLISSADE_PRIORITY: 'normal' } },
      ...of.map((solver) => ({
        peer: 'scikit-learn',
        name: `scikit-learn, ${solver}`,
        program: 'regression/scikit.py',
        args: [...args, solver],
      })),
    ],
  };
}

export const rows = [
  row('leastSquares', 'tall', 0),
  row('leastSquares', 'wide', 0),
  row('ridge', 'tall', 0),
  row('ridge', 'wide', 0),
  row('logistic', 'tall', 2),
  row('logistic', 'wide', 2),
  row('logistic', 'tall', 5),
];
