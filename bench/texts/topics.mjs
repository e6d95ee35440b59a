import { Random } from 'glissade';

const [classes, count] = [12, 4000];
const [topical, shared] = [60, 600]; // words of each topic, and of all
const [shortest, longest] = [10, 24];
const share = 0.35; // of a text's words that are a topic's
const astray = 0.1; // of these, those of the next topic

/**
 * Texts of 10 to 24 words on 12 topics. About two thirds of the words are common to all topics. Nine tenths of the rest are typical of
 * the topic, and one tenth of the next topic. Some words are far more frequent than others.
 *
 * @returns {{ text: string, label: string }[]}
 */
export function topics() {
  const random = new Random(7);
  const below = (limit, power = 1) => Math.floor(limit * random.uniform() ** power);
  return Array.from({ length: count }, () => {
    const topic = below(classes);
    const wordOf = () => {
      if (random.uniform() >= share) return `common${below(shared, 2.5)}`;
      const owner = random.uniform() < astray ? (topic + 1) % classes : topic;
      return `word${owner * topical + below(topical, 1.5)}`;
    };
    const text = Array.from({ length: shortest + below(longest - shortest + 1) }, wordOf).join(' ');
    return { text, label: `topic ${topic + 1}` };
  });
}
