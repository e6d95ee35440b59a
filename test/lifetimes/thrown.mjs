// Throws a value that can't be inspected, from functions that glissade calls. Prints what glissade's calls throw then.
// (Napi::Error reads a name from what it throws. In a Worker that is being terminated this fails for numbers too.)
import { Dataset, dense, losses, network, sgd, Trainer } from 'glissade';

const odd = new Proxy(
  {},
  {
    has: () => true,
    get() {
      throw new Error('on purpose');
    },
  },
);
const throwOdd = () => {
  throw odd;
};
const loss = losses.custom({ value: throwOdd, gradient: throwOdd, check: false });
const model = network({ inputs: 2, layers: [dense(2)], seed: 1 });
const data = new Dataset({ inputs: new Float32Array(4), columns: 2, targets: [0, 1] });

const calls = [
  () => model.evaluate(data, { loss }),
  () => new Trainer(model, { loss, optimizer: sgd() }).step(new Float32Array(2), [1]),
];
for (const call of calls)
  try {
    call();
  } catch (error) {
    console.log(error.code);
  }
