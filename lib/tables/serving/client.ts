import { isIP, isIPv4 } from 'node:net';

/**
 * The client for an address: an IPv4 address, or the first 64 bits of an IPv6 address, because one site has all addresses
 * with the same first 64 bits.
 */
export function clientOf(address = ''): string {
  const mapped = /^::ffff:(.*)$/i.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  return isIP(address) === 6 ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address;
}

/** The eight groups of an IPv6 address. `::` stands for the missing groups, which are 0. */
function groupsOf(address: string): string[] {
  const [head = '', tail = ''] = address.split('%', 1)[0]!.toLowerCase().split('::', 2);
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  const zeros = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after];
}
