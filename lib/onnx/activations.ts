import type { Activation } from '../layers/layer.js';
import type { GraphBuilder } from './graph_builder.js';

/** Adds the nodes of an activation after `from`; returns the name of the result. */
export function activated(builder: GraphBuilder, activation: Activation, from: string): string {
  const node = (opType: string, inputs: readonly string[], attributes = {}) =>
    builder.node(opType, inputs, `${from}.${opType.toLowerCase()}`, attributes);
  switch (activation) {
    case 'identity':
      return from;
    case 'relu':
      return node('Relu', [from]);
    case 'leakyRelu':
      return node('LeakyRelu', [from], { alpha: { float: 0.01 } });
    case 'elu':
      return node('Elu', [from], { alpha: { float: 1 } });
    case 'tanh':
      return node('Tanh', [from]);
    case 'sigmoid':
      return node('Sigmoid', [from]);
    case 'softplus':
      return node('Softplus', [from]);
    case 'silu':
      return node('Mul', [from, node('Sigmoid', [from])]);
    case 'gelu': {
      // The operator Gelu came with opset 20: x·(1 + erf(x/√2))/2.
      const erf = node('Erf', [node('Div', [from, builder.constant(Math.SQRT2)])]);
      const twice = node('Mul', [from, node('Add', [erf, builder.constant(1)])]);
      return node('Mul', [twice, builder.constant(0.5)]);
    }
  }
}
