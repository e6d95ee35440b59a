import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { inUrl, isLoopback } from './address.js';
import { Refusal } from './refusal.js';

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses requests that another site causes a browser to send.
 *
 * - A site can make its own name resolve to this machine (DNS rebinding). Such requests have that name as `Host`. IP
 *   addresses cannot be rebound, so a server that is not on loopback accepts all of them.
 * - Other requests of a site have its `Origin`, or say that they are cross-site (`Sec-Fetch-Site`). Of these, only links
 *   to the page are served.
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
