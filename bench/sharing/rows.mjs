const mixes = [
  ['small', 'small'],
  ['medium', 'medium', 'medium'],
  ['small', 'small', 'small', 'small'],
  ['small', 'large'],
  ['small', 'medium', 'large', 'large'],
];

/** Concurrent runs with steps of 0.3 to 40 ms on two cores. */
export const rows = [
  {
    title: 'runs at once: the least and the most that one of them had of its share of the engine',
    measures: [
      { key: 'least', title: 'least', unit: '×', better: 'more', hasRatio: false, decimals: 2 },
      { key: 'most', title: 'most', unit: '×', better: 'more', hasRatio: false, decimals: 2 },
    ],
    trials: 3,
    contestants: mixes.map((mix) => ({
      name: mix.join(' + '),
      program: 'sharing/shares.mjs',
      args: mix,
      env: { GLISSADE_PRIORITY: 'normal' },
    })),
  },
];
