/** Networks as people write them: addresses and CIDR blocks of IPv4 and IPv6. */
import { isIP } from 'node:net';

/** Both families in one space of 128 bits; IPv4 is where IPv6 maps it (::ffff:0:0/96). */
interface Network {
  start: bigint;
  /** Leading bits that belong to the network. */
  bits: number;
}

const mapped = 0xffffn << 32n;

export function isNetwork(text: string): boolean {
  return parse(text) !== undefined;
}

/** One way to write each network, with its length, so that two can be compared by eye: `10.0.0.0/8`, `2001:db8:0:0:0:0:0:0/32`. */
export function canonicalNetwork(text: string): string {
  const network = parse(text);
  if (network === undefined) throw new Error('not a network');
  const { start, bits } = network;
  if (bits >= 96 && start >> 32n === 0xffffn) {
    const bytes = [24n, 16n, 8n, 0n].map((shift) => String((start >> shift) & 0xffn));
    return `${bytes.join('.')}/${bits - 96}`;
  }
  const groups = Array.from({ length: 8 }, (_, at) => ((start >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  return `${groups.join(':')}/${bits}`;
}

/** Whether everything of `inner`, an address or a network, is in one of the networks. What is neither is in none. */
export function isWithin(inner: string, networks: readonly string[]): boolean {
  const small = parse(inner);
  if (small === undefined) return false;
  return networks.some((text) => {
    const large = parse(text);
    return large !== undefined && small.bits >= large.bits && masked(small.start, large.bits) === large.start;
  });
}

function parse(text: string): Network | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%')) return undefined;
  const most = family === 4 ? 32 : 128;
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > most)) return undefined;
  const bits = (family === 4 ? 96 : 0) + (length === undefined ? most : Number(length));
  return { start: masked(family === 4 ? mapped | ipv4(address) : ipv6(address), bits), bits };
}

function masked(address: bigint, bits: number): bigint {
  const free = BigInt(128 - bits);
  return (address >> free) << free;
}

function ipv4(address: string): bigint {
  return address.split('.').reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function ipv6(address: string): bigint {
  return groupsOf(address).reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. */
export function groupsOf(address: string): string[] {
  // The URL parser writes every spelling of an address in one way.
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
}
