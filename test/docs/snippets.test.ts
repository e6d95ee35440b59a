// Type-checks every snippet of TypeScript and JavaScript in the documentation, and runs it on small data.
// walkthroughs.long.ts follows walk-throughs.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runNode } from '../support/child';
import { files } from '../support/snippet_worlds';
import { allParts, isRun, pages, type Snippet, scriptOf, snippetsOf, typeErrors } from '../support/snippets';

/** Runs snippets in a separate process, in an empty folder. Returns its output lines. */
async function outcomeOf(snippets: readonly Snippet[]): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-snippets-'));
  try {
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
    const script = path.join(folder, 'snippets.cjs');
    fs.writeFileSync(
      script,
      scriptOf(snippets).replace("let place = '';", `let place = ''; process.chdir(${JSON.stringify(folder)});`),
    );
    const { stdout, stderr } = await runNode([script]);
    return stdout + stderr;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const all = pages.flatMap((page) => snippetsOf(page));

test('there are snippets, and each special case is one of them', () => {
  expect(all.length).toBeGreaterThan(30);
  for (const part of allParts) expect(all.filter(({ code }) => code.includes(part))).not.toHaveLength(0);
});

test('snippets have the right types', () => {
  expect(typeErrors(all)).toEqual([]);
});

test.each(pages)('the snippets of %s run', async (page) => {
  expect(await outcomeOf(snippetsOf(page).filter(isRun))).toBe('end\n');
});

test('errors in a snippet are found, with their lines', async () => {
  const fence = '`'.repeat(3);
  const text = `# A page\n\n${fence}ts\nmodel.predict(x);\nmodel.predikt(x);\n${fence}\n\n${fence}js\nadam({ lr: 1 });\n${fence}\n`;
  const [first, second] = snippetsOf('a.md', text) as [Snippet, Snippet];
  expect(typeErrors([first])).toEqual([expect.stringContaining("a.md:5: Property 'predikt' does not exist")]);
  expect(await outcomeOf([second])).toContain('a.md:8: TypeError');
  const late = {
    ...first,
    code: 'model.fit(held, { loss: "crossEntropy", optimizer: adam({ learningRate: 1e38 }), epochs: 9 });',
  };
  expect(await outcomeOf([late])).toContain('a.md:3: not awaited: GlissadeError');
});
