/** All checks of an installation, from the environment that its processes have. Nothing is changed. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { type Config, ConfigError, readConfig, requireEncryptionKey } from '../../config/config.ts';
import { version } from '../../version.ts';
import { attempt, type Check, failed, ok, warning } from './check.ts';
import { checkDatabase, withDatabase } from './check-database.ts';
import { checkTemporal } from './check-temporal.ts';
import { checkVendors } from './check-vendors.ts';

type Environment = Record<string, string | undefined>;

export async function examine(env: Environment): Promise<Check[]> {
  let config: Config;
  try {
    config = readConfig(env);
    requireEncryptionKey(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      failed('environment', error.problems.join('; '), 'Give this command the variables that the processes have.'),
    ];
  }
  const { databaseUrl } = config;
  const beside = [checkVendors(config), attempt('disk', '', checkDisk)];
  const known =
    databaseUrl === undefined
      ? [embedded('database: reachable', 'DATABASE_URL'), ...(await temporal(config))]
      : await withDatabase(databaseUrl, async (db) => {
          const found = await checkDatabase(config, db, databaseUrl);
          const usable = !found.some(({ state }) => state === 'failed');
          return [...found, ...(await temporal(config, usable ? db : undefined))];
        });
  return [ok('environment', 'All variables can be used.'), versions(), ...known, ...(await Promise.all(beside)).flat()];
}

async function temporal(config: Config, db?: Parameters<typeof checkTemporal>[2]): Promise<Check[]> {
  const { address } = config.temporal;
  if (address === undefined) return [embedded('temporal: reachable', 'TEMPORAL_ADDRESS')];
  return checkTemporal(config, address, db);
}

function embedded(name: string, variable: string): Check {
  return warning(
    name,
    `${variable} is not set: "npm start" runs an embedded one, which is not looked at.`,
    `To have it looked at, set ${variable} as "npm start" prints it; for production use a server of your own.`,
  );
}

function versions(): Check {
  return ok('versions', `Crosswalk ${version}, Node ${process.versions.node}.`);
}

/** Of this machine. How full the database's is, only its own operator can see. */
async function checkDisk(): Promise<Check[]> {
  const folder = existsSync('.crosswalk') ? '.crosswalk' : '.';
  const { bavail, blocks } = await statfs(folder);
  const share = Math.round((100 * Number(bavail)) / Number(blocks));
  const name = 'disk';
  if (share >= 20) return [ok(name, `${share} % of this machine's disk is free.`)];
  const fix = 'Make room: docs/operating.md, "The disk is full".';
  return [(share >= 5 ? warning : failed)(name, `Only ${share} % of this machine's disk is free.`, fix)];
}
