import { random, range } from './numbers';

/** Texts of topics, and vectors in which the words of a topic are near each other. */
export function topicTexts({ topics = 3, rows = 60, perTopic = 60, common = 100, width = 8 } = {}) {
  const draw = random(5);
  const below = (count: number) => Math.floor(count * draw());
  const normal = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  const centres = range(topics).map(() => range(width).map(normal));
  const vectors = new Map<string, number[]>();
  for (const [t, centre] of centres.entries())
    for (const w of range(perTopic))
      vectors.set(
        `t${t}w${w}`,
        centre.map((c) => 2 + c + 0.4 * normal()),
      );
  for (const w of range(common))
    vectors.set(
      `c${w}`,
      range(width).map(() => 2 + normal()),
    );
  const text = (t: number) =>
    range(8)
      .map(() => (draw() < 0.4 ? `t${t}w${below(perTopic)}` : `c${below(common)}`))
      .join(' ');
  const make = (count: number) => range(count).map((i) => ({ text: text(i % topics), label: `topic ${i % topics}` }));
  const file = [`${vectors.size} ${width}`, ...Array.from(vectors, ([word, x]) => [word, ...x].join(' '))].join('\n');
  return { rows: make(rows), others: make(300), vectors, file };
}
