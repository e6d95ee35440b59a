import { Dataset } from '../../../lib/data/dataset';
import { dense } from '../../../lib/layers/dense';
import { embedding } from '../../../lib/layers/embedding';
import { input } from '../../../lib/layers/input';
import { parallel } from '../../../lib/layers/parallel';
import { calibrate } from '../../../lib/models/calibrate';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { loadTableModel, TableModel } from '../../../lib/tables/table_model';
import { loadModel, network } from '../../../lib/training/network';
import { close } from '../../support/safetensors';
import { Defect, type Target } from '../target';
import { mutateChecked, mutateSafetensors } from './safetensors';

const small = () => network({ inputs: 3, layers: [dense(4, { activation: 'relu' }), dense(2)], seed: 1 });

/** Whether a network is unchanged after a refused file. */
async function unchanged(model: ReturnType<typeof small>, load: () => Promise<unknown>): Promise<void> {
  const before = JSON.stringify([[...model.parameters], model.calibration]);
  try {
    await load();
  } catch (error) {
    if (JSON.stringify([[...model.parameters], model.calibration]) !== before) throw new Defect('a partial change');
    throw error;
  }
}

/** `loadModel`. */
export const model: Target = {
  async seeds() {
    const calibrated = small();
    const inputs = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
    await calibrate(calibrated, new Dataset({ inputs, targets: inputs.slice(0, 20).map((x) => +(x > 0)), columns: 3 }));
    return [small().toBytes(), calibrated.toBytes()];
  },
  mutate: mutateChecked,
  async read(input) {
    const loaded = await loadModel(input);
    if (loaded.parameters.length > input.length) throw new Defect('more parameters than the file has');
    loaded.predict(new Float32Array(loaded.inputs));
    return loaded.layers.length;
  },
};

/** `load` of a network: files of models, and state dicts of PyTorch. */
export const stateDict: Target = {
  seeds() {
    const tensors = {
      'layers.0.weight': { dtype: 'F32', shape: [4, 3], data_offsets: [0, 48] },
      'layers.0.bias': { dtype: 'F32', shape: [4], data_offsets: [48, 64] },
      'layers.1.weight': { dtype: 'F64', shape: [2, 4], data_offsets: [64, 128] },
      'layers.1.bias': { dtype: 'BF16', shape: [2], data_offsets: [128, 132] },
    };
    return [
      close(tensors, new Uint8Array(132)),
      close({ __metadata__: { format: 'pt' }, ...tensors }, new Uint8Array(132)),
    ];
  },
  mutate: mutateSafetensors,
  async read(input) {
    const receiver = small();
    await unchanged(receiver, () => receiver.load(input));
    receiver.predict(new Float32Array(3));
  },
};

const rows = Array.from({ length: 24 }, (_, i) => ({
  x: i % 5 === 4 ? null : Math.sin(i),
  z: i % 7,
  city: ['Bern', 'Chur', null][i % 3],
  note: `word ${i}, another word`,
  when: new Date(Date.UTC(2020, i % 12, 1 + i)),
  y: i / 2,
  plan: i % 2 === 0 ? 'basic' : 'gold',
}));

/** `loadTableModel`: a model with its pipeline of columns. */
export const tableModel: Target = {
  async seeds() {
    const data = await table(rows);
    const made = async (steps: Parameters<typeof pipeline>[0], target: string) => {
      const fitted = await pipeline(steps).fit(data, { target });
      const blocks = typeof fitted.inputs === 'number' ? [] : Object.entries(fitted.inputs);
      const names = blocks.map(([name]) => name);
      const branches = blocks.map(([name, shape]) => [
        input(name),
        ...(typeof shape === 'object' && 'categories' in shape ? [embedding()] : []),
        dense(1),
      ]);
      const layers = names.length === 0 ? [dense(1)] : [parallel(branches as never), dense(1)];
      return new TableModel(network({ inputs: fitted.inputs, layers, seed: 1 }), fitted).toBytes();
    };
    return [
      await made({ x: columns.number(), city: columns.category({ encode: 'oneHot' }) }, 'y'),
      await made(
        {
          x: columns.number({ bins: 3 }),
          z: columns.number({ log: true, clip: [0, 3], missing: 'mean', flag: true }),
          city: columns.category({ encode: 'hash', columns: 8 }),
          note: columns.text({ columns: 8 }),
          when: columns.date({ parts: ['month', 'time'] }),
          both: columns.cross(['city', 'z'], { columns: 4 }),
        },
        'plan',
      ),
      await made(
        { x: columns.number({ clip: { quantiles: [0.1, 0.9] } }), city: columns.category({ encode: 'embedding' }) },
        'plan',
      ),
    ];
  },
  mutate: mutateChecked,
  async read(file) {
    const loaded = await loadTableModel(file);
    const predicted = loaded.predict(rows[4]!);
    loaded.predict([...rows, {}]);
    return [typeof predicted, loaded.pipeline.columns.length];
  },
};
