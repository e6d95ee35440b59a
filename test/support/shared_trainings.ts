// Trainings that any number of ranks can share, with the results of one process.

/**
 * Each makes { data, layers, inputs?, trainer, run }, from helpers in scope. Activations are smooth: rounding that
 * moves the argument of a ReLU past 0 would change the training.
 */
const trainings = {
  dense: `{ data: dataOf(20), layers: deep, trainer: { optimizer: adamw({ learningRate: 1e-3 }) } }`,
  'convolution with synchronised batchNorm': `{
    data: dataOf(128), inputs: { height: 8, width: 8, channels: 2 },
    layers: [conv2d(8, { kernel: 3, bias: false }), batchNorm({ activation: 'tanh' }), flatten(), dense(16, { bias: false }),
      batchNorm({ activation: 'tanh' }), dropout(0.2), dense(3)],
    trainer: { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) } }`,
  'sparse wide and deep': `{
    data: wideAndDeep(), layers: wideLayers, trainer: { optimizer: adam({ learningRate: 1e-3 }) } }`,
  'lazy sparse wide and deep': `{
    data: wideAndDeep(), layers: wideLayers, trainer: { optimizer: adam({ learningRate: 1e-3 }), sparse: 'lazy' } }`,
  'weighted rows and classes': `{
    data: dataOf(20, { weights: true }), layers: deep,
    trainer: { loss: losses.crossEntropy({ classWeights: [1, 2, 0.5] }), optimizer: adamw({ learningRate: 1e-3 }) } }`,
  'clipping by norm': `{ data: dataOf(20), layers: deep, trainer: { optimizer: adam({ learningRate: 1e-3 }), clip: { norm: 0.1 } } }`,
  'clipping by value': `{ data: dataOf(20), layers: deep, trainer: { optimizer: sgd({ learningRate: 0.1 }), clip: { value: 0.01 } } }`,
  'adaptive clipping': `{ data: dataOf(20), layers: deep, trainer: { optimizer: sgd({ learningRate: 0.1 }), clip: { adaptive: 0.01 } } }`,
  accumulation: `{ data: dataOf(20), layers: deep, trainer: { optimizer: sgd({ learningRate: 0.1 }), accumulate: 3 } }`,
  averages: `{ data: dataOf(20), layers: deep, trainer: { optimizer: sgd({ learningRate: 0.1 }), average: ema({ decay: 0.9 }) } }`,
  'sharpness-aware minimisation': `{ data: dataOf(20), layers: deep, trainer: { optimizer: sam(sgd({ learningRate: 0.1 })) } }`,
  lookahead: `{ data: dataOf(20), layers: deep, trainer: { optimizer: lookahead(sgd({ learningRate: 0.1 })) } }`,
  'a rule with a gradient point': `{
    data: dataOf(20), layers: deep, trainer: { optimizer: momentum({ learningRate: 0.05, nesterov: true }) } }`,
  'a rule that sees norms': `{ data: dataOf(20), layers: deep, trainer: { optimizer: lamb({ learningRate: 1e-2 }) } }`,
  'a rule that sees matrices': `{ data: dataOf(20), layers: deep, trainer: { optimizer: adafactor({ learningRate: 1e-2 }) } }`,
  'frozen tensors': `{ data: dataOf(20), layers: deep, trainer: { optimizer: sgd({ learningRate: 0.1 }),
    groups: [{ tensors: ['layers.0.weight', 'layers.0.bias'], frozen: true }] } }`,
  'a custom loss': `{ data: dataOf(20, { targets: 'numbers' }), layers: deepToNumbers,
    trainer: { loss: halfSquares, optimizer: sgd({ learningRate: 0.1 }) } }`,
  'members of an ensemble, with weights': `{
    data: dataOf(20, { weights: true }),
    layers: [batchEnsemble(16, { members: 3, activation: 'tanh' }), dropout(0.1), batchEnsemble(3, { members: 3 }), memberMean()],
    trainer: { loss: losses.crossEntropy({ classWeights: [1, 2, 0.5] }), optimizer: adamw({ learningRate: 1e-3 }) } }`,
  'minibatches smaller than the number of ranks': `{
    data: dataOf(20, { rows: 61 }), layers: deep, trainer: { optimizer: sgd({ learningRate: 0.01 }) },
    run: { batchSize: 3, epochs: 5 } }`,
  'sampling by weight': `{
    data: dataOf(20, { weights: true }), layers: deep, trainer: { optimizer: sgd({ learningRate: 0.1 }) },
    run: { sampling: 'weighted' } }`,
  'stratified sampling': `{
    data: dataOf(20), layers: deep, trainer: { optimizer: sgd({ learningRate: 0.1 }) }, run: { sampling: 'stratified' } }`,
  'a plateau schedule and early stopping': `{
    data: dataOf(20), layers: deep, trainer: {
      optimizer: sgd({ learningRate: schedules.reduceOnPlateau({ from: 0.5, patience: 1 }) }), metrics: ['accuracy', 'logLoss'] },
    run: { epochs: 40, earlyStopping: { monitor: 'validation.logLoss', patience: 4 }, monitor: 'validation.logLoss' } }`,
};

