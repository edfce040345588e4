/** The audit trail is a chain: whatever is changed, removed, added or cut off in the database is found. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { audit } from '../../src/control/audit/audit.ts';
import { signHeads } from '../../src/control/audit/chains.ts';
import { pruneAudit } from '../../src/control/audit/prune.ts';
import { systemCaller } from '../../src/control/caller.ts';
import { type Harness, startHarness } from '../api/harness.ts';
import { crosswalkOf } from '../cli/crosswalk.ts';

let api: Harness;
let admin: string;
let tenant: string;
let folder: string;
beforeAll(async () => {
  api = await startHarness();
  admin = await api.key(['admin']);
  folder = await mkdtemp(path.join(tmpdir(), 'crosswalk-audit-'));
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const crosswalk = crosswalkOf(() => ({ harness: api, key: admin }));
const owner = () => api.db.owner;

interface Chain {
  chain: string;
  entries: number;
  head: { seq: string; hash: string } | null;
  signedTo: string | null;
  unchained: number;
  problems: { code: string; seq: string | null }[];
}

async function verify(of = tenant, key = admin): Promise<Chain> {
  const { status, body } = await api.call(key, 'GET', `/v1/audit/verify?tenantId=${of}`);
  expect(status).toBe(200);
  expect(body.chains).toHaveLength(1);
  expect(body.intact).toBe(body.chains[0].problems.length === 0);
  return body.chains[0];
}
const codes = async (of = tenant) => [...new Set((await verify(of)).problems.map(({ code }) => code))];

const add = (tenantId: string | null, action: string) =>
  api.db.platform((tx) =>
    audit(tx, systemCaller('cli'), {
      tenantId,
      action,
      subject: 'x',
      before: { a: 1.5, b: 'é "x"' },
      after: [null, action],
    }),
  );

/** A tenant with ten entries, of which the first six were signed. */
beforeEach(async () => {
  tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'T' })).body.id;
  for (let n = 1; n <= 5; n++) await add(tenant, `n.${n}`);
  await signHeads(api.control);
  for (let n = 6; n <= 9; n++) await add(tenant, `n.${n}`);
});

