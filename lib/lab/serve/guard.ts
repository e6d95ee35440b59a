import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { inUrl, isLoopback } from '../../http/address.js';
import { Refusal } from '../../http/refusal.js';

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses requests that another site makes a browser send.
 *
 * - A name of that site may be made to lead to this machine (DNS rebinding). Its requests have that name as `Host`.
 *   Addresses of IP can't be made to lead elsewhere, so all of them are accepted by a server that is not on loopback.
 * - Other requests of a site tell their `Origin`, or that they are from elsewhere (`Sec-Fetch-Site`). Of these, links to
 *   the page are served.
 */
export function checkSource(
  { headers, method, url }: Pick<IncomingMessage, 'headers' | 'method' | 'url'>,
  host: string,
  port: number,
): void {
  const { host: asked = '', origin, 'sec-fetch-site': from, 'sec-fetch-mode': mode } = headers;
  if (!isOwnName(asked.toLowerCase(), host, port))
    throw new Refusal(421, 'ERR_INVALID_ARGUMENT', `this server is not ${JSON.stringify(asked.slice(0, 80))}`);
  if (method === 'POST' && origin !== undefined && origin.toLowerCase() !== `http://${asked.toLowerCase()}`)
    throw new Refusal(403, 'ERR_INVALID_ARGUMENT', 'requests of other sites are not served');
  const isLink = method === 'GET' && url?.split('?')[0] === '/' && mode === 'navigate';
  if (from !== undefined && from !== 'same-origin' && from !== 'none' && !isLink)
    throw new Refusal(403, 'ERR_INVALID_ARGUMENT', 'requests of other sites are not served');
}

function isOwnName(asked: string, host: string, port: number): boolean {
  const [, name, askedPort = '80'] = /^(\[[\da-f:.]+\]|[^:]+)(?::(\d+))?$/.exec(asked) ?? [];
  if (name === undefined || Number(askedPort) !== port) return false;
  if (loopback.includes(name) || name === inUrl(host.toLowerCase())) return true;
  return !isLoopback(host) && (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name === hostname().toLowerCase());
}
