/** One tenant's key cannot fill the memory of the API, nor the audit trail: every answer is bounded by what it weighs. */
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pruneAudit } from '../../src/control/audit/prune.ts';
import { startApiProcess } from './api-process.ts';
import { type Harness, startHarness } from './harness.ts';

let api: Harness;
let admin: string;
beforeAll(async () => {
  api = await startHarness();
  admin = await api.key(['admin']);
});
afterAll(() => api[Symbol.asyncDispose]());

const newTenant = async (name = 'Acme'): Promise<string> =>
  (await api.call(admin, 'POST', '/v1/tenants', { name })).body.id;

test('settings are notes: more than 4 kB as JSON is refused, by bytes and not by characters', async () => {
  const tenant = await newTenant();
  const set = (settings: object) => api.call(admin, 'PATCH', `/v1/tenants/${tenant}`, { settings });
  const fits = { a: 'x'.repeat(1000), b: 'x'.repeat(1000), c: 'x'.repeat(1000), d: 'x'.repeat(900) };
  expect((await set(fits)).status).toBe(200);
  for (const settings of [
    { ...fits, e: 'x'.repeat(200) },
    { a: 'é'.repeat(1000), b: 'é'.repeat(1000), c: 'é'.repeat(100) },
    Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`n${n}`, 1])),
  ]) {
    expect(await set(settings)).toMatchObject({ status: 422, body: { code: 'SETTINGS_TOO_LARGE' } });
    const created = await api.call(admin, 'POST', '/v1/tenants', { name: 'x', settings });
    expect(created).toMatchObject({
      status: 422,
      body: { code: 'SETTINGS_TOO_LARGE', fields: [{ path: 'settings' }] },
    });
  }
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}`)).body.settings).toEqual(fits);
});

test('a change of two hundred long mappings leaves a line that is small and says what differs', async () => {
  const tenant = await newTenant();
  const long = (n: number) => `p${n}_${'x'.repeat(190)}`;
  const mapping = (n: number) => ({ property: long(n), field: `hubspot_${long(n)}`.slice(0, 200) });
  const pull = Array.from({ length: 200 }, (_, n) => mapping(n));
  const put = (of: object[]) =>
    api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { joinKey: { property: 'email' }, pull: of });
  expect((await put(pull)).status).toBe(200);
  expect((await put([...pull.slice(0, 199), mapping(200)])).status).toBe(200);
  expect((await put([...pull].reverse().slice(0, 3))).status).toBe(200);
  const { entries } = (await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).body;
  const [shrunk, changed, first] = entries;
  for (const { before, after } of entries)
    for (const part of [before, after]) expect(JSON.stringify(part).length).toBeLessThan(4200);
  expect(JSON.stringify(changed.before)).toContain(long(199));
  expect(JSON.stringify(changed.after)).toContain(long(200));
  expect(JSON.stringify(changed)).not.toContain(long(5));
  for (const summary of [JSON.stringify(first.after), JSON.stringify(shrunk.before)])
    expect(summary).toMatch(/"bytes":\d+,"sha256":"[0-9a-f]{64}"/);
});

test('pages of the trail are short where its lines are long, and hold every line once', async () => {
  const tenant = await newTenant();
  // As version 0.1.0 wrote them.
  await sql`insert into audit (tenant_id, actor, action, subject, before)
            select ${tenant}, 'x', 'tenant.changed', 'tenant', jsonb_build_object('n', n, 's', repeat(md5(n::text), 8000))
            from generate_series(1, 20) n`.execute(api.db.owner);
  const seen: string[] = [];
  let pages = 0;
  for (let next: string | null = ''; next !== null; pages++) {
    const page = await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}&limit=200${next ? `&before=${next}` : ''}`);
    expect(page.text.length).toBeLessThan(1.3 * 1024 * 1024);
    seen.push(...page.body.entries.map(({ id }: { id: string }) => id));
    next = page.body.next;
  }
  expect(pages).toBeGreaterThanOrEqual(5);
  expect(seen).toHaveLength(21);
  expect(new Set(seen).size).toBe(21);
  const csv = (await api.call(admin, 'GET', `/v1/audit.csv?tenantId=${tenant}`)).text;
  // The header, and the export's own line.
  expect(csv.trimEnd().split('\r\n')).toHaveLength(23);
});

