import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Writes a file unless it has this content already, so that its build outputs stay valid. */
export function writeFile(file, content) {
  if (fs.existsSync(file) && fs.readFileSync(file).equals(Buffer.from(content))) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

/** Makes `tree` a copy of the checkout at `root`: of the files that git tracks or would add, with their links. */
export function copyTree(root, tree) {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  const files = new Set(
    String(list)
      .split('\0')
      .filter((file) => file && fs.existsSync(path.join(root, file))),
  );
  for (const file of fs.existsSync(path.join(tree, '.files'))
    ? fs.readFileSync(path.join(tree, '.files'), 'utf8').split('\n')
    : [])
    if (!files.has(file)) fs.rmSync(path.join(tree, file), { force: true });
  for (const file of files) {
    const [from, to] = [path.join(root, file), path.join(tree, file)];
    writeFile(to, fs.readFileSync(from));
    fs.chmodSync(to, fs.statSync(from).mode);
  }
  fs.writeFileSync(path.join(tree, '.files'), [...files].join('\n'));
  link(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
}

/** Makes `to` a symbolic link to `from`. */
export function link(from, to) {
  fs.rmSync(to, { force: true, recursive: true });
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.symlinkSync(from, to);
}
