import { checkOneOf, orDefault } from '../checks/options.js';

export const activations = [
  'identity',
  'relu',
  'leakyRelu',
  'elu',
  'gelu',
  'silu',
  'tanh',
  'sigmoid',
  'softplus',
] as const;

/**
 * Function that a layer applies to each of its outputs x:
 *
 * - `identity`: x
 * - `relu`: max(x, 0)
 * - `leakyRelu`: x, or 0.01 x below 0 (Maas, Hannun & Ng 2013)
 * - `elu`: x, or eˣ − 1 below 0 (Clevert, Unterthiner & Hochreiter 2016, https://arxiv.org/abs/1511.07289)
 * - `gelu`: x·Φ(x), Φ the normal distribution function (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415)
 * - `silu`: x/(1 + e⁻ˣ) (ibid.)
 * - `tanh`, `sigmoid` 1/(1 + e⁻ˣ), `softplus` log(1 + eˣ)
 */
export type Activation = (typeof activations)[number];

export const checkActivation = (activation: Activation | undefined): Activation =>
  checkOneOf('activation', orDefault(activation, 'identity'), activations);

export const initializers = [
  'heUniform',
  'heNormal',
  'glorotUniform',
  'glorotNormal',
  'lecunUniform',
  'lecunNormal',
  'orthogonal',
  'zeros',
] as const;

/**
 * Initial distribution of weights. n is the number of inputs of a unit, m the number of units that an input feeds. The
 * mean is 0, and the variance:
 *
 * - `heUniform`, `heNormal`: 2/n (He et al. 2015)
 * - `glorotUniform`, `glorotNormal`: 2/(n + m) (Glorot & Bengio 2010)
 * - `lecunUniform`, `lecunNormal`: 1/n (LeCun et al. 1998)
 *
 * `orthogonal`: a matrix of inputs by units with orthonormal columns, or rows if these are fewer (Saxe, McClelland &
 * Ganguli 2013). `zeros`: all 0.
 */
export type Initializer = (typeof initializers)[number];

/**
 * `automatic` is `heUniform` for activations that halve the signal (relu, leakyRelu, elu, gelu, silu), else
 * `glorotUniform`.
 */
export const checkInitializer = (initializer: Initializer | 'automatic' | undefined): Initializer | 'automatic' =>
  checkOneOf('initializer', orDefault(initializer, 'automatic'), ['automatic', ...initializers]);

/** Description of a layer, from which `network` builds it: a frozen plain object with all options. */
export interface Layer {
  readonly kind: string;
  readonly [option: string]: unknown;
}

/** The option `activation` of layers. */
export interface ActivationOptions {
  /** Applied to each output. Default `'identity'`. */
  activation?: Activation | undefined;
}