test('a trail that nobody has touched is as it was written, of every tenant and of the deployment', async () => {
  const report = await verify();
  expect(report).toMatchObject({ chain: tenant, entries: 10, signedTo: '6', unchained: 0, problems: [] });
  expect(report.head).toMatchObject({ seq: '10', hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  await add(null, 'of.nobody');
  const all = (await api.call(admin, 'GET', '/v1/audit/verify')).body;
  expect(all.intact).toBe(true);
  expect(all.chains.map(({ chain }: Chain) => chain)).toEqual(expect.arrayContaining(['deployment', tenant]));
  // The session's time zone is nothing to an entry.
  await sql`alter database ${sql.id(new URL(api.databaseUrl).pathname.slice(1))} set timezone = 'Asia/Kathmandu'`.execute(
    owner(),
  );
  expect((await verify()).problems).toEqual([]);
});

const entry = (seq: number) => sql`(select audit_id from audit_links where tenant_id = ${tenant} and seq = ${seq})`;
const asOwner = async (...statements: ReturnType<typeof sql>[]) => {
  for (const statement of statements) await statement.execute(owner());
};

describe('whoever owns the database is found out who', () => {
  test.each<[string, () => ReturnType<typeof sql>[], string[]]>([
    ['changes who did it', () => [sql`update audit set actor = 'key:k_other' where id = ${entry(4)}`], ['CHANGED']],
    ['changes what was done', () => [sql`update audit set after = '[]' where id = ${entry(8)}`], ['CHANGED']],
    [
      'changes when it was',
      () => [sql`update audit set at = at - interval '1 microsecond' where id = ${entry(4)}`],
      ['CHANGED'],
    ],
    [
      'gives it to another tenant',
      () => [sql`update audit set tenant_id = 't_other' where id = ${entry(4)}`],
      ['MISSING'],
    ],
    ['removes an entry', () => [sql`delete from audit where id = ${entry(4)}`], ['MISSING']],
    [
      'removes an entry and its link',
      () => [
        sql`delete from audit where id = ${entry(4)}`,
        sql`delete from audit_links where tenant_id = ${tenant} and seq = 4`,
      ],
      ['MISSING'],
    ],
    [
      'removes the beginning',
      () => [
        sql`delete from audit where tenant_id = ${tenant} and id <= ${entry(3)}`,
        sql`delete from audit_links where tenant_id = ${tenant} and seq <= 3`,
      ],
      ['BEGINNING_MISSING'],
    ],
    [
      'removes the beginning as if it had been pruned',
      () => [
        sql`delete from audit where tenant_id = ${tenant} and id <= ${entry(3)}`,
        sql`delete from audit_links where tenant_id = ${tenant} and seq < 3`,
      ],
      ['BEGINNING_MISSING'],
    ],
    [
      'removes the beginning up to what was signed as the newest',
      () => [
        sql`delete from audit where tenant_id = ${tenant} and id <= ${entry(6)}`,
        sql`delete from audit_links where tenant_id = ${tenant} and seq < 6`,
      ],
      ['BEGINNING_MISSING'],
    ],
    [
      'cuts the end off, before what was signed',
      () => [
        sql`delete from audit where tenant_id = ${tenant} and id >= ${entry(5)}`,
        sql`delete from audit_links where tenant_id = ${tenant} and seq >= 5`,
      ],
      ['END_MISSING'],
    ],
    [
      'removes everything',
      () => [
        sql`delete from audit where tenant_id = ${tenant}`,
        sql`delete from audit_links where tenant_id = ${tenant}`,
      ],
      ['END_MISSING'],
    ],
    [
      'adds an entry past the trigger',
      () => [
        sql`alter table audit disable trigger audit_is_linked`,
        sql`insert into audit (tenant_id, actor, action, subject) values (${tenant}, 'x', 'x', 'x')`,
        sql`alter table audit enable trigger audit_is_linked`,
      ],
      ['NOT_LINKED'],
    ],
    [
      'signs without the key',
      () => [sql`update audit_checkpoints set signature = sha256(signature) where tenant_id = ${tenant}`],
      ['SIGNATURE_WRONG'],
    ],
  ])('%s', async (_what, statements, found) => {
    await asOwner(...statements());
    expect(await codes()).toEqual(expect.arrayContaining(found));
  });

  test('changes an entry and calculates every hash anew, for what was signed stands against it', async () => {
    await asOwner(sql`update audit set actor = 'key:k_other' where id = ${entry(4)}`);
    await sql.raw(rehashText(4)).execute(owner());
    expect(await codes()).toEqual(['SIGNATURE_WRONG']);
  });
});

/** Hashes from here on, calculated anew by somebody who can read how it is done. */
function rehashText(seq: number): string {
  return `do $$ declare l record; last bytea := (select hash from audit_links where tenant_id = '${tenant}' and seq = ${seq - 1});
    begin
      for l in select k.seq, k.audit_id from audit_links k where tenant_id = '${tenant}' and k.seq >= ${seq} order by 1 loop
        last := sha256(coalesce(last, '') || convert_to((select audit_entry(a) from audit a where a.id = l.audit_id), 'UTF8'));
        update audit_links k set hash = last where tenant_id = '${tenant}' and k.seq = l.seq;
      end loop;
    end $$`;
}

test('entries of many transactions at once are one chain without gaps, and none waits for one that goes on', async () => {
  const before = (await verify()).entries;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let wrote: () => void = () => undefined;
  const written = new Promise<void>((resolve) => {
    wrote = resolve;
  });
  // One that has written its entry and goes on working.
  const long = api.db.tenant(tenant, async (tx) => {
    await audit(tx, systemCaller('cli'), { tenantId: tenant, action: 'long', subject: 'x' });
    wrote();
    await released;
  });
  await written;
  await Promise.all(Array.from({ length: 40 }, (_, n) => add(tenant, `many.${n}`)));
  expect(await verify()).toMatchObject({ entries: before + 40, problems: [] });
  release();
  await long;
  expect(await verify()).toMatchObject({ entries: before + 41, head: { seq: String(before + 41) }, problems: [] });
  // What was taken back leaves no gap.
  await expect(
    api.db.tenant(tenant, async (tx) => {
      await audit(tx, systemCaller('cli'), { tenantId: tenant, action: 'x', subject: 'x' });
      throw new Error('taken back');
    }),
  ).rejects.toThrow('taken back');
  await add(tenant, 'after');
  expect(await verify()).toMatchObject({ entries: before + 42, head: { seq: String(before + 42) }, problems: [] });
});

test('two chains in one transaction, in either order, do not lock each other out', async () => {
  const both = (order: (string | null)[]) =>
    api.db.platform(async (tx) => {
      for (const tenantId of order) await audit(tx, systemCaller('cli'), { tenantId, action: 'x', subject: 'x' });
    });
  await Promise.all(Array.from({ length: 40 }, (_, n) => both(n % 2 === 0 ? [tenant, null] : [null, tenant])));
  expect((await verify()).problems).toEqual([]);
});

/** A chain of rows that are so many days old. */
async function aged(chain: string, ...days: number[]): Promise<void> {
  for (const day of days) {
    await sql`insert into audit (tenant_id, actor, action, subject, at)
              values (${chain}, 'x', ${`aged.${day}`}, 'x', now() - make_interval(days => ${day}))`.execute(owner());
  }
}

test('pruning leaves a chain that can be checked: from the signed hash of the last entry that went', async () => {
  await aged('t_pruned', 500, 450, 401, 399, 10);
  await signHeads(api.control);
  expect(await pruneAudit(api.control, 400)).toBe(3);
  expect(await verify('t_pruned')).toMatchObject({ entries: 2, signedTo: '5', problems: [] });
  expect(await pruneAudit(api.control, 400)).toBe(0);
  await aged('t_pruned', 1);
  expect(await verify('t_pruned')).toMatchObject({ entries: 3, head: { seq: '6' }, problems: [] });
  api.pass(20 * 86_400_000);
  await pruneAudit(api.control, 400);
  expect(await verify('t_pruned')).toMatchObject({ entries: 2, problems: [] });
  // All of a chain, and what comes after it goes on where it ended.
  await aged('t_quiet', 500, 450);
  await pruneAudit(api.control, 400);
  expect(await verify('t_quiet')).toMatchObject({ entries: 0, head: { seq: '2' }, problems: [] });
  await aged('t_quiet', 0);
  expect(await verify('t_quiet')).toMatchObject({ entries: 1, head: { seq: '3' }, problems: [] });
  // Whoever prunes without the key is found out.
  await aged('t_forged', 500, 450, 10);
  await api.db.platform((tx) => sql`select prune_audit_chain('t_forged', now(), 100)`.execute(tx));
  expect(await codes('t_forged')).toEqual(['BEGINNING_MISSING']);
  api.pass(-20 * 86_400_000);
});

test('an export can be checked without a server, and a line that was changed, moved or left out is found', async () => {
  const file = path.join(folder, 'audit.jsonl');
  expect(await crosswalk(['audit', 'export', '--chain', tenant, '-o', file])).toMatchObject({ code: 0, error: '' });
  const text = await readFile(file, 'utf8');
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(11);
  expect(JSON.parse(lines[3]!)).toMatchObject({ chain: tenant, seq: 4, entry: { action: 'n.3', before: { a: 1.5 } } });
  const check = async (of: string[]) => {
    await writeFile(file, `${of.join('\n')}\n`);
    return (await crosswalk(['audit', 'verify', '--file', file])).code;
  };
  expect(await check(lines)).toBe(0);
  expect(await check(lines.slice(3, 8))).toBe(0);
  expect(await check(lines.map((line) => line.replace('n.3', 'n.x')))).toBe(1);
  expect(await check(lines.filter((_, n) => n !== 4))).toBe(1);
  expect(await check([...lines.slice(0, 3), lines[4]!, lines[3]!, ...lines.slice(5)])).toBe(1);
  expect(await check([...lines, '{}'])).toBe(1);
  expect((await crosswalk(['audit', 'verify', '--file', path.join(folder, 'none')])).code).toBe(2);
  // A reader that comes again goes on where it was.
  await crosswalk(['audit', 'export', '--chain', tenant, '--after', '8', '-o', file]);
  const later = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(later.map((line) => JSON.parse(line).seq)).toEqual([9, 10, 11, 12]);
  await crosswalk(['audit', 'export', '-o', file]);
  const all = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const ofDeployment = all.filter((line) => JSON.parse(line).chain === 'deployment');
  expect(ofDeployment.length).toBeGreaterThan(1);
  expect(await check(ofDeployment)).toBe(0);
});

test('the command says whether the trail is whole, with 1 where it is not', async () => {
  expect(await crosswalk(['audit', 'verify', '--tenant', tenant])).toMatchObject({
    code: 0,
    out: expect.stringContaining('as it was written'),
  });
  await asOwner(sql`update audit set actor = 'x' where id = ${entry(4)}`);
  const broken = await crosswalk(['audit', 'verify', '--tenant', tenant]);
  expect(broken).toMatchObject({ code: 1, out: expect.stringContaining('CHANGED') });
});

test('a tenant checks and exports its own chain, and no other', async () => {
  const key = await api.key(['admin'], tenant);
  expect((await verify(tenant, key)).problems).toEqual([]);
  const own = (await api.call(key, 'GET', '/v1/audit/verify')).body;
  expect(own.chains.map(({ chain }: Chain) => chain)).toEqual([tenant]);
  for (const at of [
    '/v1/audit/verify?tenantId=t_other',
    '/v1/audit.jsonl?chain=t_other',
    '/v1/audit.jsonl?chain=deployment',
  ]) {
    expect([403, 404]).toContain((await api.call(key, 'GET', at)).status);
  }
  const lines = (await api.call(key, 'GET', '/v1/audit.jsonl')).text.trimEnd().split('\n');
  expect(new Set(lines.map((line) => JSON.parse(line).chain))).toEqual(new Set([tenant]));
});
