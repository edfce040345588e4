/** What became of a record is answerable for any run and any id, and a person who is forgotten is in none of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pruneEvidence } from '../../src/control/evidence/retention.ts';
import { mergePendoPage } from '../../src/db/mirror/merge-page.ts';
import { syncConfigSchema } from '../../src/sync/config.ts';
import { pendoRow } from '../../src/sync/mirror-row.ts';
import { isUnstorableId, storedId } from '../../src/sync/stored-id.ts';
import type { Plan } from '../../src/sync/types.ts';
import { openSuppression } from '../../src/vault/index.ts';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';

let api: Harness;
let admin: string;
beforeAll(async () => {
  api = await startHarness();
  admin = await api.key(['admin']);
});
afterAll(() => api[Symbol.asyncDispose]());

const plan = {
  object: 'visitor',
  joinKey: { property: 'email', type: 'string' },
  pull: [{ property: 'jobtitle', field: 'hubspot_jobtitle', valueType: 'string', onEmpty: 'keep' }],
  push: [
    {
      metric: 'lastVisit',
      property: 'pendo_last_visit',
      hubspotType: 'date',
      whenNothing: 'keep',
      guardTo: 'emptyOrZero',
    },
  ],
  create: { pendo: [], hubspot: [] },
};

interface Scene {
  tenant: string;
  runs: string[];
}

/** Three closed runs over five contacts and five visitors. */
async function scene(): Promise<Scene> {
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body.id as string;
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { joinKey: { property: 'email' } });
  await connectOnPaper(api.db, tenant);
  const runs = await api.db.tenant(tenant, async (tx) => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const run = await tx
        .insertInto('runs')
        .values({
          tenant_id: tenant,
          object: 'visitor',
          trigger: 'daily',
          state: 'succeeded',
          epoch: 1,
          config: '{}',
          config_version: 1,
          plan: JSON.stringify(plan),
          as_of: new Date(),
          settled_at: new Date(),
          closed_at: new Date(),
          preview: JSON.stringify({ examples: { ambiguous: [{ key: 'ann@example.com' }] } }),
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      ids.push(run.id);
    }
    const base = { tenant_id: tenant, object: 'visitor' as const, key_state: 'ok' as const };
    const digest = Buffer.from('00', 'hex');
    const digests = {
      gives_digest: digest,
      holds_digest: digest,
      standing: null,
      standing_reason: null,
      standing_run: null,
    };
    const people: [string, string, string][] = [
      ['101', 'ann@example.com', 'ann@example.com'],
      ['102', 'bob@example.com', 'bob@example.com'],
      ['103', 'Cyd@example.com', 'cyd@example.com'],
      ['104', 'dup@example.com', 'dup@example.com'],
      ['105', 'dup@example.com', 'dup@example.com'],
    ];
    await tx
      .insertInto('hubspot_records')
      .values(
        people.map(([id, key, fold]) => ({
          ...base,
          ...digests,
          id,
          match_key: key,
          fold_key: fold,
          gives: JSON.stringify({ jobtitle: `title ${id}` }),
          holds: JSON.stringify({ pendo_last_visit: '2026-01-01' }),
        })),
      )
      .execute();
    const visitors = ['ann@example.com', 'bob@example.com', 'cyd@example.com', 'dup@example.com'];
    await tx
      .insertInto('pendo_records')
      .values(
        visitors.map((id) => ({
          ...base,
          ...digests,
          id,
          match_key: id,
          fold_key: id,
          gives: JSON.stringify({ pendo_last_visit: null }),
          holds: JSON.stringify({ jobtitle: id.startsWith('bob') ? 'title 102' : 'old title' }),
        })),
      )
      .execute();
    const [first, second, third] = ids as [string, string, string];
    const outcome = (
      giver_id: string,
      run_id: string,
      name: string,
      partner: string | null = null,
      reason: object | null = null,
    ) => ({
      tenant_id: tenant,
      object: 'visitor' as const,
      leg: 'pull' as const,
      giver_id,
      run_id,
      outcome: name,
      partner_id: partner,
      reason: reason && JSON.stringify(reason),
    });
    await tx
      .insertInto('outcomes')
      .values([
        outcome('101', first, 'written', 'ann@example.com'),
        outcome('101', third, 'rejected', 'ann@example.com', { code: 'BAD', vendorText: '=cmd()' }),
        outcome('102', first, 'written', 'bob@example.com'),
        outcome('103', first, 'unmatched'),
        outcome('104', second, 'ambiguous'),
        outcome('105', second, 'ambiguous'),
        outcome('106', first, 'blank'),
        outcome('106', second, 'gone'),
      ])
      .execute();
    await tx
      .insertInto('deliveries')
      .values([
        delivery(tenant, first, '1', '101', 'ann@example.com', 'accepted', ['none', 'old title']),
        delivery(tenant, third, '1', '101', 'ann@example.com', 'rejected', ['old title', '=1+1']),
      ])
      .execute();
    return ids;
  });
  return { tenant, runs };
}

