// Hessian-vector products of losses of classes in float32 beside those in float64, for rows in which a few classes have
// nearly all the probability: differences of their tangents then lose most digits.
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { crossEntropy } from '../../lib/losses/cross_entropy';
import { focal } from '../../lib/losses/focal';
import type { LossLike } from '../../lib/losses/loss';
import { Random } from '../../lib/numbers/random';
import { network } from '../../lib/training/network';
import { range } from '../support/numbers';

/** The product with `vector` of the Hessian of the loss with respect to the logits. */
function product(type: 'float32' | 'float64', loss: LossLike, logits: number[], label: number, vector: number[]) {
  const model = network({ inputs: 1, layers: [dense(logits.length, { bias: false })], type });
  model.parameters.set(logits);
  const Floats = type === 'float32' ? Float32Array : Float64Array;
  const data = new Dataset({ inputs: [[1]], targets: [label] });
  return Array.from(model.hessianVectorProduct(data, Floats.from(vector), { loss }));
}

test.each<[string, LossLike]>([
  ['crossEntropy', 'crossEntropy'],
  ['crossEntropy with smoothing', crossEntropy({ labelSmoothing: 0.1 })],
  ...[0, 1, 2].map((gamma): [string, LossLike] => [`focal, γ = ${gamma}`, focal({ gamma })]),
])('%s in float32 agrees with float64', (_, loss) => {
  const random = new Random(5);
  const single = (size: number) => Math.fround(size * (2 * random.uniform() - 1));
  const far = range(300).flatMap((i) => {
    const logits = [0, 0, 0].map(() => single([5, 20, 40][i % 3]!));
    const vector = [0, 0, 0].map(() => single(0.5));
    const [found, expected] = (['float32', 'float64'] as const).map((type) =>
      product(type, loss, logits, i % 3, vector),
    );
    const scale = Math.max(...expected!.map(Math.abs));
    const error = Math.max(...found!.map((x, j) => Math.abs(x - expected![j]!))) / scale;
    return scale < 1e-30 || error < 1e-4 ? [] : [{ logits, label: i % 3, vector, found, expected }];
  });
  expect(far).toEqual([]);
});
