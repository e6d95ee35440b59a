import { dependenceFigures } from '../../../lib/cli/tables/report_dependence';
import {
  calibrationFigure,
  importanceFigure,
  learningCurve,
  numberFigures,
} from '../../../lib/cli/tables/report_figures';
import { worstCells, worstLines } from '../../../lib/cli/tables/report_worst';
import type { Trained } from '../../../lib/tables/train/train';
import { range } from '../../support/numbers';

/** A training with only the parts that a figure shows. */
const trained = (parts: { report?: object; heldOut?: object }) => parts as unknown as Trained;
const ofNumbers = (truths: number[], predictions: number[]) =>
  numberFigures(
    trained({
      heldOut: { predicted: { truths: Float64Array.from(truths), predictions: Float64Array.from(predictions) } },
    }),
  );

describe('the errors of predicted numbers', () => {
  const barsOf = (truths: number[], predictions: number[]) =>
    (ofNumbers(truths, predictions)[1]!.marks[0] as unknown as { bars: [number, number, number][] }).bars;

  test('are counted in thirty bins of equal width, from the least to the greatest', () => {
    // 4 errors in each of the first 10 bins of width 0.1 from −1, 2 in the middle of the next, one that is the greatest: 2.
    const errors = [-1, ...range(10).flatMap((i) => range(4).map(() => -0.95 + 0.1 * i)), 0.05, 0.05, 2].slice(1);
    const all = [-1, ...errors];
    const bars = barsOf(
      all.map((_, i) => i),
      all.map((error, i) => i + error),
    );
    expect(bars).toHaveLength(30);
    for (const [i, [low, high]] of bars.entries()) {
      expect(low).toBeCloseTo(-1 + 0.1 * i, 9);
      expect(high).toBeCloseTo(-1 + 0.1 * (i + 1), 9);
    }
    const counts = bars.map(([, , count]) => count);
    expect(counts).toEqual([5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2, ...new Array(18).fill(0), 1]);
  });

  test('that are equal are in the middle of a range of width one', () => {
    const bars = barsOf([1, 2, 3], [3, 4, 5]);
    expect(bars[0]![0]).toBeCloseTo(1.5, 12);
    expect(bars[29]![1]).toBeCloseTo(2.5, 12);
    expect(bars.map(([, , count]) => count)).toEqual([...new Array(15).fill(0), 3, ...new Array(14).fill(0)]);
  });

  test('are prediction minus truth, sorted as numbers', () => {
    const bars = barsOf([0, 0, 0, 0], [-10, 9, -2, 20]);
    expect([bars[0]![0], bars[29]![1]]).toEqual([-10, 20]);
    expect(bars.flatMap(([, , count], i) => (count === 0 ? [] : [[i, count]]))).toEqual([
      [0, 1],
      [8, 1],
      [19, 1],
      [29, 1],
    ]);
  });
});

describe('predicted numbers over the true ones', () => {
  test('are dots on a line through the range of true values', () => {
    const [figure] = ofNumbers([3, 1, 2], [30, 10, 20]);
    expect(figure).toMatchObject({
      name: 'predicted',
      caption: 'A dot for each of 3 held-out rows. On the line, the prediction is right.',
      x: { label: 'true value' },
      y: { label: 'predicted value' },
    });
    const [dots, line] = figure!.marks as unknown as { points: [number, number][] }[];
    expect(dots!.points).toEqual([
      [3, 30],
      [1, 10],
      [2, 20],
    ]);
    expect(line!.points).toEqual([
      [1, 1],
      [3, 3],
    ]);
  });

  test.each([
    [1999, 1999],
    [2000, 2000],
    [2001, 1001],
    [4001, 1334],
  ])('of %i rows are %i dots, spread over all of them', (rows, dots) => {
    const [figure] = ofNumbers(range(rows), range(rows));
    const [{ points }] = figure!.marks as unknown as [{ points: [number, number][] }];
    expect(points).toHaveLength(dots);
    const distance = Math.ceil(rows / 2000);
    expect(points.slice(0, 2)).toEqual([
      [0, 0],
      [distance, distance],
    ]);
    expect(figure!.caption).toContain(`each of ${dots} held-out rows`);
  });
});

