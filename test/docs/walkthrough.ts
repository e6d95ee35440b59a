import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const root = path.join(__dirname, '../..');

/** The pages that walk through an addition. */
export const pages = ['adding-a-rule', 'adding-a-layer'];

export const readPage = (name: string): string => fs.readFileSync(path.join(root, `docs/${name}.md`), 'utf8');

/** A block of code on a page: a new file; or lines for a file that is there, after one of its lines. */
export interface Block {
  file: string;
  after?: string;
  code: string;
}

// `path/of/a/file.h`, a new file:        `path/of/a/file.h`, after `the line`:
const leadIn = /^`([^`]+)`, (?:a new file|after `([^`]+)`):$/;

/** The blocks of C++, TypeScript and JSON on a page. The line above each says where it goes. */
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
 * What a block makes of its file: undefined where there is none.
 *
 * @throws Error where a new file is there, or the line after which a block goes is not, or more than once.
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

/** The compiler of the addon that is there, whose objects another one would compile again; else that of the environment. */
function compiler(): string {
  const record = path.join(root, 'build/Release/.deps/Release/obj.target/glissade/build/rooms/binding.o.d');
  const built = fs.existsSync(record) ? /:= (.*?) -o /.exec(fs.readFileSync(record, 'utf8')) : null;
  return built?.[1] ?? process.env.CXX ?? (process.platform === 'darwin' ? 'c++' : 'g++');
}

/** What is missing here to compile with, if anything. */
export function missingTool(): string | undefined {
  return [compiler(), 'make', 'python3'].find((tool) => !isThere(tool));
}

export const isThere = (tool: string): boolean => spawnSync(`${tool} --version`, { shell: true }).status === 0;

/** A copy of the tree, with the folder in which the addon was built: only what changes is compiled again. */
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

  /** @throws Error with what the command has printed, where it fails. */
  run(command: string, ...args: string[]): Promise<void> {
    // Headers of dependencies have the path that they were built with, not that of the tree which the link leads to.
    // Reports are of the tests of the tree, not of those in the copy.
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
