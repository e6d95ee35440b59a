import fc from 'fast-check';
import { type News, type Order, type Outcome, Worker } from './child';
import { suites } from './suites';

/** Time for shrinking a failing case, in ms. */
const longestShrinking = 60_000;

const tell = (news: News) => process.send!(news);

async function obey({ suite: name, seed, case: given, isolated }: Order): Promise<Outcome> {
  const suite = suites[name]!;
  if (given !== undefined) {
    try {
      await suite.run(given);
      return {};
    } catch (error) {
      return { failure: messageOf(error), case: given };
    }
  }
  const other = new Worker();
  let failedAt = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(fc.noBias(suite.cases), async (one) => {
    if (Date.now() > failedAt + longestShrinking) return; // ends shrinking
    tell({ begins: one });
    try {
      if (!isolated) return await suite.run(one);
      const { failure, inconclusive } = await other.run({ suite: name, case: one });
      if (failure !== undefined && !inconclusive) throw new Error(failure);
    } catch (error) {
      failedAt = Math.min(failedAt, Date.now());
      throw error;
    }
  });
  const details = await fc.check(property, { seed: seed!, numRuns: 1 });
  other.end();
  if (!details.failed) return {};
  return { failure: messageOf(details.errorInstance), case: details.counterexample?.[0] };
}

const messageOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

process.on('message', async (message: Order | { limited: boolean }) => {
  if ('limited' in message) return;
  tell({ outcome: await obey(message) });
});
process.on('disconnect', () => process.exit());
