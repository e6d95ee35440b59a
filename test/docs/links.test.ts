// Links of the pages in the package: to a file of the package and its heading, or to an address.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../support/child';

const [{ files }] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: packageRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
) as [{ files: { path: string }[] }];
const packed = new Set(files.map((file) => file.path));
const pages = [...packed].filter((file) => /^(?:[A-Z]+|docs\/[\w-]+)\.md$/.test(file));

const read = (page: string) => fs.readFileSync(path.join(packageRoot, page), 'utf8');
const withoutCode = (text: string) => text.replaceAll(/^\s*```.*?^\s*```/gms, '').replaceAll(/`[^`\n]*`/g, '');

/** The anchors of a page's headings, as GitHub and npm make them. */
function anchorsOf(page: string): Set<string> {
  const headings = [
    ...read(page)
      .replaceAll(/^\s*```.*?^\s*```/gms, '')
      .matchAll(/^#+ (.*)$/gm),
  ];
  return new Set(
    headings.map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('the package has README and all pages of docs', () => {
  const docs = fs.readdirSync(path.join(packageRoot, 'docs')).filter((name) => name.endsWith('.md'));
  expect(pages.sort()).toEqual([...docs.map((name) => `docs/${name}`), 'CHANGELOG.md', 'README.md'].sort());
});

test('each link of a page leads to a file and a heading of the package, or to an address', () => {
  const links = pages.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => ({ page, target: target! })),
  );
  expect(links.length).toBeGreaterThan(80);
  const broken = links.filter(({ page, target }) => {
    if (/^https:\/\//.test(target)) return false;
    const [file, anchor] = target.split('#');
    const to = file === '' ? page : path.posix.join(path.posix.dirname(page), file!);
    return !packed.has(to) || (anchor !== undefined && !anchorsOf(to).has(decodeURIComponent(anchor)));
  });
  expect(broken).toEqual([]);
});

test('paths of pages exist in the package, unless the page mentions the checkout', () => {
  const [, readOn] = /## Read on\n(.*?)\n## /s.exec(read('README.md'))!;
  const paths = [...readOn!.matchAll(/`((?:docs|examples)\/[\w/]+)`/g)].map(([, file]) => file!);
  const inCheckout = paths.filter((file) => !file.startsWith('docs/api'));
  for (const file of inCheckout) expect(readOn).toContain(`\`${file}\` of the repository`);
});
