/** Forgetting covers every name of a person, in every spelling; and there is a way back for who consents again. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EngineDeps } from '../../src/activities/index.ts';
import {
  forgottenBy,
  hubSpotRowUnlessForgotten,
  pendoRowUnlessForgotten,
} from '../../src/activities/read/row-rules.ts';
import { scrubbedPlaces } from '../../src/control/tenants/forgotten-texts.ts';
import { mergeHubSpotPage, mergePendoPage } from '../../src/db/mirror/merge-page.ts';
import { type SyncObject, syncConfigSchema } from '../../src/sync/config.ts';
import { storedId } from '../../src/sync/stored-id.ts';
import type { Plan } from '../../src/sync/types.ts';
import { openSuppression } from '../../src/vault/index.ts';
import { type Answer, connectOnPaper, type Harness, startHarness } from './harness.ts';

let api: Harness;
let admin: string;
let tenant: string;
beforeAll(async () => {
  api = await startHarness();
  admin = await api.key(['admin']);
});
afterAll(() => api[Symbol.asyncDispose]());
beforeEach(async () => {
  tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body.id;
  for (const object of ['visitor', 'account']) {
    await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/${object}`, { joinKey: { property: 'email' } });
  }
  await connectOnPaper(api.db, tenant);
});

interface Sides {
  contacts?: { id: string; email: string; additional?: string }[];
  visitors?: string[];
}

/** What a scan of both sides leaves in the mirror: HubSpot's record ids, and Pendo's ids. */
async function scan({ contacts = [], visitors = [] }: Sides, object: SyncObject = 'visitor') {
  const config = syncConfigSchema.parse({ joinKey: { property: 'email' }, secondaryEmails: object === 'visitor' });
  const plan: Plan = {
    object,
    joinKey: { property: 'email', type: 'string' },
    pull: [],
    push: [],
    create: { pendo: [], hubspot: [] },
  };
  const rules = { plan, config, notYetCreated: new Set<string>() };
  const deps = { openSuppression: (tx, id) => openSuppression(tx, api.vault, id) } as Pick<
    EngineDeps,
    'openSuppression'
  > as EngineDeps;
  await api.db.tenant(tenant, async (tx) => {
    const ref = { tenantId: tenant, object, runId: '1' };
    const forgotten = await forgottenBy(deps, ref, tx);
    const ofHubSpot = contacts
      .map(({ id, email, additional = '' }) =>
        hubSpotRowUnlessForgotten({ id, properties: { email, hs_additional_emails: additional } }, rules, forgotten),
      )
      .filter((row) => row !== undefined);
    const ofPendo = visitors
      .map((id) =>
        pendoRowUnlessForgotten({ id, excluded: false, read: () => ({ held: {}, gives: {} }) }, rules, forgotten),
      )
      .filter((row) => row !== undefined);
    await mergeHubSpotPage(tx, { ...ref, proves: { from: null, to: null } }, ofHubSpot);
    await mergePendoPage(tx, { ...ref, proves: { from: null, to: null } }, ofPendo);
  });
  return mirrored(object);
}

async function mirrored(object: SyncObject = 'visitor') {
  const { rows } = await sql<{ hubspot: string[]; pendo: string[] }>`
    select array(select id::text from hubspot_records where tenant_id = ${tenant} and object = ${object} order by id) as hubspot,
           array(select id from pendo_records where tenant_id = ${tenant} and object = ${object} order by id) as pendo`.execute(
    api.db.owner,
  );
  return rows[0];
}

