import { counted, estimateText, scoreName } from '../../../lib/cli/tables/score_words';

test.each([
  ['accuracy', 'Accuracy'],
  ['logLoss', 'Log loss'],
  ['auc', 'AUC'],
  ['r2', 'R²'],
  ['rootMeanSquaredError', 'RMSE'],
  ['meanAbsoluteError', 'Mean absolute error'],
  ['constructor', 'Constructor'],
])('the score %s is called %s', (key, name) => {
  expect(scoreName(key)).toBe(name);
});

test('numbers of things and intervals are in the units of people', () => {
  expect([counted(1, 'row'), counted(1700, 'row'), counted(2, 'category', 'categories')]).toEqual([
    '1 row',
    '1,700 rows',
    '2 categories',
  ]);
  expect(estimateText({ value: -1234.5678, low: -2000, high: 0.00001 })).toBe('−1,235 (−2,000 to 0.00001)');
});
