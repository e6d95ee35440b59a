import fs from 'node:fs';
import path from 'node:path';
import { experiments, runExperiment } from 'glissade/lab';
import { packageRoot } from '../support/child';

const page = fs.readFileSync(path.join(packageRoot, 'docs/lab.md'), 'utf8');

describe('docs/lab.md', () => {
  test.each(experiments.map((experiment) => [experiment.name, experiment] as const))(
    'has the slides of %s, what is checked and its figures',
    async (name, { number, title, slides, errata = [] }) => {
      const start = page.indexOf(`## ${number}. ${title}\n\n\`glissade lab ${name}\``);
      expect(start).toBeGreaterThan(0);
      const section = page.slice(start, page.indexOf('\n## ', start + 3) >>> 0);
      for (const slide of slides) {
        expect(section).toContain(`- Slide *${slide.title}*: ${slide.claim}`);
        expect(page).toContain(`| ${slide.title} | ${slide.claim.replaceAll('|', '\\|')} | [${number}. ${name}](#`);
      }
      for (const erratum of errata) expect(section).toContain(`**Erratum.** ${erratum}`);
      const { checks, figures } = await runExperiment(name, { size: 'small' });
      expect(section.match(/^\| .* \| .* \| .* \|$/gm)).toHaveLength(2 + checks.length);
      expect(section.match(/^Figures: .*$/m)![0].split('*; *')).toHaveLength(figures.length);
    },
  );
});
