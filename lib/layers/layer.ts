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
 * What a layer does to each of its numbers:
 *
 * - `identity`: x itself
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
 * How weights start, with a mean of 0 and, where n is the number of inputs of a unit and m the number of units of an input, a variance
 * of 2/n (`he`: He et al. 2015), 2/(n + m) (`glorot`: Glorot & Bengio 2010) or 1/n (`lecun`: LeCun et al. 1998), uniform or normal;
 * `orthogonal`: as a matrix of inputs by units, its columns of length 1 and at right angles, or its rows, where there are fewer (Saxe,
 * McClelland & Ganguli 2013); or `zeros`.
 */
export type Initializer = (typeof initializers)[number];

/** `automatic` is He's variance behind activations that halve the signal (relu and its kin, elu, gelu, silu), else Glorot's, uniform. */
export const checkInitializer = (initializer: Initializer | 'automatic' | undefined): Initializer | 'automatic' =>
  checkOneOf('initializer', orDefault(initializer, 'automatic'), ['automatic', ...initializers]);

/** A layer's description, which `network` builds it from: plain, frozen, with all options. */
export interface Layer {
  readonly kind: string;
  readonly [option: string]: unknown;
}

/** The option of layers that have no weights of their own but an activation. */
export interface ActivationOptions {
  /** Applied to each output. Default `'identity'`. */
  activation?: Activation | undefined;
}
