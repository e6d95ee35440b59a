import { Dataset } from '../../lib/data/dataset';
import { batchNorm } from '../../lib/layers/batch_norm';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { flatten } from '../../lib/layers/flatten';
import type { Layer } from '../../lib/layers/layer';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { expectRefusal, expectRejection } from '../support/refusals';

const [height, width, channels, classes] = [3, 4, 5, 3];
const positions = height * width;
const images = 20;

const inputs = Float64Array.from({ length: images * positions * channels }, (_, i) => Math.sin(i * i));
const targets = Uint8Array.from({ length: images * positions }, (_, i) => (i * i) % classes);
const weights = Float64Array.from({ length: images }, (_, i) => 1 + (i % 3));

const ofImages = (more: object = {}) =>
  new Dataset({ inputs, targets, columns: positions * channels, targetColumns: positions, ...more });
const ofRows = (more: object = {}) => new Dataset({ inputs, targets, columns: channels, ...more });
const layers: Layer[] = [dense(17, { activation: 'tanh' }), dense(classes)];
const onImages = () => network({ inputs: { height, width, channels }, layers, type: 'float64', seed: 3 });
const onRows = () => network({ inputs: channels, layers, type: 'float64', seed: 3 });

describe('a network with positions', () => {
  test('predicts at each position like a network of rows', () => {
    const [image, row] = [onImages(), onRows()];
    expect([image.positions, image.outputs, row.positions]).toEqual([positions, classes, 1]);
    expect(image.predict(inputs)).toEqual(row.predict(inputs));
    expect(image.predictClasses(ofImages())).toEqual(row.predictClasses(ofRows()));
  });

  test('has the mean loss of all positions, each with the weight of its example', () => {
    const options = { loss: 'crossEntropy', metrics: ['accuracy', 'f1'] } as const;
    const ofPositions = Float64Array.from(
      { length: images * positions },
      (_, i) => weights[Math.floor(i / positions)]!,
    );
    expect(onImages().evaluate(ofImages(), options)).toEqual(onRows().evaluate(ofRows(), options));
    expect(onImages().evaluate(ofImages({ weights }), options)).toEqual(
      onRows().evaluate(ofRows({ weights: ofPositions }), options),
    );
  });

  test('takes the steps of a network of rows with all positions as rows', async () => {
    const options = {
      loss: 'crossEntropy',
      optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }),
      shuffle: false,
      epochs: 3,
    } as const;
    const [image, row] = [onImages(), onRows()];
    await image.fit(ofImages(), { ...options, batchSize: 4 });
    await row.fit(ofRows(), { ...options, batchSize: 4 * positions });
    expect(greatestError(image.parameters, row.parameters)).toBeLessThan(1e-14);
  });

  test('takes a step during a run as between runs, and refuses the same minibatches', async () => {
    const options = { loss: 'crossEntropy', optimizer: sgd({ learningRate: 0.5 }), seed: 1 } as const;
    const [model, other] = [onImages(), onImages()];
    const [ours, theirs] = [new Trainer(model, options), new Trainer(other, options)];
    const run = ours.fit(ofImages(), { batchSize: images, epochs: 1e6, shuffle: false });
    const tooFew = ours.stepAsync(inputs, targets.subarray(0, images));
    await expectRejection(tooFew, 'ERR_SHAPE', 'targets have 1 columns');
    await ours.stepAsync(inputs, targets);
    run.stop();
    await run;
    while (theirs.steps < ours.steps) theirs.step(inputs, targets);
    expectSameBits(model.parameters, other.parameters);
  });

  test('learns after convolutions, with normalisation and dropout', async () => {
    const model = network({
      inputs: { height, width, channels },
      layers: [conv2d(8, { padding: 'same' }), batchNorm({ activation: 'relu' }), dropout(0.1), dense(classes)],
      seed: 3,
    });
    const before = model.evaluate(ofImages(), { loss: 'crossEntropy' }).loss;
    await model.fit(ofImages(), {
      loss: 'crossEntropy',
      optimizer: sgd({ learningRate: 0.1 }),
      batchSize: 4,
      epochs: 20,
    });
    expect(model.evaluate(ofImages(), { loss: 'crossEntropy' }).loss).toBeLessThan(before / 1.5);
  });

  test('refuses one target for an example of several positions, and says what to do', () => {
    const one = new Dataset({ inputs, targets: targets.subarray(0, images), columns: positions * channels });
    expectRefusal(
      () => onImages().evaluate(one, { loss: 'crossEntropy' }),
      'ERR_SHAPE',
      `${positions} positions`,
      'flatten()',
    );
    const flat = network({
      inputs: { height, width, channels },
      layers: [...layers, flatten()],
      type: 'float64',
      seed: 3,
    });
    expect(flat.predict(inputs)).toEqual(onImages().predict(inputs));
    expect([flat.positions, flat.outputs]).toEqual([1, positions * classes]);
  });

  test('names the position of a target that is not a class', () => {
    const wrong = targets.slice();
    wrong[positions + 2] = classes;
    const data = new Dataset({ inputs, targets: wrong, columns: positions * channels, targetColumns: positions });
    expectRefusal(() => onImages().evaluate(data, { loss: 'crossEntropy' }), 'ERR_OUT_OF_RANGE', `${classes}`);
  });
});
