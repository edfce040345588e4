/**
 * Presented keys are looked up together: however many come at once, wrong ones among them, a few statements answer them all.
 * So a wrong key costs little, and nobody has to be turned away before the lookup, whose good key would be turned away as well.
 */
import { timingSafeEqual } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import type { ControlTables } from '../db/schema-control.ts';

type KeyRow = Selectable<ControlTables['api_keys']>;

export interface KeyLookup {
  /** The key with this hash, where it may be used now. Asked after the call began, so that a revocation counts at once. */
  find(hash: Buffer): Promise<KeyRow | undefined>;
}

/** Statements under way at once, and hashes in one of them. */
const atOnce = 2;
const together = 500;
/** A key's last use is noted at most this often. */
const noteEveryMs = 60_000;

interface Asked {
  hash: Buffer;
  answer: (key: KeyRow | undefined) => void;
  fail: (error: unknown) => void;
}

export function createKeyLookup({ db, clock }: { db: Database; clock: () => number }): KeyLookup {
  const waiting: Asked[] = [];
  let underWay = 0;

  const next = (): void => {
    if (underWay >= atOnce || waiting.length === 0) return;
    underWay += 1;
    const batch = waiting.splice(0, together);
    lookUp(db, batch, clock())
      .catch((error: unknown) => {
        for (const { fail } of batch) fail(error);
      })
      .finally(() => {
        underWay -= 1;
        next();
      });
  };

  return {
    find: (hash) =>
      new Promise((answer, fail) => {
        waiting.push({ hash, answer, fail });
        next();
      }),
  };
}

async function lookUp(db: Database, batch: readonly Asked[], now: number): Promise<void> {
  const hashes = batch.map(({ hash }) => hash);
  const found = await db.platform(async (tx) => {
    const keys = await tx
      .selectFrom('api_keys')
      .leftJoin('tenants', 'tenants.id', 'api_keys.tenant_id')
      .selectAll('api_keys')
      .select('tenants.state as tenant_state')
      .where('hash', '=', sql<Buffer>`any(${hashes}::bytea[])`)
      .where('revoked_at', 'is', null)
      .execute();
    const usable = keys.filter(
      (key) => key.tenant_state !== 'deleted' && (key.expires_at === null || key.expires_at.getTime() > now),
    );
    await noteUse(tx, usable, now);
    return usable;
  });
  for (const { hash, answer } of batch) answer(found.find((key) => timingSafeEqual(key.hash, hash)));
}

/** Rows that somebody else holds are left for the next time: a lookup waits for nobody. */
async function noteUse(tx: Tx, keys: readonly KeyRow[], now: number): Promise<void> {
  const ids = keys
    .filter(({ last_used_at: at }) => at === null || now - at.getTime() > noteEveryMs)
    .map(({ id }) => id);
  if (ids.length === 0) return;
  await tx
    .updateTable('api_keys')
    .set({ last_used_at: new Date(now) })
    .where('id', 'in', tx.selectFrom('api_keys').select('id').where('id', 'in', ids).forUpdate().skipLocked())
    .execute();
}