function delivery(
  tenant_id: string,
  run_id: string,
  seq: string,
  hubspot_id: string,
  pendo_id: string,
  state: 'accepted' | 'rejected',
  change: [unknown, string],
) {
  const changes = JSON.stringify({ jobtitle: change });
  return {
    tenant_id,
    run_id,
    leg: 'pull' as const,
    seq,
    kind: 'update' as const,
    hubspot_id,
    pendo_id,
    changes,
    state,
  };
}

async function outcomesOf({ tenant, runs }: Scene, run: number, outcome?: string) {
  const query = `leg=pull${outcome ? `&outcome=${outcome}` : ''}`;
  const page = await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs/${runs[run]}/records?${query}`);
  expect(page.status).toBe(200);
  return Object.fromEntries(page.body.records.map((r: { id: string; outcome: string }) => [r.id, r.outcome]));
}

test('each run shows the outcomes as they stood in it', async () => {
  const it = await scene();
  expect(await outcomesOf(it, 0)).toEqual({ 101: 'written', 102: 'written', 103: 'unmatched', 106: 'blank' });
  expect(await outcomesOf(it, 1)).toEqual({
    101: 'unchanged',
    102: 'unchanged',
    103: 'unmatched',
    104: 'ambiguous',
    105: 'ambiguous',
  });
  expect(await outcomesOf(it, 2)).toEqual({
    101: 'rejected',
    102: 'unchanged',
    103: 'unmatched',
    104: 'ambiguous',
    105: 'ambiguous',
  });
  expect(await outcomesOf(it, 1, 'written')).toEqual({});
  expect(await outcomesOf(it, 1, 'unchanged')).toEqual({ 101: 'unchanged', 102: 'unchanged' });
  expect(await outcomesOf(it, 2, 'unchanged')).toEqual({ 102: 'unchanged' });
  expect(await outcomesOf(it, 2, 'rejected')).toEqual({ 101: 'rejected' });
});

test('pages hold every record once, and changes go old to new', async () => {
  const { tenant, runs } = await scene();
  const seen: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const page = await api.call(
      admin,
      'GET',
      `/v1/tenants/${tenant}/runs/${runs[2]}/records?leg=pull&limit=2${next ? `&after=${next}` : ''}`,
    );
    seen.push(...page.body.records.map((r: { id: string }) => r.id));
    next = page.body.next;
  }
  expect(seen).toEqual(['101', '102', '103', '104', '105']);
  const rejected = await api.call(
    admin,
    'GET',
    `/v1/tenants/${tenant}/runs/${runs[2]}/records?leg=pull&outcome=rejected`,
  );
  expect(rejected.body.records[0]).toMatchObject({
    sinceRun: runs[2],
    changes: { jobtitle: ['old title', '=1+1'] },
    reason: { code: 'BAD' },
  });
});

test('a field that was refused for the whole run is told apart from what was written', async () => {
  const { tenant, runs } = await scene();
  await api.db.tenant(tenant, async (tx) => {
    const dropped = [{ leg: 'pull', field: 'phone', code: 'UNKNOWN_FIELD', message: 'no such field' }];
    await tx
      .updateTable('runs')
      .set({ dropped: JSON.stringify(dropped) })
      .where('id', '=', runs[0]!)
      .execute();
    await tx
      .updateTable('deliveries')
      .set({ dropped: JSON.stringify({ phone: ['1', '555'] }) })
      .where('run_id', '=', runs[0]!)
      .execute();
  });
  const of = `/v1/tenants/${tenant}/runs/${runs[0]}`;
  const refused = { phone: { change: ['1', '555'], code: 'UNKNOWN_FIELD', vendorText: 'no such field' } };
  const { records } = (await api.call(admin, 'GET', `${of}/records?leg=pull&outcome=written`)).body;
  expect(records[0]).toMatchObject({ id: '101', changes: { jobtitle: ['none', 'old title'] }, refused });
  expect(records[1]).toMatchObject({ id: '102', changes: null, refused: null });
  const listed = (await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs`)).body.runs;
  expect(listed.at(-1)).toMatchObject({ id: runs[0], dropped: [{ field: 'phone', code: 'UNKNOWN_FIELD' }] });
  const csv = (await api.call(admin, 'GET', `${of}/records.csv?leg=pull&outcome=written`)).text.split('\r\n');
  expect(csv.slice(1, 3).map((line) => line.replace(/"{2}|"/g, ''))).toEqual([
    expect.stringMatching(/^101,.*,written,.*,jobtitle,none,old title$/),
    expect.stringMatching(/^101,.*,rejected,.*UNKNOWN_FIELD.*,phone,'?1,'?555$/),
  ]);
  const why = (await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor/records/hubspot/101`)).body;
  expect(why.deliveries.map((each: { refused: unknown }) => each.refused)).toEqual([null, refused]);
});

test('the CSV has every record and nothing that a spreadsheet runs', async () => {
  const { tenant, runs } = await scene();
  const csv = await api.call(admin, 'GET', `/v1/tenants/${tenant}/runs/${runs[2]}/records.csv?leg=pull`);
  expect(csv.headers.get('content-type')).toContain('text/csv');
  const lines = csv.text.trimEnd().split('\r\n');
  expect(lines).toHaveLength(6);
  expect(lines[1]).toContain(`"'=1+1"`);
});

test('why: matched and owed, from either side', async () => {
  const { tenant } = await scene();
  const ask = (side: string, id: string) =>
    api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor/records/${side}/${encodeURIComponent(id)}`);
  const ann = (await ask('hubspot', '101')).body;
  expect(ann).toMatchObject({
    known: true,
    forgotten: false,
    match: { state: 'matched', partnerId: 'ann@example.com' },
    legs: {
      pull: {
        outcome: 'rejected',
        fields: [{ field: 'jobtitle', holds: 'old title', wants: 'title 101', owed: true }],
      },
      push: { fields: [{ field: 'pendo_last_visit', owed: false, withheld: 'keep' }] },
    },
  });
  expect(ann.deliveries.map((d: { state: string }) => d.state)).toEqual(['rejected', 'accepted']);
  const fromPendo = (await ask('pendo', 'ann@example.com')).body;
  expect(fromPendo.match.partnerId).toBe('101');
  expect(fromPendo.legs).toEqual(ann.legs);
  expect((await ask('hubspot', '102')).body.legs.pull).toMatchObject({
    outcome: 'unchanged',
    fields: [{ owed: false }],
  });
});

