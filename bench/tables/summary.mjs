import { studentT } from '../statistics.mjs';
import { figure } from '../wording.mjs';
import { scoreTitles } from './names.mjs';

const { classes: accuracy, numbers: error } = scoreTitles;

/** How much worse than the best peer the defaults can be: points of accuracy, % of the root mean square error. */
const limits = { [accuracy]: 1.5, [error]: 3 };

const head = ['', 'best of scikit-learn', '', 'glissade', 'worse by, ± standard error', 'limit', 'training, both'];

/** For each table: means over the splits of the best peer and of glissade, and whether their difference is acceptable. */
export function summary(results) {
  const timesOf = (kind) =>
    new Map(results.filter(({ measure }) => measure === kind).map(({ title, results }) => [title, results]));
  const [times, fits] = [timesOf('training'), timesOf('one fit')];
  const lines = results
    .filter(({ measure, results: [, ...peers] }) => measure in limits && peers.some(({ trials }) => trials))
    .map((result) => cellsOf(result, times.get(result.title)));
  const races = Object.entries(rivals).flatMap(([name, isRival]) => {
    const beside = results
      .filter(({ measure, results: [ours] }) => measure in limits && ours.trials?.length > 1)
      .map((result) => raceOf(result, isRival, [times.get(result.title), fits.get(result.title)]))
      .filter((cells) => cells !== undefined);
    return beside.length > 0 ? ['', countsOf(name, beside), ...aligned([raceHead, ...beside])] : [];
  });
  return [...(lines.length > 0 ? ['', 'Means over the splits', ...aligned([head, ...lines])] : []), ...races];
}

/** Who is raced, by the names of the contestants: of several, the scores of the best and the time of the fastest. */
const rivals = {
  'trees with default settings': (name) => /HistGradientBoosting(, one thread)?\)?$/.test(name),
  'trees, the best of 20 settings': (name) => name.includes('best of 20'),
  'a random forest': (name) => name.includes('RandomForest'),
  'the better of two MLPs': (name) => name.includes('MLP'),
};

const raceHead = ['', 'peer', 'glissade', 'error less by, ± standard error', '', 'times as long', 'one fit'];

/** Errors beside those of a peer: wrong predictions in %, or root mean square errors. */
function raceOf({ title, measure, results: [ours, ...peers] }, isRival, [times, fits]) {
  const raced = peers.filter(({ name, trials }) => isRival(name) && trials);
  if (raced.length === 0) return undefined;
  const errorsOf = ({ trials }) => trials.map((score) => (measure === accuracy ? 100 - score : score));
  const own = errorsOf(ours);
  const other = raced.map(errorsOf).reduce((a, b) => (mean(b) < mean(a) ? b : a));
  const differences = other.map((error, split) => (100 * (error - own[split])) / mean(other));
  const gain = mean(differences);
  const variance = mean(differences.map((x) => (x - gain) ** 2));
  const standardError = Math.sqrt(variance / (differences.length - 1));
  const half = studentT(differences.length - 1) * standardError;
  const verdict = gain > half ? 'win' : gain < -half ? 'loss' : 'tie';
  const ratioOf = (list) => {
    const seconds = (one) => list.find(({ name }) => name === one.name).median;
    return (seconds(ours) / Math.min(...raced.map(seconds))).toFixed(1);
  };
  return [
    title.split(' ')[0],
    figure(mean(other), 3),
    figure(mean(own), 3),
    `${gain.toFixed(1)} % ± ${standardError.toFixed(1)}`,
    verdict,
    ratioOf(times),
    ratioOf(fits),
  ];
}

function countsOf(name, lines) {
  const count = (verdict, plural) => {
    const number = lines.filter((cells) => cells[4] === verdict).length;
    return `${number} ${number === 1 ? verdict : plural}`;
  };
  return `Beside ${name}: ${count('win', 'wins')}, ${count('tie', 'ties')}, ${count('loss', 'losses')}`;
}

function cellsOf({ title, measure, results: [ours, ...peers], unit, decimals }, times) {
  const isBetter = measure === accuracy ? (a, b) => a > b : (a, b) => a < b;
  const best = peers
    .filter(({ trials }) => trials)
    .reduce((a, b) => (isBetter(mean(b.trials), mean(a.trials)) ? b : a));
  const score = ({ trials }) => `${figure(mean(trials), decimals)} ${unit}`.trim();
  const seconds = ({ name }) => `${figure(times.find((time) => time.name === name).median)} s`;
  const begin = [title.split(' ')[0], /\((.*)\)/.exec(best.name)[1], score(best)];
  if (!ours.trials) return [...begin, '', '', '', seconds(best)];

  const differences = ours.trials.map((score, split) =>
    measure === accuracy ? best.trials[split] - score : (100 * (score - best.trials[split])) / mean(best.trials),
  );
  const excess = mean(differences);
  const variance = mean(differences.map((x) => (x - excess) ** 2));
  const standardError = Math.sqrt(variance / (differences.length - 1));
  const spread = differences.length > 1 ? ` ± ${standardError.toFixed(2)}` : '';
  return [
    ...begin,
    score(ours),
    `${excess.toFixed(2)}${spread} ${measure === accuracy ? 'points' : '%'}`,
    excess <= limits[measure] ? 'within' : 'beyond',
    `${seconds(best)}, ${seconds(ours)}`,
  ];
}

const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;

function aligned(rows) {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((cells) => cells[k].length)));
  const isWord = (k) => k === 0 || k === rows[0].length - 2;
  const padded = (cell, k) => (isWord(k) ? cell.padEnd(widths[k]) : cell.padStart(widths[k]));
  return rows.map((cells) => `  ${cells.map(padded).join('  ')}`.trimEnd());
}
