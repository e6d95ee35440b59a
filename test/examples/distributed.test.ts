import { fashionMnistFolder } from '../../lib/lab/fashion_mnist';
import { runNode } from '../support/child';
import { runNodeOnRanks, underAnMpi } from '../support/ranks';

const images = fashionMnistFolder();
const options = ['--images', images ?? '', '--rows', '6000', '--epochs', '2'];
const accuracyIn = (stdout: string): number => Number(/accuracy ([\d.]+)\n$/.exec(stdout)?.[1]);

underAnMpi('examples/distributed', (launcher) => {
  (images ? test : test.skip)(
    'learns Fashion-MNIST on four ranks as in one process (needs dataset-fashion-mnist)',
    async () => {
      const alone = await runNode(['examples/distributed/main.mjs', '--alone', ...options]);
      const shared = await runNodeOnRanks(launcher, 4, ['examples/distributed/main.mjs', ...options]);
      expect({ code: shared.code, stderr: shared.stderr }).toEqual({ code: 0, stderr: '' });
      expect(shared.stdout).toMatch(/^epoch 1: .*\nepoch 2: .*\n4 processes: accuracy/); // one rank prints
      expect(accuracyIn(alone.stdout)).toBeGreaterThan(0.75);
      expect(Math.abs(accuracyIn(shared.stdout) - accuracyIn(alone.stdout))).toBeLessThan(0.002);
    },
  );

  test('prints its help', async () => {
    const { code, stdout } = await runNode(['examples/distributed/main.mjs', '--help']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('mpirun -n 4 node') });
  });
});
