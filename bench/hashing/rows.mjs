/** Kinds of features of an example. 10,000 examples are hashed at a time. */
const shapes = [
  ['names', '20 names'],
  ['pairs', '20 name=value pairs'],
  ['numbers', '20 names with numbers'],
];

const contestants = (shape) => [
  { name: 'glissade', program: 'hashing/glissade.mjs', args: [shape] },
  { peer: 'scikit-learn', name: 'FeatureHasher', program: 'hashing/scikit_hasher.py', args: [shape] },
];

/** Each contestant uses one core. */
export const rows = [
  ...shapes.map(([shape, words]) => ({
    title: `hashed features, ${words} an example, 2^20 columns`,
    unit: 'M features/s',
    better: 'more',
    contestants: contestants(shape),
  })),
  {
    title: 'hashed features, 10 x 10 in two crossed namespaces (120 an example), 2^20 columns',
    unit: 'M features/s',
    better: 'more',
    contestants: contestants('crosses').slice(0, 1),
  },
  {
    title:
      'from 20,000 texts of 10 to 30 words to a linear model of two classes, 2^18 columns, 5 epochs, in processor time',
    unit: 'M words/s',
    better: 'more',
    contestants: [
      { name: 'glissade', program: 'hashing/texts.mjs' },
      { peer: 'scikit-learn', name: 'HashingVectorizer, SGDClassifier', program: 'hashing/texts.py' },
    ],
  },
  {
    title: 'training step of an embedding bag, 200,000 x 50 to 10 classes, 44 columns, batch 64, in processor time',
    unit: 'µs',
    contestants: [
      { name: 'glissade', program: 'hashing/bag.mjs', env: { GLISSADE_THREADS: '1' } },
      { peer: 'torch', name: 'EmbeddingBag, sparse gradients', program: 'hashing/bag.py' },
    ],
  },
];