const ask = (action: 'forget' | 'readmit', names: object, object: SyncObject = 'visitor'): Promise<Answer> =>
  api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/${object}/${action}`, names);

const everySpelling = [
  'jos\u00e9@x.com',
  'JOS\u00c9@X.com ',
  'jose\u0301@x.com',
  '\u00a0jos\u00e9@x.com',
  'jos\u00e9\u200b@x.com',
  'mailto:Jos\u00e9@x.com',
  'ｊｏｓ\u00e9@x.com',
];

describe.each(['visitor', 'account'] as const)('a forgotten %s', (object) => {
  test.each(everySpelling)('is out of the mirror, and stays out, in every spelling: %j', async (key) => {
    const sides = {
      contacts: [...everySpelling, 'jose@x.com'].map((email, n) => ({ id: String(n + 1), email })),
      visitors: [...everySpelling, 'jose@x.com'],
    };
    await scan(sides, object);
    expect((await ask('forget', { key }, object)).status).toBe(200);
    const left = { hubspot: [String(everySpelling.length + 1)], pendo: ['jose@x.com'] };
    expect(await mirrored(object)).toEqual(left);
    // The records that were forgotten are known by their ids; others with the same keys are not.
    const others = sides.contacts.map(({ email }, n) => ({ id: String(100 + n), email }));
    expect(await scan({ ...sides, contacts: others }, object)).toEqual({
      hubspot: [String(100 + everySpelling.length)],
      pendo: ['jose@x.com'],
    });
  });
});

describe('a forgotten person', () => {
  const ann = { id: '1', email: 'ann@new.com', additional: 'Ann@Old.com;ann@work.com' };
  const bob = { id: '2', email: 'bob@x.com' };

  test.each([
    ['the record', { hubspotId: '1' }],
    ['the Pendo id', { pendoId: 'ann@new.com' }],
    ['an additional e-mail', { key: 'ANN@old.com' }],
  ])('named by %s, is known by the additional e-mails too', async (_, names) => {
    const sides = { contacts: [ann, bob], visitors: ['ann@new.com', 'ann@old.com', 'bob@x.com'] };
    await scan(sides);
    await ask('forget', names);
    expect(await mirrored()).toEqual({ hubspot: ['2'], pendo: ['bob@x.com'] });
    const later = [bob, { id: '3', email: 'ann@old.com' }, { id: '4', email: 'Ann@Work.com' }];
    expect(await scan({ ...sides, contacts: later })).toEqual({ hubspot: ['2'], pendo: ['bob@x.com'] });
  });

  test('is not named by the record that took them in', async () => {
    await scan({ contacts: [bob] });
    await ask('forget', { key: 'ann@old.com' });
    await scan({ contacts: [{ ...bob, additional: 'ann@old.com;bob@y.com' }] });
    const { rows } = await sql<{ aliases: string[] }>`
      select aliases from hubspot_records where tenant_id = ${tenant}`.execute(api.db.owner);
    expect(rows).toEqual([{ aliases: ['bob@y.com'] }]);
  });

  test('is answered as forgotten, by every name and spelling, and by no other', async () => {
    await scan({ contacts: [ann, bob], visitors: ['ann@new.com', 'bob@x.com'] });
    await ask('forget', { hubspotId: '1' });
    const why = async (side: string, id: string) =>
      (await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor/records/${side}/${encodeURIComponent(id)}`))
        .body;
    for (const [side, id] of [
      ['hubspot', '1'],
      ['pendo', 'ann@new.com'],
      ['pendo', ' Ann@New.com'],
      ['pendo', 'ann@work.com'],
    ] as const) {
      const answer = await why(side, id);
      expect(answer).toMatchObject({ known: false, forgotten: true, match: { state: 'excluded' } });
      expect(answer.legs.pull).toMatchObject({ outcome: 'excluded', reason: { code: 'FORGOTTEN' } });
      expect(answer.legs.pull.explanation).toMatch(/Forgotten here on request/);
    }
    expect(await why('hubspot', '2')).toMatchObject({ known: true, forgotten: false });
    expect(await why('pendo', 'bob@x.com')).toMatchObject({ known: true, forgotten: false });
  });

  test.each([
    ['the record', { hubspotId: '1' }],
    ['a spelling of the key', { key: ' ANN@new.com' }],
    ['an additional e-mail', { pendoId: 'ann@work.com' }],
  ])(
    'who consents again is readmitted by %s, with every name; the trail says who and when, and no name',
    async (_, names) => {
      const sides = { contacts: [ann, bob], visitors: ['ann@new.com', 'ann@old.com', 'bob@x.com'] };
      await scan(sides);
      await ask('forget', { hubspotId: '1' });
      await ask('forget', { hubspotId: '2' });
      const answer = await ask('readmit', { ...names, reference: 'TICKET-7' });
      expect(answer.status).toBe(200);
      expect(answer.body.readmitted).toBeGreaterThan(3);
      expect(await scan(sides)).toEqual({ hubspot: ['1'], pendo: ['ann@new.com', 'ann@old.com'] });
      const { entries } = (await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).body;
      const [entry] = entries;
      expect(entry).toMatchObject({
        action: 'person.readmitted',
        subject: 'sync:visitor',
        after: { reference: 'TICKET-7' },
      });
      expect([entry.actor, Number.isNaN(Date.parse(entry.at))]).toEqual([expect.stringMatching(/^key:/), false]);
      expect(JSON.stringify(entries)).not.toMatch(/ann@/i);
      // Readmitted once is readmitted; and whoever is forgotten again is forgotten again.
      expect((await ask('readmit', names)).body.code).toBe('NOT_FORGOTTEN');
      await ask('forget', names);
      expect(await scan(sides)).toEqual({ hubspot: [], pendo: [] });
    },
  );

  test('who was forgotten twice, by more names each time, is one person to readmit', async () => {
    await ask('forget', { hubspotId: '1', key: 'ann@new.com' });
    await ask('forget', { key: 'ann@new.com', pendoId: 'ann@old.com' });
    await ask('forget', { key: 'bob@x.com' });
    await ask('readmit', { hubspotId: '1' });
    const sides = { contacts: [ann, bob], visitors: ['ann@new.com', 'ann@old.com', 'bob@x.com'] };
    expect(await scan(sides)).toEqual({ hubspot: ['1'], pendo: ['ann@new.com', 'ann@old.com'] });
  });

  test('of the release before is readmitted by naming every id, and is one person once forgotten again', async () => {
    await ask('forget', { hubspotId: '1', key: 'ann@new.com' });
    const alone = () => sql`update suppressions set person = null where tenant_id = ${tenant}`.execute(api.db.owner);
    await alone();
    await ask('readmit', { hubspotId: '1', key: 'ann@new.com' });
    expect(await scan({ contacts: [ann] })).toMatchObject({ hubspot: ['1'] });
    await ask('forget', { hubspotId: '1', key: 'ann@new.com' });
    await alone();
    await ask('forget', { hubspotId: '1', key: 'ann@new.com' });
    await ask('readmit', { hubspotId: '1' });
    expect(await scan({ contacts: [ann] })).toMatchObject({ hubspot: ['1'] });
  });

  test.each([
    ['too long for a key', 'x'.repeat(1141), 'x'.repeat(1141)],
    // What cannot be stored is shown, and asked for, by the name that stands for it.
    ['that PostgreSQL cannot hold', 'a\u0000b', storedId('a\u0000b')],
  ])('with an id %s can be forgotten and readmitted', async (_, id, pendoId) => {
    expect((await scan({ visitors: [id] }))?.pendo).toHaveLength(1);
    expect((await ask('forget', { pendoId })).status).toBe(200);
    expect((await mirrored())?.pendo).toEqual([]);
    expect((await scan({ visitors: [id] }))?.pendo).toEqual([]);
    expect((await ask('readmit', { pendoId })).status).toBe(200);
    expect((await scan({ visitors: [id] }))?.pendo).toHaveLength(1);
  });

  test('takes a key that may operate, and a name, to be readmitted', async () => {
    const reader = await api.key(['read'], tenant);
    const path = `/v1/tenants/${tenant}/syncs/visitor/readmit`;
    expect((await api.call(reader, 'POST', path, { key: 'a' })).status).toBe(403);
    expect((await api.call(admin, 'POST', path, { reference: 'x' })).status).toBe(422);
    expect((await api.call(admin, 'POST', path, { key: 'nobody' })).body).toMatchObject({ code: 'NOT_FORGOTTEN' });
  });
});

