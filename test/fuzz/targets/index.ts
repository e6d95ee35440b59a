import '../../../lib/definitions';
import type { Target } from '../target';
import { datasetFile } from './dataset_file';
import { rules } from './descriptions';
import { model, stateDict, tableModel } from './models';
import { idx, libsvm, numpy } from './numbers';
import { encoder, onnx } from './onnx';
import { arrowFile, csv, json, parquet } from './tables';
import { checkpoint, optimizer } from './training';

/** Every reader of bytes from outside, by the name that `npm run fuzz` takes. */
export const targets: Readonly<Record<string, Target>> = {
  model,
  'state-dict': stateDict,
  'table-model': tableModel,
  checkpoint,
  optimizer,
  onnx,
  'onnx-encoder': encoder,
  dataset: datasetFile,
  libsvm,
  npy: numpy,
  idx,
  csv,
  json,
  arrow: arrowFile,
  parquet,
  rules,
};
