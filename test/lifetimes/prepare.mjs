// node prepare.mjs "folder": writes the files that the works read.
import path from 'node:path';
import { DatasetWriter } from 'glissade';
import { table, train } from 'glissade/tables';
import { classes, columns } from './works.mjs';

const folder = JSON.parse(process.argv[2]);
const rows = 2000;

const writer = new DatasetWriter(path.join(folder, 'rows.dataset'), { inputs: columns, targetColumns: 1 });
await writer.append({
  inputs: new Float32Array(columns * rows).map((_, i) => Math.sin(i)),
  targets: Array.from({ length: rows }, (_, i) => i % classes),
});
(await writer.close()).dispose();

const people = Array.from({ length: 60 }, (_, i) => ({
  age: 20 + i,
  city: ['Bern', 'Basel'][i % 2],
  bought: i % 3 > 0 ? 'yes' : 'no',
}));
const { model } = await train(await table(people), { target: 'bought', epochs: 2, hidden: [8] });
await model.save(path.join(folder, 'table.safetensors'));
