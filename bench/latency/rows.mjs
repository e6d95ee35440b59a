/** How late the event loop is while a network trains in the background, and while nothing runs. */
export const rows = [
  {
    title: 'event loop delay, 99th percentile (timer period of 1 ms included)',
    unit: 'ms',
    contestants: [
      { name: 'during the training of the digits', program: 'latency/event_loop.mjs', args: ['train'] },
      { name: 'idle', program: 'latency/event_loop.mjs', args: ['idle'] },
    ],
  },
];
