/** Files of models, beside Node's `fs` with the same bytes. All write to the temporary folder. */
const contestant = (name, way) => ({ name, program: 'files/transfer.mjs', args: [way] });

export const rows = [
  {
    title: 'a model of 100 M parameters to a file, synced',
    unit: 'MB/s',
    better: 'more',
    contestants: [
      contestant('model.save', 'save'),
      contestant('fs.writeFile to a new file, renamed', 'write'),
      contestant('fs.writeFile over the old file', 'overwrite'),
    ],
  },
  {
    title: 'a model of 100 M parameters from a file that is in the cache',
    unit: 'MB/s',
    better: 'more',
    contestants: [contestant('loadModel', 'load'), contestant('fs.readFile', 'read')],
  },
  {
    title: 'a model of 100 M parameters to bytes',
    unit: 'MB/s',
    better: 'more',
    contestants: [contestant('model.toBytes', 'bytes'), contestant('a copy of its parameters', 'copy')],
  },
];