test('what is older than its retention goes from the trail, and no younger line can', async () => {
  await newTenant();
  // A chain of its own: nothing else is in it.
  const tenant = 'aged';
  const add = (days: number) =>
    sql`insert into audit (tenant_id, actor, action, subject, at)
        values (${tenant}, 'x', ${`aged.${days}`}, 'x', now() - make_interval(days => ${days}))`.execute(api.db.owner);
  // Lines are as old as their ids say: the oldest are the first.
  await sql`update audit set at = now() - interval '500 days' where tenant_id is distinct from ${tenant}`.execute(
    api.db.owner,
  );
  for (const days of [450, 401, 399, 1]) await add(days);
  const left = async () =>
    (await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).body.entries.map(
      ({ action }: { action: string }) => action,
    );
  await pruneAudit(api.control, 400);
  expect(await left()).toEqual(['aged.1', 'aged.399']);
  const { rows } = await sql<{ old: string }>`
    select count(*) as old from audit where at < now() - interval '400 days'`.execute(api.db.owner);
  expect(rows[0]?.old).toBe('0');
  expect((await api.call(admin, 'GET', '/v1/audit')).body.entries[0]).toMatchObject({
    action: 'audit.pruned',
    actor: 'engine',
  });
  // Whatever it is told, by whatever means the application has.
  await api.db.platform((tx) => sql`select prune_audit(now() + interval '1 year', 100000)`.execute(tx));
  await api.db.platform((tx) =>
    sql`select prune_audit_chain(${tenant}, now() + interval '1 year', 100000)`.execute(tx),
  );
  expect(await left()).toContain('aged.1');
  for (const statement of [
    ...[sql`delete from audit`, sql`update audit set actor = 'y'`, sql`truncate audit`],
    ...[sql`delete from audit_links`, sql`update audit_links set seq = 0`, sql`delete from audit_checkpoints`],
    ...[sql`delete from erasures`, sql`update erasures set actor = 'y'`],
  ]) {
    await expect(api.db.platform((tx) => statement.execute(tx))).rejects.toThrow(/permission denied/);
  }
});

test('a long value is shown by its beginning, length and hash, and two that begin alike are told apart', async () => {
  const cut = async (value: unknown) => {
    const text = JSON.stringify(value);
    const { rows } = await sql<{ cut: unknown }>`select cut_values(${text}::jsonb, 4000) as cut`.execute(api.db.owner);
    return rows[0]!.cut;
  };
  const long = 'é'.repeat(60_000);
  for (const whole of [null, 'x', 7, true, { a: ['x'.repeat(3000), null], b: 'x'.repeat(900) }, ['x'.repeat(3990)]]) {
    expect(await cut(whole)).toEqual(whole);
  }
  const shown = expect.stringMatching(/^é{1000}… \(60000 characters, md5 [0-9a-f]{32}\)$/);
  expect(await cut({ a: [long, 'short'], b: { c: long } })).toEqual({ a: [shown, 'short'], b: { c: shown } });
  expect(await cut([long])).not.toEqual(await cut([`${long.slice(0, -1)}e`]));
  expect(await cut(long)).toEqual(((await cut([long])) as string[])[0]);
});

