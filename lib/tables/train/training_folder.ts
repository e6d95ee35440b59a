import fs from 'node:fs/promises';
import path from 'node:path';
import { isPlainObject } from '../../checks/kinds.js';
import { errorWith } from '../../errors.js';
import { isTemporary, ofFiles, removeIfEmpty, writeAtomically } from '../../formats/files.js';
import { makeFolder } from '../../formats/folders.js';
import { removeCheckpoints } from '../../training/checkpoint_folder.js';
import { checkSame, type Identity } from './identity.js';

/** The file that says whose folder it is. */
const name = 'training.json';

/**
 * Makes the folder of a training's checkpoints, or goes on with the one that is there.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if it is that of another training; GlissadeError `ERR_FILE` if it has other
 *   files, or the file system refuses.
 */
export async function openFolder(folder: string, identity: Identity): Promise<void> {
  const isOurs = await ofFiles(`can't keep checkpoints in ${folder}`, async () => {
    makeFolder(folder);
    const names = (await fs.readdir(folder)).filter((one) => !isTemporary(one));
    if (names.length > 0 && !names.includes(name))
      throw errorWith('ERR_FILE', `${folder} has files that are no checkpoints of a training; choose an empty folder`);
    return names.length > 0;
  });
  const file = path.join(folder, name);
  if (isOurs) checkSame(`the training in ${folder}`, await readIdentity(file), identity);
  else await writeAtomically(file, Buffer.from(JSON.stringify(identity)));
}

/** Whether a folder is that of a training's checkpoints. */
export const isTrainingFolder = (folder: string): Promise<boolean> =>
  readIdentity(path.join(folder, name)).then(
    () => true,
    () => false,
  );

async function readIdentity(file: string): Promise<Identity> {
  const text = await ofFiles(`can't read ${file}`, () => fs.readFile(file, 'utf8'));
  try {
    const json: unknown = JSON.parse(text);
    if (isPlainObject(json)) return json as Identity;
  } catch {}
  throw errorWith('ERR_CORRUPT_FILE', `${file} does not say which training it is of`);
}

/** Removes the checkpoints, and the folder unless there is something else in it. */
export const removeFolder = (folder: string): Promise<void> =>
  ofFiles(`can't remove the checkpoints in ${folder}`, async () => {
    for (const one of await fs.readdir(folder))
      if (/^(linear|network|final)-\d+$/.test(one)) await removeCheckpoints(path.join(folder, one));
    await fs.rm(path.join(folder, name));
    await removeIfEmpty(folder);
  });
