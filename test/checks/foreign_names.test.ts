import { Dataset } from '../../lib/data/dataset';
import '../../lib/definitions';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { parallel } from '../../lib/layers/parallel';
import { maxPool } from '../../lib/layers/pool';
import { crossEntropy } from '../../lib/losses/cross_entropy';
import { type CustomLossOptions, custom as customLoss } from '../../lib/losses/custom';
import { logistic } from '../../lib/losses/logistic';
import { adam } from '../../lib/optimizers/adam';
import { momentum } from '../../lib/optimizers/momentum';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import { sgd } from '../../lib/optimizers/sgd';
import { step as stepSchedule } from '../../lib/schedules/step';
import { linear } from '../../lib/training/linear';
import { type FitOptions, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectRefusal } from '../support/refusals';

const data = new Dataset({ inputs: [[1], [2]], targets: [0, 1] });
const model = () => linear({ inputs: 1 });
const fitting = (options: object) => () =>
  model().fit(data, { loss: 'squared', optimizer: adam(), ...options } as FitOptions);
const under = (loss: string) => () => model().evaluate(data, { loss: loss as 'squared' });
const scored =
  (metric: string, loss = 'logistic') =>
  () =>
    model().evaluate(data, { loss: loss as 'logistic', metrics: [metric as 'accuracy'] });

