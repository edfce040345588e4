import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './environment.ts';

/** This user's folder for things that can be fetched or built again. Follows `XDG_CACHE_HOME`. */
export function cacheFolder(environment: Environment, ...parts: string[]): string {
  const base =
    environment.XDG_CACHE_HOME ||
    (process.platform === 'darwin' ? join(homedir(), 'Library/Caches') : join(homedir(), '.cache'));
  return join(base, 'crosswalk', ...parts);
}
