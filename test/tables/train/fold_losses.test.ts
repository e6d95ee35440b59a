import { table } from '../../../lib/tables';
import { lossesOverFolds } from '../../../lib/tables/train/fold_losses';
import { train } from '../../../lib/tables/train/train';

const fold = (epochs: number, ...losses: [loss: number, stopping: number][]) => ({
  epochs,
  history: losses.map(([loss, stopping], i) => ({ epoch: i + 1, loss, stopping })),
});

test('the mean losses over folds; one that has ended counts with its best epoch', () => {
  const fits = [fold(1, [4, 5], [2, 7]), fold(3, [6, 9], [4, 3], [1, 1])];
  expect(lossesOverFolds(fits)).toEqual([
    { epoch: 1, loss: 5, stopping: 7, least: 5, greatest: 9 },
    { epoch: 2, loss: 3, stopping: 5, least: 3, greatest: 7 },
    { epoch: 3, loss: 2.5, stopping: 3, least: 1, greatest: 5 },
  ]);
  expect(lossesOverFolds(fits.slice(1))).toEqual([]);
  expect(lossesOverFolds([fold(0), fold(0)])).toEqual([]);
});

test('a report has them for a network of a small table, not for a division or an exact solution', async () => {
  const data = await table(Array.from({ length: 160 }, (_, i) => ({ x: i % 20, y: Math.sin((i % 20) / 2) })));
  const options = { target: 'y', task: 'regression', epochs: 12, hidden: [8], warnings: false } as const;
  const { report } = await train(data, options);
  expect(report.chosen).toBe('network');
  expect(report.foldHistory.map(({ epoch }) => epoch)).toEqual(Array.from(report.foldHistory, (_, i) => i + 1));
  expect(report.foldHistory.length).toBeGreaterThanOrEqual(report.epochs);
  expect(report.foldHistory.at(-1)!.stopping).toBeLessThan(0.9 * report.foldHistory[0]!.stopping);
  expect((await train(data, { ...options, validation: 0.2 })).report.foldHistory).toEqual([]);
  const { hidden: _, epochs: _epochs, ...rest } = options;
  expect((await train(data, { ...rest, hidden: [] })).report.foldHistory).toEqual([]);
});
