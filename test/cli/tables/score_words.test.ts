import {
  counted,
  estimateText,
  estimateTexts,
  kindCells,
  leftOutText,
  listedName,
  scoreName,
  unusedLines,
} from '../../../lib/cli/tables/score_words';

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

test('the numbers of a row have one notation, and what is not known a dash', () => {
  const [large, small] = [
    { value: 1.427e15, low: 1e15, high: Number.POSITIVE_INFINITY },
    { value: 2.883e14, low: 0, high: 3e14 },
  ];
  expect(estimateTexts([large, undefined, small])).toEqual([
    '1.427·10¹⁵ (1·10¹⁵ to ∞)',
    '–',
    '2.883·10¹⁴ (0 to 3·10¹⁴)',
  ]);
  expect(estimateTexts([small])).toEqual(['288,300,000,000,000 (0 to 300,000,000,000,000)']);
});

test('names of columns are in quotation marks if they could be misread', () => {
  expect(['age', 'x-1', '', 'first name', 'a,b'].map(listedName)).toEqual([
    'age',
    'x-1',
    '""',
    '"first name"',
    '"a,b"',
  ]);
  const leftOut = ['constructor', 'first name'];
  expect(unusedLines({ leftOut, leftOutBecause: { 'first name': 'constant' } })).toEqual([
    'not used: constructor, "first name" (constant)',
  ]);
  const kinds = Object.fromEntries([['__proto__', 'number']]) as Record<string, 'number'>;
  expect(kindCells({ kinds, dateForms: {} })).toEqual([['__proto__', 'number']]);
});

test('rows are left out for reasons', () => {
  expect(leftOutText({ withoutTarget: 0 })).toBe('');
  expect(leftOutText({ withoutTarget: 1, withoutWeight: 200 })).toBe(
    '; 1 row without a target is left out; 200 rows with the weight 0 are left out',
  );
});
