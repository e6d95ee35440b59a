import { killable, killed } from '../support/kills';

const kills = Number(process.env.GLISSADE_KILLS ?? 50); // of each training: 200 in all

test.each(killable)(
  '%s, killed many times, ends with the bits of an undisturbed run',
  async (training) => {
    const { resumptions, ...outcome } = await killed(training, kills);
    expect(outcome).toEqual({ kills, stderr: '', hasSameBits: true });
    expect(resumptions).toBeGreaterThan(kills / 3);
  },
  3_600_000,
);
