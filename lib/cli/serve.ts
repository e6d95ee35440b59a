import { checkInteger } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { isLoopback } from '../http/address.js';
import { Bench } from '../lab/serve/bench.js';
import { configure } from '../runtime.js';
import { firstSignal } from './interruption.js';
import { numberOr } from './number.js';

export interface ServeOptions {
  port: string;
  host: string;
  small?: boolean;
  json?: boolean;
}

/** Runs `glissade lab --serve` until SIGTERM, SIGHUP or Ctrl-C; a second signal ends the process at once. */
export async function serve({ port, host, small, json }: ServeOptions): Promise<void> {
  const checkedPort = checkInteger('--port', numberOr(port), 0, 65_535);
  if (host.trim() === '') throw errorWith('ERR_INVALID_ARGUMENT', '--host needs an address such as 127.0.0.1');
  configure({ priority: 'normal' }); // a person waits for the results
  const bench = new Bench({ size: small ? 'small' : 'full' });
  await bench.listen(checkedPort, host);
  const ending = firstSignal();
  console.log(json ? JSON.stringify({ url: bench.url }) : `The laboratory is at ${bench.url} (Ctrl-C stops it)`);
  if (!isLoopback(host))
    console.error(
      'glissade: --host is not a loopback address, so anyone who can reach this machine can start runs on it',
    );
  await ending;
  await bench.close();
}
