import { activated } from './activated';
import { batchEnsemble } from './batch_ensemble';
import { batchNorm } from './batch_norm';
import { conv2d } from './conv2d';
import { dealt } from './dealt';
import { dense } from './dense';
import type { LayerDescription } from './descriptions';
import { dropout } from './dropout';
import { embedding } from './embedding';
import { flatten } from './flatten';
import { joined } from './joined';
import type { Passed, ReferenceLayer } from './layer';
import { layerNorm } from './layer_norm';
import { globalPool, pool } from './pool';
import type { Shape } from './shape';
import { similarity } from './similarity';
import { softmax } from './softmax';

/** Layers in sequence; their names begin with `path`. */
export function sequence(descriptions: readonly LayerDescription[], inputs: Shape, path: string): ReferenceLayer {
  let outputs = inputs;
  const layers = descriptions.map((description, i) => {
    const layer = referenceLayer(description, outputs, `${path}.${i}`);
    outputs = layer.outputs;
    return layer;
  });
  return {
    outputs,
    tensors: layers.flatMap((layer) => layer.tensors),
    forward(x, tensors, pass) {
      const parts = dealt(tensors, layers);
      const passed: Passed[] = [];
      for (const [i, layer] of layers.entries())
        passed.push(layer.forward(passed.at(-1)?.outputs ?? x, parts[i]!, pass));
      return {
        outputs: passed.at(-1)?.outputs ?? x,
        backward(upstream, gradients) {
          const shares = dealt(gradients, layers);
          return passed.reduceRight((g, layer, i) => layer.backward(g, shares[i]!), upstream);
        },
        observe: () => {
          for (const layer of passed) layer.observe?.();
        },
      };
    },
  };
}

function referenceLayer(description: LayerDescription, inputs: Shape, path: string): ReferenceLayer {
  const layer = withoutActivation(description, inputs, path);
  return 'activation' in description ? activated(layer, description.activation) : layer;
}

function withoutActivation(description: LayerDescription, inputs: Shape, path: string): ReferenceLayer {
  switch (description.kind) {
    case 'dense':
      return dense(description, inputs, path);
    case 'conv2d':
      return conv2d(description, inputs, path);
    case 'maxPool':
    case 'averagePool':
      return pool(description, inputs);
    case 'globalPool':
      return globalPool(description, inputs);
    case 'flatten':
      return flatten(inputs);
    case 'dropout':
      return dropout(description, inputs, path);
    case 'layerNorm':
      return layerNorm(description, inputs, path);
    case 'batchNorm':
      return batchNorm(description, inputs, path);
    case 'residual': {
      const [body, shortcut] = (['layers', 'shortcut'] as const).map((part) =>
        sequence(description[part], inputs, `${path}.${part}`),
      );
      return joined([body!, shortcut!], 'sum');
    }
    case 'parallel': {
      const branches = description.branches.map((branch, b) => sequence(branch, inputs, `${path}.branches.${b}`));
      const { join } = description;
      return join === 'dot' || join === 'cosine' ? similarity(branches, join) : joined(branches, join);
    }
    case 'embedding':
      return embedding(description, inputs, path);
    case 'batchEnsemble':
      return batchEnsemble(description, inputs, path);
    case 'memberMean':
      return globalPool({ kind: 'globalPool', pooling: 'average' }, inputs);
    case 'softmax':
      return softmax(inputs);
  }
}
