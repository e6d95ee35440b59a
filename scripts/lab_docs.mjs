// Runs all experiments and writes their results into docs/lab.md: npm run lab:docs
import fs from 'node:fs';
import { boundsOf, experiments, runExperiment, shortened } from 'glissade/lab';

const file = new URL('../docs/lab.md', import.meta.url);
const marker = '<!-- experiments -->';

const sections = [];
const rows = ['| slide | claim | experiment |', '| --- | --- | --- |'];
for (const { number, name, title, slides, errata = [] } of experiments) {
  console.error(name);
  const { checks, figures, findings } = await runExperiment(name);
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
    `Figures: ${figures.map((figure) => `*${figure.title}*`).join('; ')}.`,
    ...findings,
  );
}

/** The anchor that GitHub gives to a heading. */
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

const page = fs.readFileSync(file, 'utf8');
fs.writeFileSync(
  file,
  `${page.slice(0, page.indexOf(marker) + marker.length)}\n\n${rows.join('\n')}\n\n${sections.join('\n\n')}\n`,
);
