import { checkPath, writeAtomically } from '../../formats/files.js';
import { columnsOf } from '../../models/columns.js';
import { checkOutputs } from '../writable.js';
import { networkIn, tableModelIn } from './model_file.js';

interface ExportCommandOptions {
  onnx: string;
  networkOnly?: boolean;
  json?: boolean;
}

/** Runs `glissade export`. */
export async function exportCommand(file: string, { onnx, networkOnly, json }: ExportCommandOptions): Promise<void> {
  const out = checkPath('--onnx', onnx);
  await checkOutputs({ files: { onnx } }, { 'the model': file });
  const network = await networkIn(file);
  const isAlone = networkOnly || columnsOf(network) === undefined;
  const bytes = isAlone ? network.toONNX() : (await tableModelIn(file)).toONNX();
  await writeAtomically(out, bytes);
  if (json) console.log(JSON.stringify({ file: out, bytes: bytes.length, pipeline: !isAlone }));
  else console.log(`written: ${out}, ${isAlone ? 'the network alone' : 'the network with its columns'}`);
}
