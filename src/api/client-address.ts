/** Whose request it is, as far as that can be known: what failures are counted by, and what networks of keys are compared with. */
import { BlockList, isIP } from 'node:net';
import type { Context } from 'hono';
import { groupsOf } from '../control/keys/networks.ts';
import type { ApiEnv } from './environment.ts';

export interface ClientAddress {
  /** As precisely as it is known; undefined: not at all. */
  exact: string | undefined;
  /** What failures are counted by: of IPv6 the /64, since that is what one subscriber has. */
  counted: string;
}
export type AddressOf = (c: Context<ApiEnv>) => ClientAddress;

/**
 * The socket's address; behind trusted proxies the rightmost address of `X-Forwarded-For` that is none of them. What stands
 * left of it is whatever its sender wrote there.
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
    if (address === undefined) return { exact: undefined, counted: 'unknown' };
    // Each hop writes down whom it heard from, at the end.
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',').reverse();
    for (const hop of hops) {
      if (!isTrusted(address)) break;
      const before = plain(hop.trim());
      if (before === undefined) break;
      address = before;
    }
    return { exact: address, counted: isIP(address) === 6 ? subscriber(address) : address };
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
  return `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}
