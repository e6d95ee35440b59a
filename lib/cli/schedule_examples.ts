/** A description of each schedule, for the help. No schedules are imported: help must work without the addon. */
export const scheduleExamples = [
  { name: 'constant', value: 0.001 },
  { name: 'step', from: 0.1, every: 30, factor: 0.1 },
  { name: 'multiStep', from: 0.1, milestones: [30, 80], factor: 0.1 },
  { name: 'linear', from: 0.1, to: 0, steps: 100 },
  { name: 'polynomial', from: 0.1, steps: 100, power: 2 },
  { name: 'exponential', from: 0.1, factor: 0.95 },
  { name: 'inverseTime', from: 0.1, alpha: 0.75 },
  { name: 'cosine', from: 0.001, steps: 1000 },
  { name: 'warmRestarts', from: 0.001, steps: 100, factor: 2 },
  { name: 'cyclic', from: 0.001, to: 0.01, up: 200, mode: 'triangular2' },
  { name: 'oneCycle', peak: 0.01, steps: 1000 },
  { name: 'warmupStableDecay', peak: 0.001, warmup: 100, stable: 700, decay: 200 },
  { name: 'noam', modelSize: 512, warmup: 4000 },
  { name: 'piecewise', boundaries: [100, 200], values: [0.1, 0.05, 0.01] },
  { name: 'reduceOnPlateau', from: 0.001, factor: 0.5, patience: 5 },
  {
    name: 'join',
    schedules: [
      { name: 'linear', from: 0, to: 0.1, steps: 50 },
      { name: 'cosine', from: 0.1, steps: 450 },
    ],
    boundaries: [50],
  },
  { name: 'scale', schedule: { name: 'cosine', from: 0.001, steps: 1000 }, by: 10 },
  { name: 'floor', schedule: { name: 'inverseTime', from: 0.1 }, minimum: 0.01 },
];

/** Steps to show of a schedule that has no end. */
export const defaultSteps = 1000;
