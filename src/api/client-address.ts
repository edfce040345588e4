/** Whose request it is, as far as that can be known: what failures are counted by. */
import { BlockList, isIP } from 'node:net';
import type { Context } from 'hono';
import type { ApiEnv } from './environment.ts';

export type AddressOf = (c: Context<ApiEnv>) => string;

/**
 * The socket's address; behind trusted proxies the rightmost address of `X-Forwarded-For` that is none of them. What stands
 * left of it is whatever its sender wrote there. Of IPv6 the /64, since that is what one subscriber has.
 * @param trusted addresses and CIDR blocks; empty: no header is believed.
 */
export function createAddressOf(trusted: readonly string[]): AddressOf {
  const proxies = new BlockList();
  for (const block of trusted) {
    const [network = '', length] = block.split('/');
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    if (length === undefined) proxies.addAddress(network, family);
    else proxies.addSubnet(network, Number(length), family);
  }
  const isTrusted = (address: string) => proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  return (c) => {
    let address = plain(socketOf(c.env) ?? '');
    if (address === undefined) return 'unknown';
    // Each hop writes down whom it heard from, at the end.
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',').reverse();
    for (const hop of hops) {
      if (!isTrusted(address)) break;
      const before = plain(hop.trim());
      if (before === undefined) break;
      address = before;
    }
    return isIP(address) === 6 ? subscriber(address) : address;
  };
}

function socketOf(env: unknown): string | undefined {
  const { incoming } = (env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  return incoming?.socket?.remoteAddress;
}

/** Without port, brackets and zone, and IPv4 as such where it is mapped into IPv6; undefined where it is no address. */
function plain(text: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  const address = bare.split('%')[0] ?? '';
  if (isIP(address) === 0) return undefined;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address;
}

function subscriber(address: string): string {
  // The URL parser writes every spelling of an address in one way.
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
