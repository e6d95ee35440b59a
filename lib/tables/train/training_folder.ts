import fs from 'node:fs/promises';
import path from 'node:path';
import { isPlainObject } from '../../checks/kinds.js';
import { errorWith } from '../../errors.js';
import { isTemporary, ofFiles, removeIfEmpty, writeAtomically } from '../../formats/files.js';
import { makeFolder } from '../../formats/folders.js';
import { removeCheckpoints } from '../../training/checkpoint_folder.js';
import { checkSame, type Identity } from './identity.js';

/** The file that identifies the training. */
const name = 'training.json';

/**
 * Creates or opens the folder for a training's checkpoints.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if it belongs to another training; GlissadeError `ERR_FILE` if it has other files,
 *   or the file system fails.
 */
export async function openFolder(folder: string, identity: Identity): Promise<void> {
  const isOurs = await ofFiles(`can't keep checkpoints in ${folder}`, async () => {
    makeFolder(folder);
    const names = (await fs.readdir(folder)).filter((one) => !isTemporary(one));
    if (names.length > 0 && !names.includes(name))
      throw errorWith('ERR_FILE', `${folder} has files other than checkpoints of a training; choose an empty folder`);
    return names.length > 0;
  });
  const file = path.join(folder, name);
  if (isOurs) checkSame(`the training in ${folder}`, await readIdentity(file), identity);
  else await writeAtomically(file, Buffer.from(JSON.stringify(identity)));
}

/** Whether a folder has a training's checkpoints. */
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
  throw errorWith('ERR_CORRUPT_FILE', `${file} does not identify a training`);
}

/** Removes the checkpoints, and the folder if it is then empty. */
export const removeFolder = (folder: string): Promise<void> =>
  ofFiles(`can't remove the checkpoints in ${folder}`, async () => {
    for (const one of await fs.readdir(folder))
      if (/^(linear|network|interval|final)-\d+$/.test(one)) await removeCheckpoints(path.join(folder, one));
    await fs.rm(path.join(folder, name));
    await removeIfEmpty(folder);
  });
