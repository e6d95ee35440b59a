import { killable, killed } from '../support/kills';

// kills.long.ts has more of them. Whether a checkpoint existed at the time of a kill depends on the machine.
test.each(killable)('%s, killed twice, ends with the bits of an undisturbed run', async (training) => {
  const { kills, stderr, hasSameBits } = await killed(training, 2, 0.3);
  expect({ kills, stderr, hasSameBits }).toEqual({ kills: 2, stderr: '', hasSameBits: true });
});
