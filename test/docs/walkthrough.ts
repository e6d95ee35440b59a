import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const root = path.join(__dirname, '../..');

/** The pages that walk through adding something. */
export const pages = ['adding-a-rule', 'adding-a-layer'];

export const readPage = (name: string): string => fs.readFileSync(path.join(root, `docs/${name}.md`), 'utf8');

/** A fenced block of code on a page: a new file, or lines to insert after a line of an existing file. */
export interface Block {
  file: string;
  after?: string;
  code: string;
}

// `path/of/a/file.h`, a new file:        `path/of/a/file.h`, after `the line`:
const leadIn = /^`([^`]+)`, (?:a new file|after `([^`]+)`):$/;

/** The fenced blocks of C++, TypeScript and JSON on a page. The line above each names its file. */
export function blocksOf(page: string): Block[] {
  const lines = page.split('\n');
  const blocks: Block[] = [];
  for (let begin = 0; begin < lines.length; ++begin) {
    if (!/^```(cpp|ts|json)$/.test(lines[begin]!)) continue;
    const end = lines.indexOf('```', begin);
    const above = lines.slice(0, begin).findLast((line) => line !== '') ?? '';
    const [, file, after] = leadIn.exec(above) ?? [];
    if (file === undefined) throw new Error(`the line above a block does not say where it goes: ${above}`);
    blocks.push({ file, ...(after !== undefined && { after }), code: lines.slice(begin + 1, end).join('\n') });
    begin = end;
  }
  return blocks;
}

/**
 * The text of a file after a block is applied. `text` is undefined if the file does not exist.
 *
 * @throws Error if a new file exists already, or if the line to insert after does not occur exactly once.
 */
export function withBlock(text: string | undefined, { file, after, code }: Block): string {
  if (after === undefined) {
    if (text !== undefined) throw new Error(`${file} is not new`);
    return `${code}\n`;
  }
  const lines = (text ?? '').split('\n');
  const places = lines.flatMap((line, i) => (line.trim() === after ? [i] : []));
  if (places.length !== 1) throw new Error(`${file} has ${places.length} lines "${after}"`);
  lines.splice(places[0]! + 1, 0, code);
  return lines.join('\n');
}

/**
 * The compiler that built the addon, because another one would compile all objects again; else that of the environment.
 */
function compiler(): string {
  const record = path.join(root, 'build/Release/.deps/Release/obj.target/glissade/build/rooms/binding.o.d');
  const built = fs.existsSync(record) ? /:= (.*?) -o /.exec(fs.readFileSync(record, 'utf8')) : null;
  return built?.[1] ?? process.env.CXX ?? (process.platform === 'darwin' ? 'c++' : 'g++');
}

export const isThere = (tool: string): boolean => spawnSync(`${tool} --version`, { shell: true }).status === 0;

/** A copy of the tree with the addon's build folder, so that only changed sources are compiled. */
export class Copy {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));

  constructor() {
    const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const file of [...stdout.split('\0'), 'build']) {
      const from = path.join(root, file);
      if (file !== '' && fs.existsSync(from))
        fs.cpSync(from, path.join(this.folder, file), { recursive: true, preserveTimestamps: true });
    }
    fs.symlinkSync(path.join(root, 'node_modules'), path.join(this.folder, 'node_modules'));
  }

  apply(block: Block): void {
    const target = path.join(this.folder, block.file);
    const text = fs.existsSync(target) ? fs.readFileSync(target, 'utf8') : undefined;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, withBlock(text, block));
  }

  /** @throws Error with the command's output, if it fails. */
  run(command: string, ...args: string[]): Promise<void> {
    // With preserved symlinks, headers of dependencies keep the path that they were built with. Tests of the copy write
    // no reports.
    const env = { ...process.env, NODE_PRESERVE_SYMLINKS: '1', CXX: compiler(), GLISSADE_TEST_REPORT: '' };
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let printed = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text) => {
          printed += text;
        });
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`${[command, ...args].join(' ')}\n${printed.slice(-8000)}`));
      });
    });
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
