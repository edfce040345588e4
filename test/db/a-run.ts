import { randomUUID } from 'node:crypto';
import { type Database, openDatabase, type Tx } from '../../src/db/index.ts';
import { type SyncObject, syncConfigSchema } from '../../src/sync/config.ts';
import type { MirrorRow } from '../../src/sync/mirror-row.ts';
import { freshDatabase } from '../setup/database.ts';

export interface ARun extends AsyncDisposable {
  db: Database;
  tenantId: string;
  object: SyncObject;
  runId: string;
  /** A transaction as the engine has them. */
  in<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** A tenant with one running run, in a database of its own. */
export async function aRun(): Promise<ARun> {
  const database = await freshDatabase();
  const db = openDatabase({ url: database.url, maxConnections: 6 });
  const tenantId = `t_${randomUUID()}`;
  const object = 'visitor';
  const config = JSON.stringify(syncConfigSchema.parse({ joinKey: { property: 'email' } }));
  const runId = await db.platform(async (tx) => {
    await tx.insertInto('tenants').values({ id: tenantId, name: 'test' }).execute();
    const row = { tenant_id: tenantId, object, trigger: 'manual', epoch: 1, config, config_version: 1 } as const;
    const run = await tx
      .insertInto('runs')
      .values({ ...row, state: 'running' })
      .returning('id')
      .executeTakeFirstOrThrow();
    return run.id;
  });
  return {
    db,
    tenantId,
    object,
    runId,
    in: (work) => db.tenant(tenantId, work),
    [Symbol.asyncDispose]: async () => {
      await db.close();
      await database.drop();
    },
  };
}

/** A mirror row whose digests follow its values. */
export function aRow(id: string, gives: Record<string, string | null> = {}, more: Partial<MirrorRow> = {}): MirrorRow {
  const digest = (doc: unknown): string =>
    Buffer.from(JSON.stringify(doc)).toString('hex').padEnd(32, '0').slice(0, 64);
  const holds = more.holds ?? {};
  const key = more.matchKey ?? `key-${id}`;
  return {
    id,
    keyState: 'ok',
    matchKey: key,
    foldKey: key,
    looseKey: null,
    gives,
    holds,
    givesDigest: digest(gives),
    holdsDigest: digest(holds),
    ...more,
  };
}