test('why: unmatched with the near miss, ambiguous with the others, unknown as an answer', async () => {
  const { tenant } = await scene();
  const ask = (side: string, id: string) =>
    api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor/records/${side}/${encodeURIComponent(id)}`);
  expect((await ask('hubspot', '103')).body.match).toMatchObject({
    state: 'unmatched',
    nearMisses: ['cyd@example.com'],
  });
  expect((await ask('hubspot', '104')).body.match).toMatchObject({
    state: 'ambiguous',
    sharedWith: { hubspot: ['104', '105'], pendo: ['dup@example.com'] },
  });
  const unknown = await ask('pendo', 'odd/../id?%"\'');
  expect(unknown).toMatchObject({
    status: 200,
    body: { known: false, match: { state: 'unknown' }, id: 'odd/../id?%"\'' },
  });
});

const ofRun = (it: Scene, n: number, change: object) =>
  api.db.tenant(it.tenant, (tx) =>
    tx
      .updateTable('runs')
      .set(change as never)
      .where('id', '=', it.runs[n]!)
      .execute(),
  );
const why = async ({ tenant }: Scene, side: string, id: string) => {
  const path = `/v1/tenants/${tenant}/syncs/visitor/records/${side}/${encodeURIComponent(id)}`;
  const { status, body } = await api.call(admin, 'GET', path);
  expect(status).toBe(200);
  return body;
};

test('why: a stopped field is listed with its reason, and nothing says that it holds what it should', async () => {
  const it = await scene();
  const config = syncConfigSchema.parse({
    joinKey: { property: 'email' },
    pull: [{ property: 'jobtitle' }, { property: 'phone' }, { property: 'city' }],
    push: [{ metric: 'lastVisit' }],
  });
  await api.db.tenant(it.tenant, (tx) =>
    tx
      .updateTable('syncs')
      .set({ config: JSON.stringify(config), version: 7 })
      .execute(),
  );
  const pull = [
    ...plan.pull,
    { ...plan.pull[0], property: 'phone', field: 'hubspot_phone', stopped: 'gone' },
    { ...plan.pull[0], property: 'old', field: 'hubspot_old' },
  ];
  await ofRun(it, 2, { plan: JSON.stringify({ ...plan, pull }) });
  for (const { legs } of [await why(it, 'hubspot', '102'), await why(it, 'pendo', 'bob@example.com')]) {
    expect(legs.pull).toMatchObject({
      outcome: 'unchanged',
      fields: [
        { field: 'jobtitle', holds: 'title 102', owed: false },
        { field: 'phone', owed: false, withheld: 'stopped', stopped: 'gone' },
        { field: 'city', owed: false, withheld: 'notCompared' },
      ],
      explanation: expect.stringMatching(
        /^Of the fields that are compared, .* compared nor sent: phone, because HubSpot/,
      ),
    });
  }
  const stopped = pull.map((each) => ({ ...each, stopped: 'typeChanged' }));
  await ofRun(it, 2, { plan: JSON.stringify({ ...plan, pull: stopped }) });
  expect((await why(it, 'hubspot', '102')).legs.pull.explanation).toMatch(/^None of its fields is compared\. Stopped/);
});

test('why: a run that ended before it compared is named, and who it had read was not reached', async () => {
  const it = await scene();
  const reason = JSON.stringify({ code: 'JOIN_KEY_STOPPED', message: 'The join property "email" is gone.' });
  await ofRun(it, 2, { settled_at: null, state: 'failed', reason });
  const { pull } = (await why(it, 'hubspot', '102')).legs;
  expect(pull.outcome).toBe('unchanged');
  expect(pull.explanation).toContain(
    `Run ${it.runs[2]} came after that and judged no record. The join property "email" is gone.`,
  );
  expect(await outcomesOf(it, 2)).toEqual({});
  await ofRun(it, 2, {
    counts: JSON.stringify({ read: { hubspot: 5, pendo: 0 }, legs: { pull: { notReached: 5 }, push: {} } }),
  });
  expect((await why(it, 'pendo', 'bob@example.com')).legs.pull).toMatchObject({
    outcome: 'notReached',
    since: { run: it.runs[2] },
    reason: { code: 'JOIN_KEY_STOPPED' },
  });
  expect(await outcomesOf(it, 2)).toMatchObject({ 102: 'notReached', 103: 'notReached', 104: 'notReached' });
  expect(Object.values(await outcomesOf(it, 2, 'notReached'))).toHaveLength(5);
  expect(await outcomesOf(it, 2, 'ambiguous')).toEqual({});
});

test('why: who was forgotten is excluded, and who was readmitted is read by the next full run', async () => {
  const it = await scene();
  const { tenant } = it;
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/forget`, { hubspotId: '101' });
  for (const [side, id] of [
    ['hubspot', '101'],
    ['pendo', 'ANN@example.com'],
  ] as const) {
    const { match, legs } = await why(it, side, id);
    expect([match.state, legs.pull.outcome, legs.push.outcome]).toEqual(['excluded', 'excluded', 'excluded']);
    expect(legs.pull.explanation).toMatch(/^Forgotten here on request/);
  }
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/readmit`, { hubspotId: '101' });
  const { match, legs } = await why(it, 'hubspot', '101');
  expect(match.state).toBe('unknown');
  expect(legs.pull.explanation).toContain('was readmitted after it had been forgotten, the next full run reads it');
  expect(legs.push.explanation).toContain('not known which Pendo record');
});

test('why: a record that was created is matched by its key as it was last read, not by having been created', async () => {
  const it = await scene();
  await api.db.tenant(it.tenant, (tx) =>
    tx
      .insertInto('outcomes')
      .values({
        tenant_id: it.tenant,
        object: 'visitor',
        leg: 'pull',
        giver_id: '103',
        run_id: it.runs[2]!,
        outcome: 'written',
        partner_id: 'Cyd@example.com',
      })
      .execute(),
  );
  const made = await why(it, 'hubspot', '103');
  expect(made.match).toMatchObject({ state: 'unmatched', partnerId: null });
  expect(made.legs.pull.explanation).toBe('The last run created the record in Pendo. The next run matches the two.');
});

test('why: an id that cannot be stored is found as JSON text and by the name that runs list it by', async () => {
  const it = await scene();
  const { tenant } = it;
  const ids = ['a\0b', 'half \ud83d', 'x'.repeat(1141), '.', '..', '"quoted"', 'C:\\u0041'];
  await api.db.tenant(tenant, async (tx) => {
    const config = syncConfigSchema.parse({ joinKey: { property: 'email' } });
    const rules = { plan: plan as Plan, config, notYetCreated: new Set<string>() };
    const rows = ids.map((id) => pendoRow({ id, held: {}, gives: {}, excluded: false }, rules));
    await mergePendoPage(tx, { tenantId: tenant, object: 'visitor', runId: it.runs[2]! }, rows);
    await tx
      .insertInto('outcomes')
      .values(
        rows.map(({ id, keyState }) => ({
          tenant_id: tenant,
          object: 'visitor' as const,
          leg: 'push' as const,
          giver_id: id,
          run_id: it.runs[2]!,
          outcome: keyState === 'ok' ? 'unmatched' : 'invalidKey',
        })),
      )
      .execute();
  });
  for (const id of ids) {
    const odd = isUnstorableId(id);
    const listedAs = odd ? storedId(id) : null;
    const forms = id.length > 1000 || id === '"quoted"' || id.startsWith('C:') ? [id] : [JSON.stringify(id)];
    for (const form of odd ? [...forms, storedId(id), JSON.stringify(storedId(id))] : forms) {
      const answer = await why(it, 'pendo', form);
      expect([form, answer.known, answer.legs.push.outcome]).toEqual([form, true, odd ? 'invalidKey' : 'unmatched']);
      if (forms.includes(form)) expect(answer).toMatchObject({ id, listedAs });
      else expect(answer.id).toBe(listedAs);
    }
    const found = await api.call(admin, 'POST', `/v1/tenants/${tenant}/records/search`, { text: forms[0] });
    expect(found.body.records).toMatchObject([{ side: 'pendo', id: listedAs ?? id, found: 'id' }]);
  }
  expect((await why(it, 'pendo', 'a\\u0000b')).known).toBe(true);
  expect(await why(it, 'pendo', '"nobody\\u0000"')).toMatchObject({ known: false, id: 'nobody\0' });
});

test('search: any spelling finds the record or its look-alikes, from either side, and says which it is', async () => {
  const it = await scene();
  const { tenant } = it;
  await api.db.tenant(tenant, (tx) =>
    tx
      .updateTable('hubspot_records')
      .set({ aliases: ['Second@x.com'], folded_aliases: ['second@x.com'] } as never)
      .where('id', '=', '101')
      .execute(),
  );
  const search = async (text: string) => {
    const { status, body } = await api.call(admin, 'POST', `/v1/tenants/${tenant}/records/search`, { text });
    expect(status).toBe(200);
    return body.records.map(
      (each: { side: string; id: string; found: string }) => `${each.side} ${each.id} ${each.found}`,
    );
  };
  expect(await search('103')).toEqual(['hubspot 103 id']);
  expect(await search('Cyd@example.com')).toEqual(['hubspot 103 key', 'pendo cyd@example.com lookAlike']);
  expect(await search('CYD@EXAMPLE.COM')).toEqual(['hubspot 103 lookAlike', 'pendo cyd@example.com lookAlike']);
  expect(await search(' mailto:\uff42ob@exam\u200bple.com')).toEqual([
    'hubspot 102 lookAlike',
    'pendo bob@example.com lookAlike',
  ]);
  expect(await search('second@X.com')).toEqual(['hubspot 101 additionalEmail']);
  expect(await search('https://app-eu1.hubspot.com/contacts/8/record/0-1/102/view?x=1')).toEqual(['hubspot 102 id']);
  expect(await search('https://app.hubspot.com/contacts/8/record/0-2/102')).toEqual([]);
  expect(await search('https://app.eu.pendo.io/s/5/visitors/bob%40example.com?tab=1')).toEqual([
    'pendo bob@example.com id',
  ]);
  expect(await search('nobody')).toEqual([]);
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/forget`, { key: 'bob@example.com' });
  const gone = (await api.call(admin, 'POST', `/v1/tenants/${tenant}/records/search`, { text: 'Bob@example.com' }))
    .body;
  expect(gone).toEqual({ records: [], forgotten: ['visitor'], names: 'notAsked' });
});