export type SharedTraining = keyof typeof trainings;
export const sharedTrainings = Object.keys(trainings) as SharedTraining[];

/**
 * A program that trains all of these, one after the other, in one process or on ranks. The first rank prints results by
 * name: parameters, steps, and the losses of the last epoch.
 */
export const sharingProgram = (
  type: 'float32' | 'float64',
  {
    alone = false,
    options = '{}',
    names = sharedTrainings,
  }: { alone?: boolean; options?: string; names?: SharedTraining[] } = {},
): string => `
  import * as glissade from 'glissade';
  import { distributed } from 'glissade/distributed';
  const { adafactor, adam, adamw, batchEnsemble, batchNorm, categories, conv2d, Dataset, dense, dropout, ema, embedding, flatten, input,
    lamb, lookahead, losses, memberMean, momentum, network, parallel, sam, schedules, sgd, sparse, Trainer } = glissade;
  const ranks = ${alone ? 'undefined' : `await distributed(${options})`};
  let state;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const draw = (n) => Math.floor(uniform() * n);
  const dataOf = (columns, { rows = 1000, weights = false, targets = 'classes' } = {}) => {
    const inputs = Float64Array.from({ length: rows * columns }, () => 2 * uniform() - 1);
    const classOf = (i) => inputs[i * columns] + inputs[i * columns + 1] > 0 ? (inputs[i * columns + 2] > 0 ? 2 : 1) : 0;
    return new Dataset({ inputs, columns, weights: weights ? Float64Array.from({ length: rows }, uniform) : undefined,
      targets: targets === 'classes' ? Uint8Array.from({ length: rows }, (_, i) => classOf(i))
        : Float64Array.from({ length: rows }, (_, i) => classOf(i) - 1) });
  };
  const wideAndDeep = (rows = 1000) => {
    const wide = Array.from({ length: rows }, () => [[draw(200), 1], [200 + draw(200), 2]]);
    const codes = Array.from({ length: rows }, () => [draw(50), draw(300)]);
    return new Dataset({ targets: Uint8Array.from({ length: rows }, (_, i) => (wide[i][0][0] + codes[i][0]) % 3), inputs: {
      wide: sparse({ rows: wide, columns: 400 }), deep: categories({ values: codes, cardinalities: [50, 300] }) } });
  };
  const deep = [dense(32, { activation: 'tanh' }), dropout(0.1), dense(16, { activation: 'tanh' }), dense(3)];
  const deepToNumbers = [dense(32, { activation: 'tanh' }), dense(1)];
  const wideLayers = [parallel([
    [input('wide'), dense(3)],
    [input('deep'), embedding({ dimensions: 8 }), dense(16, { activation: 'tanh' }), dense(3)]])];
  const halfSquares = losses.custom({
    value: ({ outputs, targets, rows }) => outputs.reduce((sum, z, i) => sum + (z - targets[i]) ** 2 / 2, 0) / rows,
    gradient: ({ outputs, targets, rows }, gradient) => outputs.forEach((z, i) => { gradient[i] = (z - targets[i]) / rows; }),
  });
  const makers = { ${names.map((name) => `${JSON.stringify(name)}: () => (${trainings[name]})`).join(',\n')} };
  const results = {};
  for (const [name, make] of Object.entries(makers)) {
    state = 1;
    const { data, layers, inputs = data, trainer, run } = make();
    const model = network({ inputs, layers, type: '${type}', seed: 7 });
    const history = await new Trainer(model, { loss: 'crossEntropy', seed: 3, ranks, ...trainer })
      .fit(data, { batchSize: 96, epochs: 10, validation: data, ...run });
    const { loss, validation } = history.epochs.at(-1);
    results[name] = { steps: history.steps, loss, validation: validation.loss, parameters: Array.from(model.parameters) };
  }
  if (!ranks || ranks.rank === 0) console.log(JSON.stringify(results));
`;
