import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkPath, withSource, writeAtomically, writePiece } from '../../lib/formats/files';
import { packageRoot, runScript } from '../support/child';
import { expectRefusal, expectRejection } from '../support/refusals';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const at = (name: string) => path.join(folder, name);
const bytes = (...values: number[]) => Uint8Array.from(values);
const contents = (file: string) => [...fs.readFileSync(file)];

describe('an atomically written file', () => {
  test('has the bytes, without other files beside it', async () => {
    await writeAtomically(at('a'), bytes(1, 2, 3));
    expect(contents(at('a'))).toEqual([1, 2, 3]);
    await writeAtomically(at('a'), bytes(4));
    expect(contents(at('a'))).toEqual([4]);
    expect(fs.readdirSync(folder)).toEqual(['a']);
  });

  test('can be written in pieces in any order; the old file is there until the last of them', async () => {
    fs.writeFileSync(at('a'), bytes(9));
    await writeAtomically(at('a'), async (file) => {
      await writePiece(file, bytes(3, 4), 2);
      expect(contents(at('a'))).toEqual([9]);
      await writePiece(file, bytes(1, 2), 0);
    });
    expect(contents(at('a'))).toEqual([1, 2, 3, 4]);
  });

  test('is synced before it gets its name; its lock ends after that, and then its folder is synced', async () => {
    const calls: string[] = [];
    const { open, rename } = fsp;
    const opening = jest.spyOn(fsp, 'open').mockImplementation(async (name, ...rest) => {
      const handle = await open(name, ...rest);
      const what = name === folder ? 'folder' : 'file';
      for (const method of ['sync', 'close'] as const) {
        const call = handle[method].bind(handle);
        handle[method] = () => {
          calls.push(`${method} ${what}`);
          return call();
        };
      }
      return handle;
    });
    const renaming = jest.spyOn(fsp, 'rename').mockImplementation((from, to) => {
      calls.push('rename');
      return rename(from, to);
    });
    await writeAtomically(at('a'), bytes(1));
    opening.mockRestore();
    renaming.mockRestore();
    expect(calls).toEqual(['sync file', 'rename', 'close file', 'sync folder', 'close folder']);
  });

  test('has all bytes, although the system writes and reads a few of them at a time', async () => {
    const { open } = fsp;
    const opening = jest.spyOn(fsp, 'open').mockImplementation(async (...args) => {
      const handle = await open(...args);
      for (const method of ['write', 'read'] as const) {
        const call = handle[method].bind(handle) as (...args: unknown[]) => Promise<unknown>;
        const some = (buffer: Uint8Array, offset: number, length: number, position: number) =>
          call(buffer, offset, Math.min(length, 2), position);
        handle[method] = some as never;
      }
      return handle;
    });
    await writeAtomically(at('a'), bytes(1, 2, 3, 4, 5));
    const read = new Uint8Array(4);
    await withSource('from', at('a'), ({ read: from }) => from(1, read));
    opening.mockRestore();
    expect(contents(at('a'))).toEqual([1, 2, 3, 4, 5]);
    expect([...read]).toEqual([2, 3, 4, 5]);
  });

  test('keeps the mode of the file that it replaces', async () => {
    fs.writeFileSync(at('a'), bytes(9));
    fs.chmodSync(at('a'), 0o602); // a mode that the usual umask would change
    await writeAtomically(at('a'), bytes(1));
    expect(fs.statSync(at('a')).mode & 0o777).toBe(0o602);
  });

  test('replaces what a symbolic link points to, not the link', async () => {
    fs.mkdirSync(at('b'));
    fs.writeFileSync(at('b/a'), bytes(9));
    fs.symlinkSync('b/a', at('link'));
    await writeAtomically(at('link'), bytes(1));
    expect(fs.readlinkSync(at('link'))).toBe('b/a');
    expect(contents(at('b/a'))).toEqual([1]);
    expect(fs.readdirSync(folder).sort()).toEqual(['b', 'link']);
  });

  test('becomes the target of a symbolic link, if that does not exist yet', async () => {
    fs.mkdirSync(at('b'));
    fs.symlinkSync('b/link', at('link'));
    fs.symlinkSync('../a', at('b/link'));
    await writeAtomically(at('link'), bytes(1));
    expect(contents(at('a'))).toEqual([1]);
    expect(fs.readlinkSync(at('link'))).toBe('b/link');
    expect(fs.readdirSync(folder).sort()).toEqual(['a', 'b', 'link']);
  });

  test('is unchanged if writing fails in the middle, and the temporary file is removed', async () => {
    fs.writeFileSync(at('a'), bytes(9));
    const why = new Error('why');
    const writing = writeAtomically(at('a'), async (file) => {
      await writePiece(file, bytes(1, 2), 0);
      throw why;
    });
    await expect(writing).rejects.toBe(why);
    expect(contents(at('a'))).toEqual([9]);
    expect(fs.readdirSync(folder)).toEqual(['a']);
  });

  test('is unchanged if the disk is full, and the temporary file is removed', async () => {
    fs.writeFileSync(at('a'), bytes(9));
    // A limit on the size of files simulates the full disk: 512 or 1,024 bytes.
    const source = `
      const { writeAtomically } = require('./dist/cjs/formats/files.js');
      writeAtomically(process.argv[1], new Uint8Array(5000)).catch(({ code, message, cause }) => console.log(code, message, cause.code));
    `;
    const shell = ['-c', 'ulimit -f 1; exec "$@"', 'sh', process.execPath, '-e', source, at('a')];
    const { stdout } = await promisify(execFile)('sh', shell, { cwd: packageRoot });
    expect(stdout.trim()).toBe(`ERR_FILE can't write ${at('a')}: file too large EFBIG`);
    expect(contents(at('a'))).toEqual([9]);
    expect(fs.readdirSync(folder)).toEqual(['a']);
  });
});