test('evidence beyond its days goes, and what stands is still known', async () => {
  const it = await scene();
  const old = new Date(api.control.clock() - 100 * 86_400_000);
  await api.db.tenant(it.tenant, (tx) =>
    tx.updateTable('runs').set({ closed_at: old }).where('id', '<=', it.runs[1]!).execute(),
  );
  const last = await outcomesOf(it, 2);
  const second = await outcomesOf(it, 1);
  const pruned = await pruneEvidence(api.control, 90);
  expect(pruned).toMatchObject({ deliveries: 1, outcomes: 2 });
  expect(await outcomesOf(it, 2)).toEqual(last);
  expect(await outcomesOf(it, 1)).toEqual(second);
  expect(await pruneEvidence(api.control, 90)).toMatchObject({ deliveries: 0, outcomes: 0 });
});

test('what cannot be pruned for one tenant is pruned for the others, and reported', async () => {
  const old = new Date(api.control.clock() - 100 * 86_400_000);
  const scenes = [await scene(), await scene(), await scene()];
  for (const { tenant, runs } of scenes) {
    await api.db.tenant(tenant, (tx) =>
      tx.updateTable('runs').set({ closed_at: old }).where('id', '<=', runs[1]!).execute(),
    );
  }
  const failing = scenes[0]!.tenant;
  await api.db.pool.query(`
    create function refuse_pruning() returns trigger language plpgsql as $$ begin raise 'this row cannot go'; end $$;
    create trigger refuse_pruning before delete on deliveries for each row
      when (old.tenant_id = '${failing}') execute function refuse_pruning()`);
  const count = async ({ tenant }: { tenant: string }) =>
    Number((await api.db.pool.query('select count(*) from deliveries where tenant_id = $1', [tenant])).rows[0].count);
  const before = await Promise.all(scenes.map(count));
  await expect(pruneEvidence(api.control, 90)).rejects.toThrow('failed for 1 tenants');
  await api.db.pool.query('drop function refuse_pruning cascade');
  const after = await Promise.all(scenes.map(count));
  expect(after[0]).toBe(before[0]);
  expect(after[1]).toBeLessThan(before[1]!);
  expect(after[2]).toBeLessThan(before[2]!);
  await pruneEvidence(api.control, 90);
});

