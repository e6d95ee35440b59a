import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';

export interface OnnxInput {
  type: 'float32' | 'float64' | 'int64' | 'string';
  data: Float32Array | Float64Array | BigInt64Array | readonly string[];
  dims: number[];
}

export interface OnnxCase {
  bytes: Uint8Array;
  inputs: Record<string, OnnxInput>;
}

export type OnnxResult = { outputs: Record<string, { data: Float32Array; dims: number[] }> } | { error: string };

export const onnxFloats = (data: ArrayLike<number>, dims: number[]): OnnxInput => ({
  type: 'float32',
  data: Float32Array.from(data),
  dims,
});

export const onnxIntegers = (data: ArrayLike<number>, dims: number[]): OnnxInput => ({
  type: 'int64',
  data: BigInt64Array.from(Array.from(data, BigInt)),
  dims,
});

/** The results of onnxruntime for each case, all in one process. */
export function runByOnnxruntime(cases: readonly OnnxCase[]): OnnxResult[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-onnx-'));
  const file = path.join(folder, 'cases');
  try {
    fs.writeFileSync(file, v8.serialize(cases));
    execFileSync(process.execPath, [path.join(__dirname, 'onnxruntime.mjs'), file], { stdio: ['ignore', 2, 2] });
    return v8.deserialize(fs.readFileSync(file));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
