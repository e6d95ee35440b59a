import fs from 'node:fs';
import path from 'node:path';
import { picturesOf } from '../../scripts/picture.mjs';
import { suites } from '../suites.mjs';
import { bars } from './bars.mjs';
import { bullets } from './bullets.mjs';

/** Draws results into a file, or into a file for each suite if the path is a folder. */
export function draw(report, target) {
  const isFolder = target.endsWith('/') || (fs.existsSync(target) && fs.statSync(target).isDirectory());
  const names = Object.keys(suites).filter((name) => report.results.some(({ suite }) => suite === name));
  const pages = isFolder ? names.map((name) => [path.join(target, `${name}.svg`), [name]]) : [[target, names]];
  for (const [file, members] of pages) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, page(report, members));
  }
}

function page({ date, machine, results, summaries }, names) {
  const { glissade, cpu, cores } = machine;
  const threads = glissade.threads === 1 ? 'one thread' : `${glissade.threads} threads each`;
  return picturesOf({
    title: `glissade ${glissade.version} beside its peers`,
    lines: [
      `${cores} cores of ${cpu}, ${threads}; ${date.slice(0, 10)}. × says how many times as long as the first bar each took.`,
    ],
    sections: names.map((name) => ({
      title: name,
      lines: [suites[name].description, ...(summaries[name] ?? [])],
      figures: figuresOf(results.filter(({ suite }) => suite === name)),
    })),
  });
}

/** A figure for each row, or for each group of rows. Omits accuracies: they differ by less than a line's width. */
function figuresOf(results) {
  const groups = new Map();
  for (const result of results.filter(({ unit }) => unit !== '%')) {
    const title = result.group ?? [result.title, result.measure].filter(Boolean).join(': ');
    groups.set(title, [...(groups.get(title) ?? []), result]);
  }
  return [...groups].map(([title, members]) => (members[0].group ? bullets(title, members) : bars(title, members[0])));
}