test('a forgotten person is in no table, and is known again by every name that was known', async () => {
  const { tenant } = await scene();
  const before = await api.db.tenant(tenant, (tx) =>
    tx.selectFrom('tenants').select('epoch').executeTakeFirstOrThrow(),
  );
  const forgot = await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/forget`, { hubspotId: '101' });
  expect(forgot.status).toBe(200);
  expect(forgot.body.erased).toBeGreaterThan(4);
  const after = await api.db.tenant(tenant, (tx) => tx.selectFrom('tenants').select('epoch').executeTakeFirstOrThrow());
  expect(after.epoch).toBe(before.epoch + 1);
  const dump = await dumpTenant(tenant);
  expect(dump).not.toContain('ann@example.com');
  expect(dump).not.toContain('title 101');
  expect(dump).toContain('bob@example.com');
  const hash = await api.db.tenant(tenant, (tx) => openSuppression(tx, api.vault, tenant));
  const hashes = await api.db.tenant(tenant, (tx) => tx.selectFrom('suppressions').select('hash').execute());
  const known = (text: string) => hashes.some((row) => row.hash.equals(hash!(text)));
  expect([known('hubspot:101'), known('key:ann@example.com'), known('key:bob@example.com')]).toEqual([
    true,
    true,
    false,
  ]);
  for (const [side, id] of [
    ['hubspot', '101'],
    ['pendo', 'ann@example.com'],
  ]) {
    const answer = await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor/records/${side}/${id}`);
    expect(answer.body).toMatchObject({ known: false, forgotten: true });
  }
});