describe('names of Keras, PyTorch and scikit-learn lead to names of glissade:', () => {
  const names: [string, () => unknown, string][] = [
    ['lr', () => adam({ lr: 0.1 } as object), 'learningRate'],
    ['learning_rate', () => sgd({ learning_rate: 0.1 } as object), 'learningRate'],
    ['eps', () => adam({ eps: 1e-8 } as object), 'epsilon'],
    ['betas', () => adam({ betas: [0.9, 0.999] } as object), 'beta1'],
    ['momentum of the average', () => momentum({ momentum: 0.9 } as object), 'decay'],
    ['momentum of adam', () => adam({ momentum: 0.9 } as object), 'beta1'],
    ['rho', () => rmsprop({ rho: 0.9 } as object), 'decay'],
    ['l2', () => sgd({ l2: 0.1 } as object), 'weightDecay'],
    ['weight_decay', () => sgd({ weight_decay: 0.1 } as object), 'weightDecay'],
    ['batch_size', fitting({ batch_size: 32 }), 'batchSize'],
    ['n_epochs', fitting({ n_epochs: 3 }), 'epochs'],
    ['max_iter', fitting({ max_iter: 3 }), 'epochs'],
    ['validation_data', fitting({ validation_data: data }), 'validation'],
    ['early_stopping', fitting({ early_stopping: {} }), 'earlyStopping'],
    ['random_state', fitting({ random_state: 3 }), 'seed'],
    ['clipnorm', fitting({ clipnorm: 1 }), 'clip'],
    ['gradient_accumulation_steps', fitting({ gradient_accumulation_steps: 2 }), 'accumulate'],
    ['criterion', fitting({ criterion: 'squared' }), 'loss'],
    ['sample_weight', () => new Dataset({ inputs: [[1]], sample_weight: [1] } as never), 'weights'],
    ['y', () => new Dataset({ inputs: [[1]], y: [1] } as never), 'targets'],
    ['use_bias', () => dense(3, { use_bias: false } as object), 'bias'],
    ['kernel_size', () => conv2d(3, { kernel_size: 3 } as object), 'kernel'],
    ['pool_size', () => maxPool({ pool_size: 3 } as object), 'size'],
    ['dtype', () => network({ inputs: 1, layers: [dense(1)], dtype: 'float64' } as never), 'type'],
    ['swish', () => dense(3, { activation: 'swish' as 'silu' }), 'silu'],
    ['xavier_uniform', () => dense(3, { initializer: 'xavier_uniform' as 'glorotUniform' }), 'glorotUniform'],
    ['concat', () => parallel([[]], { join: 'concat' as 'sum' }), 'concatenate'],
    ['Linear', () => network({ inputs: 1, layers: [{ kind: 'Linear' }] }), 'dense'],
    ['BatchNorm2d', () => network({ inputs: 1, layers: [{ kind: 'BatchNorm2d' }] }), 'batchNorm'],
    ['gamma of a schedule', () => stepSchedule({ from: 1, every: 3, gamma: 0.1 } as never), 'factor'],
    ['mse', under('mse'), 'squared'],
    ['MSELoss', under('MSELoss'), 'squared'],
    ['mean_absolute_error', under('mean_absolute_error'), 'absolute'],
    ['smooth_l1_loss', under('smooth_l1_loss'), 'huber'],
    ['nll', under('nll'), 'crossEntropy'],
    ['cross_entropy', under('cross_entropy'), 'crossEntropy'],
    ['sparse_categorical_crossentropy', under('sparse_categorical_crossentropy'), 'crossEntropy'],
    ['BCEWithLogitsLoss', under('BCEWithLogitsLoss'), 'logistic'],
    ['log_loss', under('log_loss'), 'logistic'],
    ['class_weight', () => crossEntropy({ class_weight: [1, 2] } as object), 'classWeights'],
    ['pos_weight', () => logistic({ pos_weight: 2 } as object), 'positiveWeight'],
    ['acc', scored('acc'), 'accuracy'],
    ['roc_auc_score', scored('roc_auc_score'), 'auc'],
    ['rmse', scored('rmse', 'squared'), 'rootMeanSquaredError'],
    ['log_loss, a metric', scored('log_loss'), 'logLoss'],
    ['val_loss', fitting({ earlyStopping: { monitor: 'val_loss' } }), 'validation.loss'],
    ['validation_loss', fitting({ earlyStopping: { monitor: 'validation_loss' } }), 'validation.loss'],
  ];
  test.each(names)('%s', (_, action, ours) =>
    expectRefusal(action, 'ERR_INVALID_ARGUMENT', `It is called "${ours}" here.`),
  );

  test('options of the rule are pointed to it', () => {
    for (const [name, ours] of [
      ['lr', 'learningRate'],
      ['learningRate', 'learningRate'],
      ['weight_decay', 'weightDecay'],
    ] as const) {
      const sentence = `It belongs to the rule: optimizer: adam({ ${ours}: … }).`;
      expectRefusal(fitting({ [name]: 0.1 }), 'ERR_INVALID_ARGUMENT', `unknown option "${name}"`, sentence);
      const trainer = () => new Trainer(model(), { loss: 'squared', optimizer: adam(), [name]: 0.1 } as never);
      expectRefusal(trainer, 'ERR_INVALID_ARGUMENT', sentence);
    }
  });

  test('softmax is a layer', () => {
    const sentence = 'softmax() is a separate layer; the loss crossEntropy contains it';
    expectRefusal(() => dense(3, { activation: 'softmax' as 'relu' }), 'ERR_INVALID_ARGUMENT', sentence);
    const similar = 'Did you mean "softplus"?';
    expectRefusal(() => dense(3, { activation: 'softpluss' as 'relu' }), 'ERR_INVALID_ARGUMENT', similar);
  });
});

test('meaningless and long names get the list or a similar name', () => {
  expectRefusal(() => adam({ n_estimators: 3 } as object), 'ERR_INVALID_ARGUMENT', 'Known are: ');
  expectRefusal(() => adam({ ['lr'.repeat(1e5)]: 3 } as object), 'ERR_INVALID_ARGUMENT', 'Known are: ');
  expectRefusal(() => adam({ __proto__x: 3 } as object), 'ERR_INVALID_ARGUMENT', 'Known are: ');
  expectRefusal(() => adam({ constructor: 3 } as object), 'ERR_INVALID_ARGUMENT', 'unknown option "constructor"');
  expectRefusal(scored('mcc'), 'ERR_INVALID_ARGUMENT', 'Known are: '); // not auc, which shares one letter
  expectRefusal(fitting({ batchsize: 3 }), 'ERR_INVALID_ARGUMENT', 'Did you mean "batchSize"?');
  expectRefusal(() => customLoss({ grad: () => {} } as unknown as CustomLossOptions), 'ERR_INVALID_ARGUMENT', '"grad"');
  expectRefusal(() => dropout('p' as never), 'ERR_INVALID_ARGUMENT');
});
