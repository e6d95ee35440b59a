import { runtime } from 'glissade';
import { threadsOf } from '../wording.mjs';

const { threads } = runtime();

const unit = '·10⁻⁹';
const ofOutputs = [
  { key: 'one', title: 'one row', unit },
  { key: 'several', title: '16 rows', unit },
];
const ofStep = [
  { key: 'weights', title: 'weights', unit },
  { key: 'biases', title: 'biases', unit },
];
const ofImages = [{ key: 'outputs', title: 'outputs', unit }, ...ofStep];

const row = (kind, size, signs, title, measures) => ({
  title: `largest error of ${title}, ${signs} terms, float32, ${threadsOf(threads)}`,
  measures,
  trials: 1,
  contestants: [
    { name: 'glissade', program: 'accuracy/glissade.mjs', args: [kind, size, signs] },
    { peer: 'torch', program: 'accuracy/torch_sums.py', args: [kind, size, signs, threads] },
  ],
});

const thousands = (count) => count.toLocaleString('en');

export const rows = ['positive', 'mixed'].flatMap((signs) => [
  ...[784, 5_000, 50_000, 100_000].map((inputs) =>
    row('outputs', inputs, signs, `a dense layer's outputs, ${thousands(inputs)} inputs`, ofOutputs),
  ),
  ...[128, 4_096, 65_536, 200_001].map((batch) =>
    row('gradients', batch, signs, `a step's gradient, dense, batch ${thousands(batch)}`, ofStep),
  ),
  ...[32, 256].map((batch) =>
    row('patches', batch, signs, `a step's gradient, 3 × 3 convolution of 14 × 14 × 8, batch ${batch}`, ofStep),
  ),
  ...[3, 5].map((kernel) =>
    row('images', kernel, signs, `a ${kernel} × ${kernel} convolution of 14 × 14 × 64 to 64 channels`, ofImages),
  ),
]);