describe('the calibration', () => {
  const pointsOf = (classes: string[], truths: number[], predictions: number[]) => {
    const predicted = { truths: Uint32Array.from(truths), predictions: Float64Array.from(predictions) };
    const figure = calibrationFigure(trained({ heldOut: { predicted, target: { classes } } }));
    const [diagonal, line, dots] = figure.marks as unknown as { points: [number, number][] }[];
    expect(dots!.points).toEqual(line!.points);
    expect(diagonal!.points).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect([figure.x.domain, figure.y.domain]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    return line!.points;
  };

  test('of two classes uses the second', () => {
    // 20 rows at 0.25, 5 of which came true; 10 at 1, 9 of which did; 9 at 0.65, which are too few.
    const rows = [
      ...range(20).map((i) => [0.25, i < 5 ? 1 : 0] as const),
      ...range(10).map((i) => [1, i < 9 ? 1 : 0] as const),
      ...range(9).map(() => [0.65, 1] as const),
    ];
    const points = pointsOf(
      ['no', 'yes'],
      rows.map(([, truth]) => truth),
      rows.flatMap(([p]) => [1 - p, p]),
    );
    expect(points).toEqual([
      [0.25, 0.25],
      [1, 0.9],
    ]);
  });

  test('of more classes uses all of them', () => {
    const truths = range(10).map((i) => (i < 6 ? 0 : i < 9 ? 1 : 2));
    const points = pointsOf(
      ['a', 'b', 'c'],
      truths,
      truths.flatMap(() => [0.55, 0.35, 0.1]),
    );
    expect(points.map((point) => point.map((x) => Math.round(1e9 * x) / 1e9))).toEqual([
      [0.1, 0.1],
      [0.35, 0.3],
      [0.55, 0.6],
    ]);
  });
});

describe('the learning curve', () => {
  test('has the loss of each epoch, and that of validation rows if there are any', () => {
    const history = [
      { epoch: 1, loss: 3, stopping: 4 },
      { epoch: 2, loss: 2, stopping: undefined },
      { epoch: 3, loss: 1, stopping: 2 },
    ];
    expect(learningCurve(trained({ report: { history, foldHistory: [] } })).marks).toEqual([
      {
        kind: 'line',
        name: 'training rows',
        points: [
          [1, 3],
          [2, 2],
          [3, 1],
        ],
      },
      {
        kind: 'line',
        name: 'rows set aside',
        points: [
          [1, 4],
          [3, 2],
        ],
      },
    ]);
    const without = history.map(({ epoch, loss }) => ({ epoch, loss }));
    expect(learningCurve(trained({ report: { history: without, foldHistory: [] } })).marks).toHaveLength(1);
  });
});

test('under cross-validation, the learning curve is the mean over folds, with a band and the epochs of the model', () => {
  const foldHistory = [
    { epoch: 1, loss: 5, stopping: 7, least: 5, greatest: 9 },
    { epoch: 2, loss: 3, stopping: 5, least: 3, greatest: 8 },
  ];
  const report = { history: [], foldHistory, epochs: 2, stopped: false };
  const { marks, caption } = learningCurve(trained({ report }));
  expect(marks).toMatchObject([
    {
      kind: 'band',
      points: [
        [1, 5, 9],
        [2, 3, 8],
      ],
    },
    {
      name: 'training rows',
      points: [
        [1, 5],
        [2, 3],
      ],
    },
    {
      name: 'rows set aside',
      points: [
        [1, 7],
        [2, 5],
      ],
    },
    { kind: 'referenceLine', axis: 'x', at: 2 },
  ]);
  expect(caption).toContain('The vertical line is at the 2 epochs of the model, which was then trained on all rows');
  expect(learningCurve(trained({ report: { ...report, stopped: true } })).caption).not.toContain('then trained');
});

describe('the partial dependence', () => {
  const numbers = {
    column: 'age',
    kind: 'number',
    points: [
      { value: 20, prediction: 3 },
      { value: 40, prediction: 7 },
    ],
  };
  const days = {
    column: 'day',
    kind: 'date',
    points: [
      { value: '2020-01-05T00:00:00.000Z', prediction: 4 },
      { value: '2020-01-06T12:00:00.000Z', prediction: 5 },
    ],
  };
  const report = { task: 'regression', target: 'price', dependence: [numbers, days] };

  test('on a number is a curve, on other columns a dot for each value, all on one scale', () => {
    const [curve, dots] = dependenceFigures(trained({ report }));
    expect(curve).toMatchObject({
      name: 'dependence-1',
      x: { label: 'age' },
      y: { label: 'mean prediction of price', domain: [2.88, 7.12] },
    });
    for (const mark of curve!.marks)
      expect(mark).toMatchObject({
        color: 'blue',
        points: [
          [20, 3],
          [40, 7],
        ],
      });
    expect(dots).toMatchObject({
      name: 'dependence-2',
      x: { label: 'mean prediction of price', domain: [2.88, 7.12] },
      y: { label: 'day', names: ['2020-01-05', '2020-01-06 12:00'] },
      marks: [
        {
          kind: 'dots',
          points: [
            [4, 1],
            [5, 2],
          ],
        },
      ],
    });
  });

  const cities = (prediction: (place: number) => object) => ({
    column: 'city',
    kind: 'category',
    points: ['Bern', null].map((value, place) => ({ value, prediction: prediction(place) })),
  });

  test('of two classes shows the probability of the rarer one, of many those that vary most', () => {
    const two = cities((place) => ({ no: 0.9 - 0.2 * place, yes: 0.1 + 0.2 * place }));
    const [figure] = dependenceFigures(
      trained({ report: { ...report, task: 'classification', positive: 'yes', dependence: [two] } }),
    );
    expect(figure).toMatchObject({ x: { label: 'mean probability of yes' }, y: { names: ['Bern', 'missing'] } });
    expect(figure!.marks).toMatchObject([
      {
        points: [
          [0.1, 1],
          [expect.closeTo(0.3, 12), 2],
        ],
      },
    ]);
    const many = cities((place) => Object.fromEntries(range(8).map((i) => [`c${i}`, 0.1 + place * 0.01 * i])));
    const [shown] = dependenceFigures(trained({ report: { ...report, task: 'classification', dependence: [many] } }));
    expect(shown!.marks.map((mark) => (mark as { name: string }).name)).toEqual(['c7', 'c6', 'c5', 'c4', 'c3', 'c2']);
    expect(shown!.x.label).toBe('mean probability');
  });

  test('without an effect has a scale around its value', () => {
    const same = { ...numbers, points: numbers.points.map((one) => ({ ...one, prediction: 4 })) };
    const [figure] = dependenceFigures(trained({ report: { ...report, dependence: [same] } }));
    expect(figure!.y.domain).toEqual([3.5, 4.5]);
    expect(dependenceFigures(trained({ report: { ...report, dependence: [] } }))).toEqual([]);
  });
});

describe('the largest losses', () => {
  const worst = [
    { row: 17, truth: 'gold', prediction: 'basic', probability: 0.0012346, loss: 6.7 },
    { row: 3, truth: 'basic', prediction: 'gold', probability: 0.2, loss: 1.6 },
    ...range(3).map((i) => ({ row: 20 + i, truth: true, prediction: false, probability: 0.3, loss: 1.2 })),
  ];

  test('are three rows in the text, and a table of all on the page', () => {
    expect(worstLines({ worst })).toEqual([
      'Largest losses on held-out rows: row 17 (gold predicted as basic), row 3 (basic predicted as gold), row 20 (true predicted as false)',
    ]);
    const [titles, first, ...others] = worstCells({ worst });
    expect(titles).toEqual(['Row', 'True', 'Predicted', 'Probability of the true class', 'Loss']);
    expect(first).toEqual(['17', 'gold', 'basic', '0.001235', '6.7']);
    expect(others).toHaveLength(4);
    expect(worstLines({ worst: [] })).toEqual([]);
    const right = { row: 4, truth: 'gold', prediction: 'gold', probability: 0.51, loss: 0.7 };
    expect(worstLines({ worst: [right] })).toEqual([
      'Largest losses on held-out rows: row 4 (gold, with a probability of 0.51)',
    ]);
  });

  test('of numbers and of quantiles have no probability', () => {
    expect(worstCells({ worst: [{ row: 1, truth: 1234.5678, prediction: 2, loss: 1e6 }] })).toEqual([
      ['Row', 'True', 'Predicted', 'Loss'],
      ['1', '1,235', '2', '1,000,000'],
    ]);
    const [line] = worstLines({ worst: [{ row: 1, truth: 3, prediction: { '0.1': 1, '0.9': 2 }, loss: 1 }] });
    expect(line).toContain('row 1 (3 predicted as 0.1: 1, 0.9: 2)');
  });
});

describe('the importance of columns', () => {
  const importance = range(25).map((i) => ({
    column: `c${i}`,
    increase: { value: 25 - i, low: 20 - i, high: 30 - i },
  }));

  test('has a bar with its interval for each of the first twenty, one below the other', () => {
    const figure = importanceFigure(trained({ report: { importance } }));
    expect(figure.y.names).toEqual(range(20).map((i) => `c${i}`));
    const [bars, ...lines] = figure.marks as unknown as [
      { bars: [number, number, number][]; axis: string },
      ...{ points: [number, number][] }[],
    ];
    expect(bars.axis).toBe('x');
    expect(bars.bars).toEqual(range(20).map((i) => [i + 0.65, i + 1.35, 25 - i]));
    expect(lines.map(({ points }) => points)).toEqual(
      range(20).map((i) => [
        [20 - i, i + 1],
        [30 - i, i + 1],
      ]),
    );
  });
});
