/** A database that is away, or has gone silent, costs time and nothing else. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActivities, type EngineDeps } from '../../src/activities/index.ts';
import { createSchedulingActivities } from '../../src/activities/queue-daily-run.ts';
import { waitForDatabase } from '../../src/activities/step/database-away.ts';
import type { RunRef } from '../../src/activities/types.ts';
import { isDatabaseAway } from '../../src/db/away.ts';
import { type Database, openDatabase } from '../../src/db/index.ts';
import { type Engine, openEngine } from './engine.ts';
import { startProxy } from './silent-proxy.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const log = pino({ level: 'silent' });
const steps = [
  'openRun',
  'ensureSchema',
  'readHubSpot',
  'readPendo',
  'readAgain',
  'settle',
  'readRecord',
  'settleRecord',
  'deliverToPendo',
  'deliverToHubSpot',
] as const;

/** Every activity of a worker, as the worker runs it. */
function activitiesOver(db: Database) {
  const deps: EngineDeps = { ...engine.deps, db };
  const queueDaily = (tenantId: string) => db.tenant(tenantId, (tx) => sql`select 1`.execute(tx)) as never;
  return { ...createActivities(deps), ...createSchedulingActivities({ queueDaily }) };
}

function run(db: Database, activityType: keyof ReturnType<typeof activitiesOver>, ref: RunRef, attempt: number) {
  const env = new MockActivityEnvironment({ activityType, attempt }, { interceptors: [waitForDatabase(log)] });
  return env.run(activitiesOver(db)[activityType] as never, ref as never, { kind: 'finished' } as never);
}

describe('whatever a run is at', () => {
  test.each([...steps, 'closeRun', 'queueDailyRun'] as const)(
    '%s: a database that is away fails nothing',
    async (name) => {
      const away = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
      const ref: RunRef = { tenantId: 't1', object: 'visitor', runId: '1' };
      // Shortly away: tried again, and history has our words only.
      await expect(run(away, name, ref, 1)).rejects.toMatchObject({ type: 'CONNECTION', nonRetryable: false });
      const later = run(away, name, ref, 9);
      // Closing has nothing to wait for but itself, and is tried for hours.
      if (name === 'closeRun' || name === 'queueDailyRun')
        await expect(later).rejects.toMatchObject({ nonRetryable: false });
      else
        expect(await later).toMatchObject({ kind: 'wait', fault: true, progressed: false, cause: { of: 'database' } });
      await away.close();
    },
  );

  test('the activities of a worker are those', () => {
    expect(Object.keys(activitiesOver(engine.db)).sort()).toEqual([...steps, 'closeRun', 'queueDailyRun'].sort());
  });

  test('what fails for another reason is neither waited for nor quoted in history', async () => {
    const broken = { ...engine.db, tenant: () => Promise.reject(new Error('duplicate key: ana@example.com')) };
    const failure = await run(
      broken as Database,
      'readHubSpot',
      { tenantId: 't1', object: 'visitor', runId: '1' },
      9,
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'INTERNAL' });
    expect(String((failure as Error).message)).not.toContain('ana@');
  });
});

test('a server that starts, stops, is full, a standby or behind a pooler is away; what a statement does wrong is not', () => {
  const failed = (code: string) => Object.assign(new Error('x'), { code });
  const away = [
    '08006',
    '08P01',
    '57P01',
    '57P02',
    '57P03',
    '57P05',
    '53300',
    '53100',
    '25006',
    '25P03',
    '58030',
    '28P01',
    '3D000',
  ];
  for (const code of [...away, 'ECONNREFUSED', 'EAI_AGAIN', 'ETIMEDOUT'])
    expect(isDatabaseAway(failed(code)), code).toBe(true);
  const ours = ['23505', '40001', '40P01', '42703', '57014', '22P02', 'ERR_INVALID_ARG_TYPE', 'ENOENT'];
  for (const code of ours) expect(isDatabaseAway(failed(code)), code).toBe(false);
  expect(isDatabaseAway(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(isDatabaseAway(new Error('a row says: Connection terminated'))).toBe(false);
});

describe('a connection that has gone silent', () => {
  const timeouts = { short: 400, statement: 400, long: 4000, idle: 60_000, grace: 200 };
  const pid = (db: Database) =>
    db.platform(async (tx) => (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)).rows[0]!.pid);

  test.each<[string, (db: Database, silence: () => void) => Promise<unknown>]>([
    [
      'between two transactions',
      (db, silence) =>
        pid(db)
          .then(silence)
          .then(() => pid(db)),
    ],
    [
      'in the middle of a transaction',
      (db, silence) =>
        db.tenant('t1', async (tx) => {
          silence();
          await sql`select 1`.execute(tx);
        }),
    ],
    ['before a commit', (db, silence) => db.tenant('t1', async () => silence())],
    [
      'under a single statement',
      (db, silence) =>
        pid(db)
          .then(silence)
          .then(() => db.pool.query('select 1')),
    ],
  ])('%s is given up, and its place is free again', async (_, work) => {
    const address = await engine.rows(sql<{ url: string }>`select current_database() as url`);
    await using proxy = await startProxy(new URL(engine.url));
    expect(new URL(engine.url).pathname).toContain(address[0]!.url);
    // One place: were it held, nobody would get another.
    const db = openDatabase({ url: proxy.url, maxConnections: 1, timeouts });
    const begun = performance.now();
    const failure = await work(db, proxy.silence).catch((error: unknown) => error);
    expect(isDatabaseAway(failure), String(failure)).toBe(true);
    expect(performance.now() - begun).toBeLessThan(5_000);
    proxy.speak();
    expect(await pid(db)).toBeGreaterThan(0);
    await db.close();
  });

  test('a statement that is only slow is ended by the server, and a long one has its time', async () => {
    const db = openDatabase({ url: engine.url, maxConnections: 1, timeouts });
    const sleep = (long: boolean) => db.tenant('t1', (tx) => sql`select pg_sleep(0.8)`.execute(tx), { long });
    // 57014: the server's own word, so the connection is as good as before.
    const before = await pid(db);
    await expect(sleep(false)).rejects.toMatchObject({ code: '57014' });
    expect(await pid(db)).toBe(before);
    await sleep(true);
    await db.close();
  });

  test('the time-outs are the transaction’s own, so that they hold through a pooler that lends a connection per transaction', async () => {
    const db = openDatabase({ url: engine.url, maxConnections: 1, timeouts });
    const settings = `select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle`;
    const inside = await db.tenant('t1', async (tx) => (await sql.raw(settings).execute(tx)).rows[0]);
    expect(inside).toEqual({ statement: '400ms', idle: '1min' });
    expect((await db.pool.query(settings)).rows[0]).toEqual({ statement: '0', idle: '0' });
    const keptAlive = await db.pool.connect();
    expect(keptAlive).toMatchObject({ connection: { _keepAlive: true } });
    keptAlive.release();
    await db.close();
  });

  test('a transaction whose process is gone without a word frees its locks', async () => {
    const db = openDatabase({
      url: engine.url,
      maxConnections: 2,
      timeouts: { ...timeouts, idle: 300, statement: 3000 },
    });
    const lock = sql`select id from tenants where id = 't1' for update`;
    let free: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      free = resolve;
    });
    let locked: () => void = () => {};
    const taken = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const frozen = db
      .tenant('t1', async (tx) => {
        await lock.execute(tx);
        locked();
        await held;
      })
      .catch((error: unknown) => error);
    await taken;
    await db.tenant('t1', (tx) => lock.execute(tx));
    free();
    expect(isDatabaseAway(await frozen)).toBe(true);
    await db.close();
  });
});
