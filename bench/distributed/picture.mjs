import { nameOf } from '../networks.mjs';
import { nameOfNetwork } from './network.mjs';
import { efficiency, stepAlone } from './timeline.mjs';

const colors = ['blue', 'orange', 'green', 'purple', 'teal', 'pink'];
const styles = ['solid', 'dotted', 'dashed'];

/**
 * Throughput relative to perfect scaling, by ranks: a figure for each way in which minibatches grow. Dots are
 * measurements with minibatches of the same size.
 *
 * @returns {Promise<string>} SVG
 */
export async function picture({ cpu, cores, date, networks, sizes, counts, ...model }) {
  const { picturesOf } = await import('../../scripts/picture.mjs');
  const figures = sizes.map(({ title, rowsOf }) => {
    const marks = networks.flatMap((network, i) =>
      marksOf(model, { network, rowsOf, counts, color: colors[i % colors.length] }),
    );
    const most = Math.max(1, ...marks.flatMap(({ points }) => points.map(([, share]) => share)));
    return {
      name: title,
      title,
      caption: '',
      x: { label: 'ranks', scale: 'log', domain: [counts[0], counts.at(-1)] },
      y: { label: 'throughput, of perfect scaling', domain: [0, 1.05 * most] },
      marks,
    };
  });
  return picturesOf({
    title: `Ranks that train together, as predicted: ${nameOf(model.description)}`,
    lines: [
      `A rank is one of ${cores} cores of ${cpu}; ${date}. Dots are measured: two ranks on a simulated network of as many.`,
    ],
    sections: [{ title: '', lines: [], figures }],
  });
}

/** A line for each kind of exchange on a network, and dots for measurements. */
function marksOf({ description, constants, ways, points = [] }, { network, rowsOf, counts, color }) {
  return ways.flatMap(({ name, ...way }, i) => {
    const plan = (ranks) => ({ description, rows: rowsOf(ranks), ranks, network, ...way });
    const share = (ranks) => efficiency(constants, plan(ranks), rowsOf(1));
    const isOnLine = (point) =>
      !point.isMemory &&
      point.name === name &&
      point.rows === rowsOf(point.ranks) &&
      nameOfNetwork(point.network) === nameOfNetwork(network);
    const dots = points
      .filter(isOnLine)
      .map(({ ranks, rows, measured }) => [ranks, stepAlone(constants, rows) / measured]);
    const line = counts.filter((ranks) => rowsOf(ranks) >= 1).map((ranks) => [ranks, share(ranks)]);
    const mark = { name: `${nameOfNetwork(network)}, ${name}`, color };
    return [
      { kind: 'line', ...mark, style: styles[i], points: line },
      ...(dots.length > 0 ? [{ kind: 'dots', ...mark, points: dots }] : []),
    ];
  });
}
