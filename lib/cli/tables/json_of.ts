import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';

/** The value of an option that is JSON. @throws TypeError `ERR_INVALID_ARGUMENT` that shows an example. */
export function jsonOf(option: string, text: string, example: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw errorWith('ERR_INVALID_ARGUMENT', `${option}: Expected JSON such as ${example} but received ${quoted(text)}`);
  }
}
