/** Names in HubSpot that are made from names in Pendo: words of `a` to `z` and `0` to `9`, joined by `_`, never two the same. */

/** Words of lower-case letters and digits; accents are left out. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('_');
}

export function fitted(longest: number, prefix: string, name: string, suffix = ''): string {
  const room = longest - prefix.length - suffix.length - 1;
  return `${prefix}_${name.slice(0, room).replace(/_+$/, '') || 'unnamed'}${suffix}`;
}

export function unused(longest: number, name: string, used: ReadonlySet<string>): string {
  let free = name;
  for (let n = 2; used.has(free); n++) free = numbered(longest, name, n);
  return free;
}

export function numbered(longest: number, name: string, n: number): string {
  return `${name.slice(0, longest - 1 - String(n).length)}_${n}`;
}
