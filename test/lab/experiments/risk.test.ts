import { earlyStopping, risk } from '../../../lib/lab/experiments/risk';
import { reportOf } from '../../../lib/lab/run';

describe('early stopping', () => {
  const losses = [5, 3, 4, 2, 2.5, 2.2, 3, 1];

  test.each([
    [1, { best: 1, end: 2 }],
    [2, { best: 3, end: 5 }],
    [3, { best: 3, end: 6 }],
    [4, { best: 7, end: 7 }],
  ])('with a patience of %i keeps the best epoch until then', (patience, expected) => {
    expect(earlyStopping(losses, patience)).toEqual(expected);
  });
});

test('many examples and few epochs show no overfitting', async () => {
  const settings = { rows: 5000, epochs: 10, hidden: 4 };
  const { checks } = await reportOf(risk, { size: 'small', settings });
  expect(checks.filter(({ holds }) => !holds).map(({ claim }) => claim)).toEqual(
    expect.arrayContaining(['overfitting: final validation loss over final training loss']),
  );
});

test('does not report overfitting if the training loss rises', async () => {
  const { findings } = await reportOf(risk, { size: 'small', settings: { learningRate: 1, epochs: 10 } });
  expect(findings.join(' ')).toContain('is not supported here');
  expect(findings.join(' ')).not.toContain('it keeps falling while the risk rises');
});

test('does not report learning if there is nothing to learn', async () => {
  const { findings } = await reportOf(risk, { size: 'small', settings: { flipped: 0.5 } });
  expect(findings.join(' ')).not.toContain('but hardly the task');
});
