import { nameOf } from '../networks.mjs';
import { nameOfNetwork } from './network.mjs';
import { efficiency } from './timeline.mjs';

const colors = ['blue', 'orange', 'green', 'purple', 'teal', 'pink'];
const styles = ['solid', 'dotted', 'dashed'];

/**
 * Throughput relative to perfect scaling, by ranks: a figure for each way in which minibatches grow. Points that were
 * measured with the rows of the first one are dots.
 *
 * @returns {Promise<string>} SVG
 */
export async function picture({
  cpu,
  cores,
  date,
  description,
  constants,
  points = [],
  networks,
  sizes,
  ways,
  counts,
}) {
  const { picturesOf } = await import('../../scripts/picture.mjs');
  const figures = sizes.map(({ title, rowsOf }) => ({
    name: title,
    title,
    caption: '',
    x: { label: 'ranks', scale: 'log', domain: [counts[0], counts.at(-1)] },
    y: { label: 'of perfect scaling', domain: [0, 1.05] },
    marks: networks.flatMap((network, n) =>
      ways.flatMap(({ name, ...way }, w) => {
        const plan = (ranks) => ({ description, rows: rowsOf(ranks), ranks, network, ...way });
        const share = (ranks) => efficiency(constants, plan(ranks), rowsOf(1));
        const mark = { name: `${nameOfNetwork(network)}, ${name}`, color: colors[n % colors.length] };
        const isOfThis = (point) => JSON.stringify([point.network, point.every, point.exchange, point.rows]) === JSON.stringify([network, way.every, way.exchange, rowsOf(point.ranks)]); // biome-ignore format: one line
        const dots = points
          .filter((point) => !point.isMemory && isOfThis(point))
          .map((point) => [point.ranks, (share(point.ranks) * point.predicted) / point.measured]);
        return [
          { kind: 'line', ...mark, style: styles[w], points: counts.filter((ranks) => rowsOf(ranks) >= 1).map((ranks) => [ranks, share(ranks)]) }, // biome-ignore format: one line
          ...(dots.length > 0 ? [{ kind: 'dots', ...mark, points: dots }] : []),
        ];
      }),
    ),
  }));
  return picturesOf({
    title: `Ranks that train together, as predicted: ${nameOf(description)}`,
    lines: [
      `A rank is one of ${cores} cores of ${cpu}; ${date}. Dots are measured: two ranks on a simulated network of as many.`,
    ],
    sections: [{ title: '', lines: [], figures }],
  });
}
