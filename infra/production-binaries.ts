import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { type FindOptions, findTemporal } from './find-temporal.ts';
import { goBuild, goModule, hasGo } from './go-build.ts';
import { withLock } from './lock.ts';

/** The programs inside the container images `temporalio/server` and `temporalio/admin-tools`, as we need them. */
export interface ProductionBinaries {
  /** The server itself. */
  server: string;
  /** Makes and upgrades its tables; `temporal-sql-tool` in the image. */
  sql: string;
  /** The command line that makes namespaces and search attributes. */
  temporal: string;
}

/**
 * Builds the production server and its tools at the version that compose runs, once per machine.
 *
 * @throws when Go is not there: unlike the dev server, these cannot be had in another way.
 */
export async function productionBinaries(options: FindOptions): Promise<ProductionBinaries> {
  const log = options.log ?? ((line: string) => console.error(line));
  const { environment } = options;
  const folder = cacheFolder(environment, 'temporal', `server-${serverVersion()}-${process.platform}-${process.arch}`);
  const [server, sql] = [join(folder, 'server'), join(folder, 'sql')];
  await withLock(
    join(folder, 'lock'),
    async () => {
      if (existsSync(server) && existsSync(sql)) return;
      if (!hasGo(environment))
        throw new Error('The production Temporal server is built with Go, which is not on PATH (1.21 or later).');
      log(`Building the production Temporal server ${serverVersion()} with Go: once per machine, a few minutes.`);
      await goBuild({ command: 'go.temporal.io/server/cmd/tools/sql', target: sql, log, environment });
      await goBuild({ command: 'go.temporal.io/server/cmd/server', target: server, log, environment });
    },
    { timeoutMs: 30 * 60_000, onWait: () => log('Another process is building the Temporal server: waiting for it.') },
  );
  const found = await findTemporal({ ...options, address: undefined });
  if (found.kind !== 'program') throw new Error('No program "temporal" was found.');
  return { server, sql, temporal: found.path };
}

/** The version of the Temporal server that go.mod pins; compose runs the same. */
export function serverVersion(): string {
  const found = /go\.temporal\.io\/server v([\w.-]+)/.exec(readFileSync(join(goModule, 'go.mod'), 'utf8'));
  if (!found?.[1]) throw new Error(`${goModule}go.mod does not pin go.temporal.io/server.`);
  return found[1];
}