/** What a tenant of version 0.1.0 could leave behind, and what vendors let be in a record: tens of megabytes in each list. */
async function heavyTenant(): Promise<{ tenant: string; run: string }> {
  const tenant = await newTenant('heavy');
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { joinKey: { property: 'email' } });
  const owner = api.db.owner;
  const long = sql`repeat(md5('x'), 500)`;
  await sql`insert into audit (tenant_id, actor, action, subject, before)
            select ${tenant}, 'x', 'x', 'x', jsonb_build_object('s', repeat(md5(n::text), 4000)) from generate_series(1, 200) n`.execute(
    owner,
  );
  const fields = sql`(select jsonb_object_agg('f' || f, jsonb_build_array(${long}, ${long})) from generate_series(1, 20) f)`;
  const { rows } = await sql<{ id: string }>`
    insert into runs (tenant_id, object, trigger, state, epoch, config, config_version, closed_at, settled_at, as_of, preview, plan, held)
    select ${tenant}, 'visitor', 'daily', 'succeeded', 1, jsonb_build_object('s', ${long}), 1, now(), now(), now(),
           jsonb_build_object('s', repeat(md5(n::text), 4000)),
           '{"object":"visitor","joinKey":{"property":"email","type":"string"},"pull":[],"push":[],"create":{"pendo":[],"hubspot":[]}}',
           jsonb_build_array(jsonb_build_object('leg', 'pull', 'test', 'values', 'subject', 'x', 'message', ${long}, 'before', 1, 'now', 1))
    from generate_series(1, 200) n returning id::text`.execute(owner);
  const run = rows.at(-1)!.id;
  await sql`insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id)
            select ${tenant}, 'visitor', 'pull', n::text, ${run}::bigint, 'written', 'p' || n from generate_series(1, 100) n`.execute(
    owner,
  );
  await sql`insert into deliveries (tenant_id, run_id, leg, seq, kind, hubspot_id, pendo_id, changes, state)
            select ${tenant}, ${run}::bigint, 'pull', n, 'update', case when n > 90 then 1 else n end, 'p' || n, c, 'accepted'
            from generate_series(1, 100) n, (select ${fields} as c) x`.execute(owner);
  return { tenant, run };
}

test('whatever one tenant asks for at once, an API of little memory answers the others', async () => {
  const { tenant, run } = await heavyTenant();
  const key = await api.key(['admin'], tenant);
  const other = await api.key(['read'], await newTenant('light'));
  await using running = await startApiProcess(api.databaseUrl, ['--max-old-space-size=128']);
  const base = `/v1/tenants/${tenant}`;
  const open: IncomingMessage[] = [];
  const statuses: Record<string, number> = {};
  let answered = 0;
  /** Asks, and reads the answer or leaves it lying. */
  const ask = (path: string, read: boolean): void => {
    const call = request(
      `${running.url}${path}`,
      { headers: { authorization: `Bearer ${key}` }, agent: false },
      (answer) => {
        answered += 1;
        statuses[answer.statusCode!] = (statuses[answer.statusCode!] ?? 0) + 1;
        open.push(answer);
        if (read) answer.resume();
      },
    );
    call.on('error', () => undefined);
    call.end();
  };
  let asked = 0;
  for (let n = 0; n < 6; n++) {
    for (const [path, read] of [
      [`/v1/audit?limit=200&tenantId=${tenant}`, true],
      [`${base}/runs?limit=200`, true],
      [`${base}/runs/${run}/records?leg=pull&limit=200`, true],
      [`${base}/syncs/visitor/records/hubspot/1`, true],
      [`/v1/audit.csv?tenantId=${tenant}`, n % 2 === 0],
      [`${base}/runs/${run}/records.csv?leg=pull`, n % 2 === 0],
    ] as const) {
      ask(path, read);
      asked += 1;
    }
  }
  const times: number[] = [];
  while (answered < asked || times.length < 20) {
    expect(running.child.exitCode ?? running.child.signalCode).toBeNull();
    const began = performance.now();
    const answer = await fetch(`${running.url}/v1/tenants`, { headers: { authorization: `Bearer ${other}` } });
    expect(answer.status).toBe(200);
    await answer.text();
    times.push(performance.now() - began);
    await sleep(20);
  }
  console.log(`others waited ${Math.round(Math.max(...times))} ms at most; answers ${JSON.stringify(statuses)}`);
  // Answered, or told that two exports are being read already.
  expect(Object.keys(statuses).sort()).toEqual(['200', '429']);
  expect(Math.max(...times)).toBeLessThan(3000);
  for (const answer of open) answer.destroy();
}, 90_000);
