/**
 * The one way to PostgreSQL. All work goes through a transaction that names its tenant (or the platform), because
 * the wall between tenants is row-level security under a role that owns nothing: a query outside sees no rows.
 */
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Tables } from './schema.ts';

export type Tx = Transaction<Tables>;

export interface Database {
  /** Runs `work` as the application's role, seeing this tenant's rows only. */
  tenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs `work` seeing every tenant: for schedulers, sweepers and unbound administrators only. */
  platform<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The pool beneath, for one-statement users that hold no tenant data (budgets). */
  readonly pool: pg.Pool;
  /** The owner's view, for migrations and tests. */
  readonly owner: Kysely<Tables>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  /** Connections at most. Default 10. */
  maxConnections?: number;
}

/** Lives as long as the process. Throws on first use where the server is not there. */
export function openDatabase({ url, maxConnections = 10 }: DatabaseOptions): Database {
  const pool = new pg.Pool({ connectionString: url, max: maxConnections, allowExitOnIdle: true });
  // A connection that dies while idle (server restart) is replaced at its next use; nothing to do here.
  pool.on('error', () => {});
  const owner = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });

  const scoped = <T>(tenant: string, platform: 'on' | 'off', work: (tx: Tx) => Promise<T>): Promise<T> =>
    owner.transaction().execute(async (tx) => {
      // All three are local to the transaction, so a pooled connection never keeps a tenant.
      await sql`select set_config('role', 'crosswalk_app', true),
                       set_config('crosswalk.tenant', ${tenant}, true),
                       set_config('crosswalk.platform', ${platform}, true)`.execute(tx);
      return work(tx);
    });

  return {
    tenant: (tenantId, work) => {
      if (tenantId === '') throw new Error('a tenant transaction needs a tenant');
      return scoped(tenantId, 'off', work);
    },
    platform: (work) => scoped('', 'on', work),
    pool,
    owner,
    close: () => owner.destroy(),
  };
}
