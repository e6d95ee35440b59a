import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Dataset } from '../../../lib/data/dataset';
import { dense } from '../../../lib/layers/dense';
import { adam } from '../../../lib/optimizers/adam';
import { adamw } from '../../../lib/optimizers/adamw';
import { ema } from '../../../lib/optimizers/average';
import { lookahead } from '../../../lib/optimizers/lookahead';
import { Optimizer } from '../../../lib/optimizers/optimizer';
import { cosine } from '../../../lib/schedules/cosine';
import { reduceOnPlateau } from '../../../lib/schedules/reduce_on_plateau';
import { network } from '../../../lib/training/network';
import type { RunOptions } from '../../../lib/training/run_options';
import { Trainer } from '../../../lib/training/trainer';
import type { TrainerOptions } from '../../../lib/training/training';
import { Defect, type Target } from '../target';
import { mutateChecked, mutateSafetensors } from './safetensors';

const inputs = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
const targets = Uint8Array.from({ length: 20 }, (_, i) => i % 2);
const data = new Dataset({ inputs, targets, columns: 3 });
const run: RunOptions = { epochs: 2, batchSize: 4, validation: data, earlyStopping: { patience: 9 } };

const trainerOf = (options: Partial<TrainerOptions>) =>
  new Trainer(network({ inputs: 3, layers: [dense(3), dense(2)], seed: 1 }), {
    loss: 'crossEntropy',
    optimizer: adam({ learningRate: 0.01 }),
    seed: 2,
    ...options,
  });

/** The file of a run that is stopped in the middle of an epoch. */
async function interrupted(): Promise<Uint8Array> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-fuzz-'));
  const trainer = trainerOf({ optimizer: adam({ learningRate: cosine({ from: 0.01 }) }), average: ema() });
  const many = data.select(Uint32Array.from({ length: 100_000 }, (_, i) => i % data.rows));
  const begun = trainer.fit(many, { ...run, checkpoint: { folder } });
  setTimeout(() => begun.stop(), 20);
  await begun;
  const [name] = fs.readdirSync(folder);
  const bytes = new Uint8Array(fs.readFileSync(path.join(folder, name!)));
  fs.rmSync(folder, { recursive: true });
  return bytes;
}

/** `Trainer.resume`: checkpoints, and what `toBytes` of a trainer returns. */
export const checkpoint: Target = {
  async seeds() {
    const plateau = reduceOnPlateau({ from: 0.1, patience: 1 });
    const trainers = [
      trainerOf({ clip: { norm: 1 }, accumulate: 2, state: 'bfloat16' }),
      trainerOf({ optimizer: lookahead(adamw({ learningRate: plateau })), average: ema({ decay: 0.9 }) }),
    ];
    for (const trainer of trainers) for (let i = 0; i < 3; ++i) trainer.step(inputs, targets);
    return [...trainers.map((trainer) => trainer.toBytes()), await interrupted()];
  },
  mutate: mutateChecked,
  async read(input) {
    const trainer = await Trainer.resume(input);
    trainer.step(new Float32Array(trainer.model.inputs), [0]);
    return trainer.steps > 3;
  },
};

const optimizers = [
  () =>
    new Optimizer([new Float32Array(5), new Float32Array(3)], adamw({ learningRate: 0.1 }), {
      average: ema(),
      clip: { norm: 1 },
    }),
  () =>
    new Optimizer([new Float64Array(8)], adam({ learningRate: reduceOnPlateau({ from: 0.1 }), amsgrad: true }), {
      accumulate: 3,
    }),
  () =>
    new Optimizer(
      [{ data: new Float32Array(12), shape: [4, 3] }],
      adam({ learningRate: cosine({ from: 0.1, steps: 9 }) }),
      { sparse: 'lazy' },
    ),
  () => new Optimizer([new Float32Array(4100)], adam(), { state: 'uint8' }),
];

function stepped(optimizer: Optimizer): Optimizer {
  optimizer.step(optimizer.parameters.map((array) => array.map((_, i) => Math.sin(i))) as never);
  return optimizer;
}

/** `restore` of optimizers; the first byte of an input chooses one. */
export const optimizer: Target = {
  seeds: () => optimizers.map((make, i) => Uint8Array.from([i, ...stepped(stepped(make())).save()])),
  mutate: (input, draw, other) =>
    Uint8Array.from([input[0] ?? 0, ...mutateSafetensors(input.subarray(1), draw, other.subarray(1))]),
  read(input) {
    const receiver = stepped(optimizers[(input[0] ?? 0) % optimizers.length]!());
    const before = Buffer.from(receiver.save());
    try {
      receiver.restore(input.slice(1));
    } catch (error) {
      if (!before.equals(receiver.save())) throw new Defect('a partial change');
      throw error;
    }
    stepped(receiver);
    receiver.evaluationParameters();
    return receiver.steps;
  },
};
