import { activation, elu, gelu, leaky } from './activation_operators.js';
import { gemm, linearClassifier, linearRegressor, matMul } from './dense_operators.js';
import { dropped } from './dropout_operator.js';
import { added, divided, multiplied, scaler, subtracted } from './elementwise_operators.js';
import { concatenated, gathered } from './embeddings.js';
import { conv, globalPooled, pool, reduceMean, reduceSum } from './image_operators.js';
import { batchNormalization, layerNormalization, normalizer, softmaxed } from './normalization_operators.js';
import type { Operation, Result } from './operation.js';
import { cast, constantNode, flattened, passed, reshaped, shapeOf, squeezed, transposed } from './shape_operators.js';

/** What each operator becomes. */
export const operators: Readonly<Record<string, (op: Operation) => Result>> = {
  Gemm: gemm,
  MatMul: matMul,
  Conv: conv,
  MaxPool: pool,
  AveragePool: pool,
  GlobalAveragePool: (op) => globalPooled(op, 'average'),
  GlobalMaxPool: (op) => globalPooled(op, 'max'),
  ReduceMean: reduceMean,
  ReduceSum: reduceSum,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Relu: (op) => activation(op, 'relu'),
  LeakyRelu: leaky,
  Elu: elu,
  Gelu: gelu,
  Tanh: (op) => activation(op, 'tanh'),
  Sigmoid: (op) => activation(op, 'sigmoid'),
  Softplus: (op) => activation(op, 'softplus'),
  Softmax: softmaxed,
  Add: added,
  Sum: added,
  Sub: subtracted,
  Mul: multiplied,
  Div: divided,
  Concat: concatenated,
  Gather: gathered,
  Flatten: flattened,
  Reshape: reshaped,
  Transpose: transposed,
  Squeeze: squeezed,
  Unsqueeze: squeezed,
  Identity: passed,
  Dropout: dropped,
  Cast: cast,
  Shape: shapeOf,
  Constant: constantNode,
  'ai.onnx.ml.Scaler': scaler,
  'ai.onnx.ml.LinearRegressor': linearRegressor,
  'ai.onnx.ml.LinearClassifier': linearClassifier,
  'ai.onnx.ml.Normalizer': normalizer,
  'ai.onnx.ml.ZipMap': passed,
};