describe('texts that earlier versions kept as vendors wrote them', () => {
  const ann = { id: '70401', email: 'ann@new.com', additional: 'Ann.Old@x.com' };
  const bob = { id: '70402', email: 'bob@x.com' };
  /** As vendors quote: in a sentence, as JSON within JSON, as an address, in another case, and beside somebody else. */
  const quoted = [
    'Property "email" of ANN@new.com is taken, see contact 70401.',
    '{"inputs":[{"id":"70401","properties":{"email":"ann@new.com"}},{"id":"70402","properties":{"email":"bob@x.com"}}]}',
    'GET /contacts/v1/contact/email/ann%40new.com/profile failed',
    '[\\"ann.old@x.com\\",\\"bob@x.com\\"]',
  ].join(' ');
  const reason = (code = 'VALIDATION_ERROR') =>
    JSON.stringify({
      code,
      message: 'HubSpot refused the row.',
      vendorText: quoted,
      fix: `Look at ${quoted}`,
      errors: [{ in: [quoted] }],
    });

  /** Properties of a track event, with a name that is a word of ours elsewhere. */
  const said = JSON.stringify([
    ['by', ann.email],
    ['note', quoted],
  ]);

  /** Rows as version 0.1.0 wrote them, each at somebody else or at nobody, of both objects. */
  async function plant(): Promise<void> {
    const run = async (object: string): Promise<string> => {
      const { rows } = await sql<{ id: string }>`
        insert into runs (tenant_id, object, trigger, state, epoch, config, config_version, reason, blocked, dropped, held, counts, preview, decision)
        values (${tenant}, ${object}, 'daily', 'failed', 1, '{}', 1, ${reason()}::jsonb, ${reason()}::jsonb,
                jsonb_build_array(jsonb_build_object('leg', 'push', 'field', 'jobtitle', 'code', 'X', 'message', ${quoted}::text)),
                jsonb_build_array(jsonb_build_object('leg', 'pull', 'code', 'TOO_MANY', 'message', ${quoted}::text)),
                jsonb_build_object('rejections', jsonb_build_array(jsonb_build_object('leg', 'push', 'code', ${quoted}::text, 'rows', 70401))),
                jsonb_build_object('samples', jsonb_build_array(${quoted}::text)),
                jsonb_build_object('action', 'cancelled', 'by', 'key:k', 'reason', ${quoted}::text))
        returning id`.execute(api.db.owner);
      return rows[0]!.id;
    };
    const [visitors] = [await run('visitor'), await run('account')];
    await sql`
      insert into deliveries (tenant_id, run_id, leg, seq, kind, hubspot_id, pendo_id, changes, state, reason)
      values (${tenant}, ${visitors}::bigint, 'push', 1, 'update', 70402, 'bob@x.com', '{"jobtitle": ["a", "b"]}', 'rejected', ${reason()}::jsonb),
             (${tenant}, ${visitors}::bigint, 'push', 2, 'update', 70403, 'carl@x.com', '{"jobtitle": ["a", "b"]}', 'rejected', '{"code": "OTHER", "message": "Contact 170401 of joe@new.com"}')`.execute(
      api.db.owner,
    );
    await sql`
      insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id, reason)
      values (${tenant}, 'visitor', 'push', 'bob@x.com', ${visitors}::bigint, 'rejected', '70402', ${reason()}::jsonb)`.execute(
      api.db.owner,
    );
    await sql`
      insert into event_occurrences
        (tenant_id, object, portal, pendo_id, source, item_id, day, no, events, minutes, state, run_id, hubspot_id, reason, properties)
      values (${tenant}, 'visitor', '1', 'bob@x.com', 'page', 'p', '2026-06-01', 1, 3, 2, 'refused', ${visitors}::bigint, 70402, ${reason()}::jsonb, ${said}::jsonb),
             (${tenant}, 'visitor', '1', 'ann@new.com', 'page', 'p', '2026-06-01', 1, 3, 2, 'sent', ${visitors}::bigint, 70401, null, null)`.execute(
      api.db.owner,
    );
    await sql`
      insert into event_days (tenant_id, run_id, pendo_id, source, item_id, day, events, minutes, properties)
      values (${tenant}, ${visitors}::bigint, 'ann@new.com', 'page', 'p', '2026-06-01', 3, 2, null),
             (${tenant}, ${visitors}::bigint, 'bob@x.com', 'page', 'p', '2026-06-01', 3, 2, ${said}::jsonb)`.execute(
      api.db.owner,
    );
    for (const table of ['hubspot_records', 'pendo_records']) {
      await sql`update ${sql.table(table)} set standing = 'rejected', standing_reason = ${reason()}::jsonb where tenant_id = ${tenant}`.execute(
        api.db.owner,
      );
    }
    await sql`update syncs set reason = ${reason()}::jsonb where tenant_id = ${tenant}`.execute(api.db.owner);
    await sql`update connections set reason = ${reason()}::jsonb where tenant_id = ${tenant}`.execute(api.db.owner);
    await sql`insert into schedule_faults (tenant_id, object, reason) values (${tenant}, 'account', ${reason()}::jsonb)`.execute(
      api.db.owner,
    );
    await sql`
      insert into alerts (id, tenant_id, object, kind, body, last_error, last_delivery)
      values (${`a_${tenant}`}, ${tenant}, 'account', 'failed', ${reason()}::jsonb, ${quoted}, jsonb_build_object('answer', ${quoted}::text))`.execute(
      api.db.owner,
    );
    await sql`insert into alert_targets (tenant_id, last_delivery) values (${tenant}, jsonb_build_object('answer', ${quoted}::text))`.execute(
      api.db.owner,
    );
  }

  /** Every row of the tenant, in every table that has one. */
  async function everything(): Promise<string> {
    const { rows: tables } = await sql<{ name: string }>`
      select table_name as name from information_schema.columns
      where table_schema = 'public' and column_name = 'tenant_id'`.execute(api.db.owner);
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await sql<{ text: string }>`
        select ${name}::text || to_jsonb(t)::text as text from ${sql.table(name)} t where tenant_id = ${tenant}`.execute(
        api.db.owner,
      );
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  }

  test.each([
    ['the record', { hubspotId: '70401' }],
    ['the Pendo id', { pendoId: 'ann@new.com' }],
    ['an additional e-mail', { key: 'ANN.OLD@x.com' }],
  ])(
    'name nobody who is forgotten, by %s: neither at other rows, nor in runs, alerts or reasons, of either object',
    async (_, names) => {
      await scan({ contacts: [ann, bob], visitors: ['ann@new.com', 'bob@x.com'] });
      await scan({ contacts: [{ id: '9', email: 'acme.com' }] }, 'account');
      await plant();
      expect(/ann@new\.com/i.test(await everything())).toBe(true);
      expect((await ask('forget', names)).status).toBe(200);
      const left = await everything();
      // In short, or a failure prints the database.
      expect(left.match(/.{40}(ann(@|%40)new\.com|ann\.old|(?<!\d|"rows": )70401(?!\d)).{9}/i)?.[0]).toBeUndefined();
      // All else stands as it stood: others, what was refused and why, and what only looks alike.
      expect(left.includes('Property \\"email\\" of [forgotten] is taken, see contact [forgotten].')).toBe(true);
      expect(left.includes('Contact 170401 of joe@new.com')).toBe(true);
      expect(left.split('bob@x.com').length).toBeGreaterThan(20);
      const { rows } = await sql<{ leg: string; rows: number; action: string; code: string }>`
      select held -> 0 ->> 'leg' as leg, (counts -> 'rejections' -> 0 -> 'rows')::int as rows, decision ->> 'action' as action, reason ->> 'code' as code
      from runs where tenant_id = ${tenant} and object = 'account'`.execute(api.db.owner);
      expect(rows).toEqual([{ leg: 'pull', rows: 70401, action: 'cancelled', code: 'VALIDATION_ERROR' }]);
    },
  );

  test('keep the words of ours that somebody happens to be called by', async () => {
    await scan({ visitors: ['pull', 'VALIDATION_ERROR', 'rejections'] });
    await plant();
    for (const pendoId of ['pull', 'VALIDATION_ERROR', 'rejections']) await ask('forget', { pendoId });
    const { rows } = await sql<{ leg: string; n: number; code: string }>`
      select held -> 0 ->> 'leg' as leg, jsonb_array_length(counts -> 'rejections') as n, reason ->> 'code' as code
      from runs where tenant_id = ${tenant} and object = 'visitor'`.execute(api.db.owner);
    expect(rows).toEqual([{ leg: 'pull', n: 1, code: 'VALIDATION_ERROR' }]);
  });

  test('are looked through wherever there are any: a column of JSON or of errors that is new is on one list or the other', async () => {
    const { rows } = await sql<{ place: string }>`
      select c.table_name || '.' || c.column_name as place from information_schema.columns c
      where c.table_schema = 'public' and (c.data_type = 'jsonb' or c.column_name ~ 'error|message|reason')
        and exists (select from information_schema.columns o where o.table_schema = 'public' and o.table_name = c.table_name and o.column_name = 'tenant_id')`.execute(
      api.db.owner,
    );
    // Settings and identities of the tenant's own, values of records (which go with their record), figures, and the audit trail.
    const without = [
      ...[
        'audit.before',
        'audit.after',
        'connections.settings',
        'connections.identity',
        'connections.marks',
        'connections.answers',
        'erasures.counts',
        'oauth_states.identity',
      ],
      ...[
        'syncs.config',
        'syncs.known_types',
        'sync_versions.config',
        'runs.config',
        'runs.plan',
        'runs.calls',
        'runs.learnt',
        'runs.approved',
      ],
      ...[
        'hubspot_records.gives',
        'hubspot_records.holds',
        'pendo_records.gives',
        'pendo_records.holds',
        'sent_values.fields',
      ],
      ...['deliveries.changes', 'deliveries.dropped', 'deliveries.otherwise'],
      // What mail servers say of colleagues' addresses.
      ...['alert_mails.last_error', 'alert_recipients.last_delivery'],
    ];
    const found = rows.map(({ place }) => place).sort();
    expect(found).toEqual([...new Set([...scrubbedPlaces(), ...without])].sort());
  });
});
