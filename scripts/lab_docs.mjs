// Runs all experiments and writes their results into docs/lab.md and docs/pictures: npm run lab:docs
import fs from 'node:fs';
import { boundsOf, experiments, runExperiment, shortened } from 'glissade/lab';
import { pictureOf } from './picture.mjs';

const file = new URL('../docs/lab.md', import.meta.url);
const marker = '<!-- experiments -->';
const pictures = new URL('../docs/pictures/', import.meta.url);

/** The figures on this page or in the README, by experiment. */
const shown = {
  tradeoff: ['excess', 'winner'],
  curvature: ['edge', 'growing'],
  saddles: ['widths'],
  'single-layer': ['scatter-before', 'scatter-zca', 'scatter-pca'],
  saxe: ['curves'],
  sgd: ['order', 'batch-size'],
  adaptive: ['equal-terms'],
  zoo: ['race', 'starts'],
};

/** Pictures to write at the end, if all checks pass, by file name. */
const drawn = new Map();
const failed = [];
const sections = [];
const rows = ['| slide | claim | experiment |', '| --- | --- | --- |'];
for (const { number, name, title, slides, errata = [] } of experiments) {
  console.error(name);
  const { checks, figures, findings } = await runExperiment(name);
  failed.push(...checks.filter(({ holds }) => !holds).map(({ claim }) => `${name}: ${claim}`));
  for (const slide of slides)
    rows.push(`| ${slide.title} | ${cell(slide.claim)} | [${number}. ${name}](#${anchor(`${number}. ${title}`)}) |`);
  sections.push(
    `## ${number}. ${title}`,
    `\`glissade lab ${name}\``,
    slides.map((slide) => `- Slide *${slide.title}*: ${slide.claim}`).join('\n'),
    ...errata.map((erratum) => `**Erratum.** ${erratum}`),
    [
      '| checked | measured | must be | fails with |',
      '| --- | --- | --- | --- |',
      ...checks.map(
        (check) =>
          `| ${cell(check.claim)} | ${shortened(check.measured)} | ${boundsOf(check)} | ${cell(check.counterModel)} |`,
      ),
    ].join('\n'),
    ...pictured(name, figures),
    `Figures: ${figures.map((figure) => `*${figure.title}*`).join('; ')}.`,
    ...findings,
  );
}

/** Draws the shown figures of an experiment, and returns the lines that show them. */
function pictured(experiment, figures) {
  return (shown[experiment] ?? []).map((name) => {
    const figure = figures.find((one) => one.name === name);
    if (!figure) throw new Error(`${experiment} has no figure ${name}`);
    const file = `${experiment}-${name}.svg`;
    drawn.set(file, pictureOf(figure));
    return `![${figure.title}](pictures/${file})\n\n_${figure.title}._ ${figure.caption}`;
  });
}

/** GitHub's anchor of a heading. */
function anchor(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
    .replaceAll(' ', '-');
}

/** Escapes text for a cell of a table. */
function cell(text) {
  return text.replaceAll('|', '\\|');
}

if (failed.length > 0) throw new Error(`nothing is written, as these checks fail:\n${failed.join('\n')}`);
fs.rmSync(pictures, { recursive: true, force: true });
fs.mkdirSync(pictures);
for (const [name, picture] of drawn) fs.writeFileSync(new URL(name, pictures), picture);
const page = fs.readFileSync(file, 'utf8');
fs.writeFileSync(
  file,
  `${page.slice(0, page.indexOf(marker) + marker.length)}\n\n${rows.join('\n')}\n\n${sections.join('\n\n')}\n`,
);