test('a person can be forgotten before any scan has seen them, by whatever case of the key', async () => {
  const { tenant } = await scene();
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/forget`, { key: 'New@Example.com' });
  const hash = await api.db.tenant(tenant, (tx) => openSuppression(tx, api.vault, tenant));
  const hashes = await api.db.tenant(tenant, (tx) => tx.selectFrom('suppressions').select('hash').execute());
  for (const key of ['New@Example.com', 'new@example.com']) {
    expect(hashes.some((row) => row.hash.equals(hash!(`key:${key}`)))).toBe(true);
  }
});

test('a deleted tenant leaves its audit trail and nothing else', async () => {
  const { tenant } = await scene();
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/forget`, { key: 'x' });
  const unsure = await api.call(admin, 'DELETE', `/v1/tenants/${tenant}?confirm=yes`);
  expect(unsure.body.code).toBe('CONFIRMATION_NEEDED');
  expect((await api.call(admin, 'DELETE', `/v1/tenants/${tenant}?confirm=${tenant}`)).status).toBe(204);
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}`)).status).toBe(404);
  const dump = await dumpTenant(tenant);
  expect(dump).not.toContain('@example.com');
  expect(dump).not.toContain('title 1');
  const left = await api.db.tenant(tenant, async (tx) => ({
    secrets: await tx.selectFrom('secrets').selectAll().execute(),
    keys: await tx.selectFrom('data_keys').selectAll().execute(),
    connections: await tx.selectFrom('connections').selectAll().execute(),
    runs: await tx.selectFrom('runs').select('state').execute(),
  }));
  expect(left).toMatchObject({ secrets: [], keys: [], connections: [] });
  const audit = await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`);
  const actions = audit.body.entries.map((entry: { action: string }) => entry.action);
  expect(actions).toEqual(['tenant.deleted', 'person.forgotten', 'sync.configured', 'tenant.created']);
});

/** Everything of the tenant except its audit trail, as text. */
async function dumpTenant(tenant: string): Promise<string> {
  return api.db.tenant(tenant, async (tx) => {
    const parts = [];
    for (const table of [
      'tenants',
      'syncs',
      'runs',
      'hubspot_records',
      'pendo_records',
      'sent_values',
      'deliveries',
      'outcomes',
      'suppressions',
      'read_ranges',
      'run_records',
    ] as const) {
      parts.push(JSON.stringify(await tx.selectFrom(table).selectAll().execute()));
    }
    return parts.join('\n');
  });
}
