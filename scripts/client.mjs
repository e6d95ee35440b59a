// Bundles the script of pages, with the notices of the packages in it.
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild'; // bundles TypeScript and packages in a tenth of a second; one binary, in wide use

/** Writes a CommonJS module whose `script` is the bundled script of pages. */
export async function bundleClient(outfile) {
  const { outputFiles, metafile } = await build({
    entryPoints: ['lib/lab/client/main.ts'],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    write: false,
  });
  const script = `${noticeOf(Object.keys(metafile.inputs))}${outputFiles[0].text.trim()}`;
  fs.writeFileSync(outfile, `exports.script = ${JSON.stringify(script)};\n`);
}

/** The licence of each package whose files are in the bundle, as a comment. */
function noticeOf(inputs) {
  const packages = new Set(inputs.flatMap((file) => file.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []));
  const notices = [...packages].sort().map((folder) => {
    const { name, version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = fs.readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (!file) throw new Error(`${folder} has no licence file`);
    return `${name} ${version}\n${fs.readFileSync(path.join(folder, file), 'utf8').trim()}`;
  });
  return `/*!\n${grouped(notices).join('\n\n')}\n*/\n`.replaceAll('</', '<\\/');
}

/** Packages whose licences differ only in the line of the copyright share the text. */
function grouped(notices) {
  const byText = new Map();
  for (const notice of notices) {
    const [name, ...lines] = notice.split('\n');
    const [copyright = ''] = lines.filter((line) => /^copyright/i.test(line));
    const text = lines.filter((line) => line !== copyright).join('\n');
    byText.set(text, [...(byText.get(text) ?? []), `${name}. ${copyright}`]);
  }
  return [...byText].map(([text, names]) => `${names.join('\n')}\n${text.trim()}`);
}
