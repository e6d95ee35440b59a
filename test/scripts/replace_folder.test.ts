import { runModule } from '../support/child';
import { folders } from '../support/folders';

const newFolder = folders();

test('replaces a folder without a moment at which a file of both is missing, and removes old files', async () => {
  const folder = newFolder();
  const { stdout, stderr } = await runModule(`
    import fs from 'node:fs';
    import path from 'node:path';
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    import { replaceFolder } from './scripts/replace_folder.mjs';

    process.chdir(${JSON.stringify(folder)});
    const write = (folder, files) => {
      for (const [file, text] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        fs.writeFileSync(path.join(folder, file), text);
      }
    };
    write('dist', { 'cjs/lazy.js': 'old', 'cjs/gone/old.js': 'old', 'cjs/package.json': 'old' });
    const reader = new Worker(\`
      import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
      import fs from 'node:fs';
      let failures = 0;
      for (let i = 0; !receiveMessageOnPort(parentPort); i++) {
        try { fs.readFileSync('dist/cjs/lazy.js'); } catch { failures++; }
        if (i === 0) parentPort.postMessage('reads');
      }
      parentPort.postMessage(failures);\`, { eval: true });
    await once(reader, 'message');
    for (let i = 0; i < 300; i++) {
      write('work', { 'cjs/lazy.js': 'new ' + i, 'cjs/package.json': 'new', 'esm/index.js': 'new' });
      replaceFolder('work', 'dist', 'cjs/package.json');
    }
    reader.postMessage('end');
    const [failures] = await once(reader, 'message');
    const files = fs.readdirSync('.', { recursive: true }).sort();
    console.log(JSON.stringify({ failures, files, text: fs.readFileSync('dist/cjs/lazy.js', 'utf8') }));`);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    failures: 0,
    files: ['dist', 'dist/cjs', 'dist/cjs/lazy.js', 'dist/cjs/package.json', 'dist/esm', 'dist/esm/index.js'],
    text: 'new 299',
  });
});
