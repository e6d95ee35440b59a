import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';

/** The longest name of a host (RFC 1035, section 2.3.4). */
const longestHost = 255;

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless it can be an address to listen at. */
export function checkHost(name: string, host: unknown): string {
  if (typeof host === 'string' && host.trim() !== '' && host.length <= longestHost) return host;
  throw invalid(name, 'an address such as 127.0.0.1', host);
}

/** Whether a server on this address can be reached only from this machine. */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** An address as URLs write it: IPv6 in brackets. */
export const inUrl = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

/**
 * Makes a server listen at an address. Port 0 stands for any free port.
 *
 * @returns The port.
 * @throws GlissadeError `ERR_FILE` if the address is taken, not of this machine, or not allowed.
 */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw errorWith('ERR_FILE', `can't listen at ${inUrl(host)}:${port}: ${reasonOf(error as Error)}`, error);
  }
  return (server.address() as AddressInfo).port;
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'the port is in use. Choose another one, or 0 for any free port';
  if (code === 'EACCES') return 'the port is reserved. Choose one from 1024 on';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'this machine has no such address';
  return message;
}
