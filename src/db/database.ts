/**
 * The one way to PostgreSQL. All work goes through a transaction that names its tenant (or the platform), because
 * the wall between tenants is row-level security under a role that owns nothing: a query outside sees no rows.
 * API and worker sign in as one role, for both serve every tenant: the wall is against a condition that was forgotten. Whoever
 * can run SQL of their own as this role can name any tenant.
 */
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Tables } from './schema.ts';
import { TimedClient } from './timed-client.ts';

export type Tx = Transaction<Tables>;

export interface Database {
  /**
   * Runs `work` as the application's role, seeing this tenant's rows only. `long`: statements may take what the largest tenant
   * needs; else what a step of a run may take as a whole.
   */
  tenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>, options?: { long?: boolean }): Promise<T>;
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
  timeouts?: Partial<DatabaseTimeouts>;
}

/** How long a statement may take, in ms. */
export interface DatabaseTimeouts {
  /** `begin`, `commit`, and the single statements of budgets. Default 1 min. */
  short: number;
  /** A statement of a transaction. Default 5 min. */
  statement: number;
  /** The same in long ones. Default 30 min. */
  long: number;
  /** Between two statements of a transaction: renewing a login at HubSpot may take two minutes. Default 3 min. */
  idle: number;
  /** What a server that ends a statement by itself has to say so. Default 15 s. */
  grace: number;
}

const minute = 60_000;
const defaultTimeouts: DatabaseTimeouts = {
  short: minute,
  statement: 5 * minute,
  long: 30 * minute,
  idle: 3 * minute,
  grace: minute / 4,
};

/** Lives as long as the process. Throws on first use where the server is not there. */
export function openDatabase({ url, maxConnections = 10, ...options }: DatabaseOptions): Database {
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    allowExitOnIdle: true,
    Client: TimedClient,
  });
  // A connection that dies while idle (server restart) is replaced at its next use; nothing to do here.
  pool.on('error', () => {});
  pool.on('acquire', (client) => {
    Object.assign(client, { timeoutMs: timeouts.short, controlTimeoutMs: timeouts.short });
  });
  /** Connections of the one pool, with so much time for each statement. */
  const lending = (ms: number): Kysely<Tables> => {
    const connect = async () => Object.assign(await pool.connect(), { timeoutMs: ms });
    return new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: { options: pool.options, connect, end: () => pool.end() } }),
    });
  };
  // Migrations wait for one another, and rebuild what they must.
  const owner = lending(0);
  const ordinary = lending(timeouts.statement + timeouts.grace);
  const long = lending(timeouts.long + timeouts.grace);

  const scoped = <T>(
    within: Kysely<Tables>,
    statementMs: number,
    { tenant, platform }: { tenant: string; platform: 'on' | 'off' },
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> =>
    within.transaction().execute(async (tx) => {
      // All are local to the transaction: a pooled connection never keeps a tenant, and a pooler may give each transaction
      // another one. The server so ends by itself what nobody waits for any more.
      await sql`select set_config('role', 'crosswalk_app', true),
                       set_config('crosswalk.tenant', ${tenant}, true),
                       set_config('crosswalk.platform', ${platform}, true),
                       set_config('statement_timeout', ${String(statementMs)}, true),
                       set_config('idle_in_transaction_session_timeout', ${String(timeouts.idle)}, true)`.execute(tx);
      return work(tx);
    });

  return {
    tenant: (tenantId, work, more = {}) => {
      if (tenantId === '') throw new Error('a tenant transaction needs a tenant');
      const scope = { tenant: tenantId, platform: 'off' } as const;
      return more.long ? scoped(long, timeouts.long, scope, work) : scoped(ordinary, timeouts.statement, scope, work);
    },
    platform: (work) => scoped(ordinary, timeouts.statement, { tenant: '', platform: 'on' }, work),
    pool,
    owner,
    close: () => owner.destroy(),
  };
}