describe('the temporary file of a save', () => {
  const temporaries = () => fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'));
  /** A program that writes the first byte of a file, reports it, and does `then` before it writes the second one. */
  const saving = (name: string, then: string) => `
    const { writeAtomically, writePiece } = require('./dist/cjs/formats/files.js');
    writeAtomically(${JSON.stringify(at(name))}, async (file) => {
      await writePiece(file, Uint8Array.of(1), 0);
      ${then}
      await writePiece(file, Uint8Array.of(2), 1);
    });`;
  const killed = async (name: string) => {
    const { signal } = await runScript(
      saving(name, "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});"),
    );
    expect(signal).toBe('SIGKILL');
  };

  test('is removed by the next save to that name, if its process was killed', async () => {
    await killed('a');
    await killed('a');
    expect(fs.readdirSync(folder)).toEqual(temporaries());
    await writeAtomically(at('a'), bytes(3));
    expect(fs.readdirSync(folder)).toEqual(['a']);
    expect(contents(at('a'))).toEqual([3]);
  });

  test('stays, if it belongs to another name', async () => {
    await killed('b');
    await writeAtomically(at('a'), bytes(3));
    expect(temporaries()).toHaveLength(1);
    await writeAtomically(at('b'), bytes(4));
    expect(fs.readdirSync(folder).sort()).toEqual(['a', 'b']);
  });

  test('stays while its process works, which then completes its file', async () => {
    const source = saving('a', "console.log('half'); await new Promise((go) => process.stdin.once('data', go));");
    const child = spawn(process.execPath, ['-e', source], { cwd: packageRoot, stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    try {
      await once(child.stdout, 'data');
      await writeAtomically(at('a'), bytes(3));
      expect(contents(at('a'))).toEqual([3]);
      expect(temporaries()).toHaveLength(1);
      child.stdin.end('go on');
      expect(await ended).toEqual([0, null]);
      expect(contents(at('a'))).toEqual([1, 2]);
      expect(fs.readdirSync(folder)).toEqual(['a']);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('stays while another save of this process is under way', async () => {
    await writeAtomically(at('a'), async (file) => {
      await writeAtomically(at('a'), bytes(3));
      await writePiece(file, bytes(4), 0);
    });
    expect(contents(at('a'))).toEqual([4]);
    expect(fs.readdirSync(folder)).toEqual(['a']);
  });

  test('gets another name, if a save has just mistaken it for one of a killed process', async () => {
    const { open } = fsp;
    const opening = jest.spyOn(fsp, 'open').mockImplementationOnce(async (name, ...rest) => {
      const file = await open(name, ...rest);
      fs.rmSync(String(name));
      return file;
    });
    await writeAtomically(at('a'), bytes(3));
    opening.mockRestore();
    expect(contents(at('a'))).toEqual([3]);
  });
});

describe('errors of the file system', () => {
  test.each([
    ['a folder that does not exist', 'none/a', 'no such file or directory', 'ENOENT'],
    ['a folder that is a file', 'file/a', 'not a directory', 'ENOTDIR'],
    ['a folder in place of the file', 'folder', 'illegal operation on a directory', 'EISDIR'],
    ['a name that is too long', 'x'.repeat(260), 'name too long', 'ENAMETOOLONG'],
  ])('are reported in a sentence: %s', async (_, name, reason, code) => {
    fs.mkdirSync(at('folder'));
    fs.writeFileSync(at('file'), '');
    const writing = writeAtomically(at(name), bytes(1));
    await expectRejection(writing, 'ERR_FILE', `can't write ${folder}`, `: ${reason}`);
    await expect(writing).rejects.toMatchObject({ cause: { code } });
    expect(fs.readdirSync(folder).sort()).toEqual(['file', 'folder']);
  });
});

describe('a pipe', () => {
  beforeEach(() => promisify(execFile)('mkfifo', [at('pipe')]));

  test('is not replaced', async () => {
    const sentence = `can't write ${at('pipe')}: it is not a regular file`;
    await expectRejection(writeAtomically(at('pipe'), bytes(1)), 'ERR_FILE', sentence);
    expect(fs.statSync(at('pipe')).isFIFO()).toBe(true);
    expect(fs.readdirSync(folder)).toEqual(['pipe']);
  });

  test('is not waited for', async () => {
    const reading = withSource('from', at('pipe'), async () => {});
    await expectRejection(reading, 'ERR_FILE', `can't read ${at('pipe')}: it is not a regular file`);
  });
});

test('refuses cyclic links', async () => {
  fs.symlinkSync('b', at('a'));
  fs.symlinkSync('a', at('b'));
  fs.symlinkSync('nothing/../c', at('c')); // the system says only that there is no folder `nothing`
  for (const name of ['a', 'c'])
    await expectRejection(
      writeAtomically(at(name), bytes(1)),
      'ERR_FILE',
      `can't write ${at(name)}: too many symbolic links`,
    );
});

test('refuses anything but a path or bytes, and names both', async () => {
  const sentence = 'Expected the path of a file or a Uint8Array for from but received an ArrayBuffer';
  await expectRejection(
    withSource('from', new ArrayBuffer(8), async () => {}),
    'ERR_INVALID_ARGUMENT',
    sentence,
  );
});

describe('a path', () => {
  test('is a string or a URL of a file', () => {
    expect(checkPath('path', 'a/b')).toBe('a/b');
    expect(checkPath('path', new URL('file:///a/b%20c'))).toBe('/a/b c');
  });

  test.each([[''], ['a\0b'], [3], [undefined], [new URL('http://a/b')], [new URL('file://host/b')]])(
    'must not be %p',
    (value) => {
      expectRefusal(() => checkPath('path', value), 'ERR_INVALID_ARGUMENT', 'Expected the path of a file for path');
    },
  );
});
