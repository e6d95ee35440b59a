import 'glissade';
import { digits } from '../../lib/lab/data';
import { inLandscapes } from '../../lib/lab/experiments/zoo/landscapes';
import { onDigits } from '../../lib/lab/experiments/zoo/race';
test('t', async () => {
  const cpu = async (n: string, f: () => Promise<unknown>) => { const a = process.cpuUsage(); await f(); const b = process.cpuUsage(a); console.log(n, (b.user + b.system) / 1e6); };
  for (let i = 0; i < 3; ++i) {
    await cpu('digits', () => digits());
    await cpu('plane', () => inLandscapes({ steps: 150, perDecade: 1, offset: 0.1, tooLarge: 0.007, turn: 0, seed: 1 }, async () => {}));
    await cpu('race', () => onDigits({ examples: 600, heldOut: 400, hidden: 16, passes: 3, batchSize: 32, goal: 0.8, accuracy: 0.7, seed: 1 }, async () => {}));
  }
}, 100000);
