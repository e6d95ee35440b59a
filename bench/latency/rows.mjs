/** Delay of the event loop while a network trains at either priority (the demo uses normal), and while nothing runs. */
export const rows = [
  {
    title: 'event loop delay, 99th percentile (timer period of 1 ms included)',
    unit: 'ms',
    contestants: [
      ...['background', 'normal'].map((priority) => ({
        name: `training the digits, ${priority}`,
        program: 'latency/event_loop.mjs',
        args: ['train'],
        env: { GLISSADE_PRIORITY: priority },
      })),
      { name: 'idle', program: 'latency/event_loop.mjs', args: ['idle'] },
    ],
  },
];
