import fs from 'node:fs/promises';
import { checkPath } from '../../formats/files.js';
import { checkOutputs } from '../writable.js';
import { networkIn } from './model_file.js';
import { counted } from './score_words.js';

interface QuantizeCommandOptions {
  out: string;
  json?: boolean;
}

/** Runs `glissade quantize`. */
export async function quantizeCommand(file: string, { out, json }: QuantizeCommandOptions): Promise<void> {
  const place = checkPath('--out', out);
  await checkOutputs({ files: { out } }, { 'the model': file });
  const network = await networkIn(file); // the description of its columns is part of what it saves
  await network.save(place, { quantize: 'int8' });
  const [{ size: before }, { size: bytes }] = [await fs.stat(file), await fs.stat(place)];
  if (json) console.log(JSON.stringify({ file: place, bytes, before, quantization: 'int8' }));
  else console.log(`written: ${place}, ${counted(bytes, 'byte')} instead of ${counted(before, 'byte')}`);
}
