/** The part of package-lock.json (version 3) that is needed here. */
export interface LockFile {
  packages: Record<string, LockedPackage>;
}

export interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  link?: boolean;
  hasInstallScript?: boolean;
  integrity?: string;
  optionalDependencies?: Record<string, string>;
}

export interface Missing {
  name: string;
  version: string;
  wantedBy: string;
}

/**
 * Optional packages, in practice the programs for other platforms, that a lock file names as a dependency but has
 * no entry for. npm leaves an entry out when the registry it asked does not have that package, and then
 * `npm ci` refuses the whole lock file, on every platform.
 */
export function missingOptionals(lock: LockFile): Missing[] {
  const missing: Missing[] = [];
  for (const [wantedBy, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(optionalDependencies)) {
      if (!isReachable(lock, wantedBy, name)) missing.push({ name, version: range.replace(/^[\^~]/, ''), wantedBy });
    }
  }
  return missing;
}

/**
 * The same lock file with an entry for each of them, at the version that is asked for.
 * @param integrityOf what the package's file has to hash to.
 */
export function completeLock(lock: LockFile, integrityOf: (name: string, version: string) => string): LockFile {
  const packages = { ...lock.packages };
  for (const { name, version, wantedBy } of missingOptionals(lock)) {
    const dev = lock.packages[wantedBy]?.dev;
    const integrity = integrityOf(name, version);
    const more = { ...platformOf(name), ...(dev ? { dev } : {}), optional: true };
    packages[`node_modules/${name}`] = { version, integrity, ...more };
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted) };
}

/** Looks where Node would: beside the package that wants it, then in each folder above. */
function isReachable(lock: LockFile, from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    if (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64'];

/** Such packages say in their name what they are for: `binding-linux-arm-musleabihf`. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system) || (system === 'win32' && words.includes('windows')));
  const cpu = processors.find((processor) => words.includes(processor)) ?? (words.includes('arm') ? 'arm' : undefined);
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not say which platform it is for.`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : '';
  return { os: [os], cpu: [cpu], ...(libc === '' || os !== 'linux' ? {} : { libc: [libc] }) };
}
