// Hostile clients, each with its own address: fork('attackers.mjs', [url, seed])
// messages: { attack: boolean } and { end: true } to it; { counts, acknowledged, wrong } from it at the end.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { attacks, newStop } from './attacks.mjs';
import { randomOf } from './random.mjs';

// Attackers run only when nothing else needs the processor: the check measures how the server shares its own time, not
// how the system shares processors.
execFileSync('chrt', ['--idle', '--all-tasks', '--pid', '0', String(process.pid)]);

const [url, seed] = [process.argv[2], Number(process.argv[3])];
const names = Object.keys(attacks);
const addresses = 6;
const lanes = 12; // concurrent attempts of one address
/** @type {Record<string, number>} */
const counts = Object.fromEntries(names.map((name) => [name, 0]));
/** @type {Record<string, number>} */
const wrong = {};
let acknowledged = 0;
let isAttacking = false;
let hasEnded = false;
let stop = newStop();

process.on('message', (/** @type {{ attack?: boolean, end?: boolean }} */ { attack, end }) => {
  if (attack !== undefined) isAttacking = attack;
  if (end) hasEnded = true;
  if (isAttacking && !end) stop = newStop();
  else stop.abort();
});

async function lane(/** @type {number} */ address, /** @type {number} */ number) {
  const uniform = randomOf(seed * 1000 + address * 100 + number);
  // Each address prefers certain attacks, so that some are greedy in one way for long.
  const favourite = names[(address * 7 + number) % names.length];
  while (!hasEnded) {
    if (!isAttacking) {
      await sleep(20);
      continue;
    }
    const name = uniform() < 0.3 ? favourite : names[Math.floor(names.length * uniform())];
    counts[name] += 1;
    await attacks[name]({
      url,
      from: `127.0.1.${address}`,
      uniform,
      signal: stop.signal,
      acknowledged: (rows) => {
        acknowledged += rows;
      },
      wrong: (what) => {
        wrong[what] = (wrong[what] ?? 0) + 1;
      },
    });
  }
}

const all = [];
for (let address = 1; address <= addresses; ++address)
  for (let number = 0; number < lanes; ++number) all.push(lane(address, number));
await Promise.all(all);
process.send({ counts, acknowledged, wrong }, () => process.disconnect());
