/** Licences of packages that are shipped. */
const shipped = [
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Unlicense',
  'CC0-1.0',
  'BlueOak-1.0.0',
];

/** Of packages for development, which are not passed on. */
const developing = [...shipped, 'MPL-2.0'];

/** Packages whose licence is not in package.json, or not in either list, with the reason why they are fine. */
const known: Readonly<Record<string, { licence: string; why: string }>> = {
  'caniuse-lite': {
    licence: 'CC-BY-4.0',
    why: 'data on browsers, which webpack asks for in building; named in its package',
  },
  unionfs: { licence: 'Unlicense', why: 'its file LICENSE; package.json does not say' },
};

export interface LockedPackage {
  license?: string;
  dev?: boolean;
  version?: string;
}

export interface Licence {
  name: string;
  version: string;
  licence: string;
  shipped: boolean;
}

/** Every package of a lock file with its licence, by name. */
export function licencesOf(packages: Readonly<Record<string, LockedPackage>>): Licence[] {
  const found = Object.entries(packages).flatMap(([place, { license, dev, version = '' }]) => {
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (place === '') return [];
    return [{ name, version, licence: license ?? known[name]?.licence ?? 'none', shipped: !dev }];
  });
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

/** @returns what may not be used, each with the reason */
export function licenceProblems(licences: readonly Licence[]): string[] {
  return licences
    .filter(({ name, licence, shipped: passedOn }) => {
      if (known[name]?.licence === licence) return false;
      return !isAllowed(licence, passedOn ? shipped : developing);
    })
    .map(({ name, version, licence, shipped: passedOn }) => {
      const use = passedOn ? 'a package that is shipped' : 'a package for development';
      return `${name} ${version}: the licence ${licence} is not allowed for ${use}`;
    });
}

/** Of `A OR B` one is enough, of `A AND B` both are needed. */
function isAllowed(licence: string, allowed: readonly string[]): boolean {
  const text = licence.replace(/^\((.*)\)$/, '$1');
  if (text.includes(' OR ')) return text.split(' OR ').some((one) => isAllowed(one, allowed));
  return text.split(' AND ').every((one) => allowed.includes(one));
}
