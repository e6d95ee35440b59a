import { counters, runPosition, stepResults, stepSettings } from '../../lib/addon/records';

// The core names the numbers of records; lib reads and writes them by these names.
test.each([
  [stepSettings, ['clip', 'averageWeight', 'slowWeight', 'radius']],
  [counters, ['steps', 'skipped', 'accumulated', 'gradientNorm']],
  [stepResults, ['loss', 'accuracy', 'steps', 'skipped', 'waiting']],
  [
    runPosition,
    [
      ...[
        'epochsEnded',
        'examplesTaken',
        'steps',
        'loss',
        'lossWeight',
        'correct',
        'weight',
        'examplesCounted',
        'seconds',
      ],
      ...['haveRowsCaughtUp', 'probeDueAt', 'bestValue', 'bestEpoch', 'bestSteps', 'epochsWithoutImprovement'],
      'elapsedSeconds',
    ],
  ],
])('a record has the numbers that lib reads, once each: %j', ({ at, length }, names) => {
  expect(Object.keys(at).sort()).toEqual([...names].sort());
  expect(Object.values(at).sort((a, b) => a - b)).toEqual(names.map((_, index) => index));
  expect(length).toBe(names.length);
});
