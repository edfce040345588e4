/** Who is created, under which spelling, and why somebody is not: section 2.4 of docs/semantics.md. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { deliverToHubSpot } from '../../src/activities/deliver-to-hubspot.ts';
import { settle } from '../../src/activities/settle.ts';
import type { RunRef } from '../../src/activities/types.ts';
import { nextOwed } from '../../src/db/deliver/index.ts';
import type { Leg } from '../../src/db/schema.ts';
import type { BatchReply, CrmRecord, HubSpotClient, UpsertInput } from '../../src/hubspot/index.ts';
import { type SyncObject, syncConfigSchema } from '../../src/sync/config.ts';
import { additionalEmails, hubSpotProperties } from '../../src/sync/mirror-row.ts';
import { type Contact, type Engine, openEngine, plan, type Visitor } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
beforeEach(async () => {
  await sql`
    truncate runs, hubspot_records, pendo_records, outcomes, sent_values, filed_elsewhere cascade`.execute(
    engine.db.owner,
  );
});
afterAll(() => engine.close());

const byEmail = { joinKey: { property: 'email' } };

async function begin(input: object, contacts: Contact[], visitors: Visitor[], change: object = {}): Promise<RunRef> {
  await engine.rows(sql`update runs set state = 'succeeded' where state in ('queued', 'running')`);
  const ref = await engine.openRun({ ...byEmail, ...input }, change);
  await engine.read(ref, contacts, visitors);
  await engine.act(() => settle(engine.deps, ref));
  return ref;
}

/** Keys that would be sent. */
async function created(ref: RunRef, leg: Leg): Promise<(string | null)[]> {
  const { rows } = await engine.inTenant((tx) => nextOwed(tx, { ...ref, leg }, '0', { rows: 100, weight: 1e9 }));
  return rows.filter((row) => row.kind === 'create').map((row) => row.key);
}

async function reasons(side: 'hubspot' | 'pendo'): Promise<Record<string, string>> {
  const rows = await engine.rows(sql<{ id: string; code: string | null }>`
    select id::text as id, standing_reason ->> 'code' as code from ${sql.table(`${side}_records`)}
    where standing = 'unmatched'`);
  return Object.fromEntries(rows.map(({ id, code }) => [id, code ?? '']));
}

describe('additional e-mails', () => {
  test.each([
    ['a no-break space', '\u00a0ann@x.com', 'ann@x.com'],
    ['a tab', 'ann@x.com\t', 'ann@x.com'],
    ['an ideographic space', '\u3000ann@x.com', 'ann@x.com'],
    ['a byte order mark', '\ufeffann@x.com', 'ann@x.com'],
    ['a final sigma', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
    ['a dotted capital I', 'İNCİ@x.com', 'i̇nci̇@x.com'],
  ])('bar a creation however they are written: %s', async (_, alias, id) => {
    for (const keyFolding of ['exact', 'fold']) {
      const contacts = [{ id: 1, email: 'primary@x.com', aliases: `other@x.com;${alias}` }];
      const ref = await begin({ create: 'hubspot', keyFolding }, contacts, [{ id }]);
      expect(await created(ref, 'push')).toEqual([]);
      expect((await reasons('pendo'))[id]).toBe('ADDITIONAL_EMAIL');
    }
  });

  test('that HubSpot does not show are not known: nobody is created, and nobody matched by them', async () => {
    const contacts = [
      { id: 1, email: 'a@x.com', aliases: null },
      { id: 2, email: 'b@x.com', aliases: 'link@x.com' },
    ];
    const visitors = [{ id: 'link@x.com' }, { id: 'new@x.com' }];
    const settings = { secondaryEmails: true };
    for (const create of ['hubspot', 'pendo'] as const) {
      const ref = await begin({ ...settings, create }, contacts, visitors);
      expect(await created(ref, create === 'hubspot' ? 'push' : 'pull')).toEqual([]);
      const { counts } = await engine.run(ref);
      expect(counts.match?.matchedByAlias).toBe(1);
      expect(counts.notCreated).toEqual({
        [create === 'hubspot' ? 'push' : 'pull']: { ADDITIONAL_EMAILS_UNKNOWN: 1 },
      });
    }
    // Shown to all, they bar nobody but their owners.
    const shown = contacts.map((contact) => ({ ...contact, aliases: contact.aliases ?? '' }));
    expect(await created(await begin({ create: 'hubspot' }, shown, visitors), 'push')).toEqual(['new@x.com']);
  });

  test('are asked for where contacts need them, and of no company', () => {
    const config = syncConfigSchema.parse({ ...byEmail, create: 'hubspot' });
    const asked = (object: SyncObject) =>
      hubSpotProperties({ plan: { ...plan, object }, config, notYetCreated: new Set() }).includes(additionalEmails);
    expect([asked('visitor'), asked('account')]).toEqual([true, false]);
  });
});

describe('the key of a creation', () => {
  test('is as its source holds it; under fold, trimmed', async () => {
    const contacts = [{ id: 1, email: ' ACC-0000301\u00a0' }];
    const visitors = [{ id: ' Lead@X.com ' }];
    const spelt = async (keyFolding: string, create: 'hubspot' | 'pendo') =>
      created(await begin({ keyFolding, create }, contacts, visitors), create === 'hubspot' ? 'push' : 'pull');
    expect(await spelt('exact', 'pendo')).toEqual([' ACC-0000301\u00a0']);
    expect(await spelt('fold', 'pendo')).toEqual(['ACC-0000301']);
  });

  test('that HubSpot would store otherwise is not created, and the reason says why', async () => {
    const visitors = [{ id: ' lead@x.com' }, { id: 'Lead@Y.com' }, { id: 'good@x.com' }];
    const ref = await begin({ create: 'hubspot' }, [], visitors);
    expect(await created(ref, 'push')).toEqual(['good@x.com']);
    expect(await reasons('pendo')).toEqual({ ' lead@x.com': 'KEY_HAS_SPACES', 'Lead@Y.com': 'KEY_NOT_LOWER_CASE' });
    expect((await engine.run(ref)).counts.notCreated).toEqual({ push: { KEY_HAS_SPACES: 1, KEY_NOT_LOWER_CASE: 1 } });
  });

  test('that would be an anonymous visitor is not created in Pendo, folded or not', async () => {
    for (const keyFolding of ['exact', 'fold']) {
      const ref = await begin({ create: 'pendo', keyFolding }, [{ id: 1, email: '_PENDO_T_x' }], []);
      expect([await created(ref, 'pull'), await reasons('hubspot')]).toEqual([[], { 1: 'KEY_ANONYMOUS' }]);
    }
  });

  test('is for nothing where the leg that creates has no field, and the reason says so', async () => {
    const ref = await begin({ create: 'hubspot' }, [], [{ id: 'a@x.com' }], {
      plan: JSON.stringify({ ...plan, push: [] }),
    });
    expect([await created(ref, 'push'), await reasons('pendo')]).toEqual([[], { 'a@x.com': 'NOTHING_MAPPED' }]);
  });
});

describe('keys that look the same', () => {
  test('are near misses by the pair, and bar a creation', async () => {
    const contacts = [
      { id: 1, email: 'jos\u00e9@x.com' },
      { id: 2, email: 'jos\u00e9@x.com' },
      { id: 3, email: 'mailto:kim@x.com' },
      { id: 4, email: 'lee@x.com' },
      { id: 5, email: 'lee\u200b@x.com' },
      { id: 6, email: 'max@x.com' },
    ];
    const visitors = [
      { id: 'jose\u0301@x.com' },
      { id: 'ＪＯＳ\u00c9@x.com' },
      { id: 'kim@x.com' },
      { id: 'lee@x.com' },
      { id: 'Max@x.com', excluded: true },
      { id: 'new@x.com' },
    ];
    for (const [keyFolding, pairs] of [
      ['exact', 6],
      ['fold', 6],
    ] as const) {
      const ref = await begin({ create: 'hubspot', keyFolding }, contacts, visitors, { dry_run: true });
      const { counts, preview } = await engine.run(ref);
      expect(counts.match?.nearMisses).toBe(pairs);
      const { nearMisses } = (preview as { examples: { nearMisses: { hubspotId: string; pendoId: string }[] } })
        .examples;
      expect(nearMisses.map(({ hubspotId, pendoId }) => `${hubspotId} ${pendoId}`).sort()).toEqual(
        [
          '1 jose\u0301@x.com',
          '1 ＪＯＳ\u00c9@x.com',
          '2 jose\u0301@x.com',
          '2 ＪＯＳ\u00c9@x.com',
          '3 kim@x.com',
          '5 lee@x.com',
        ].sort(),
      );
      expect(await created(ref, 'push')).toEqual(['new@x.com']);
    }
  });

  test('of a whole import are counted without being paired one by one', async () => {
    const n = 2000;
    const contacts = Array.from({ length: n }, (_, i) => ({ id: i + 1, email: 'unknown@x.com' }));
    const visitors = Array.from({ length: n }, (_, i) => ({
      id: `unknown${'\u200b'.repeat(i + 1)}@x.com`.slice(0, 340),
    }));
    const distinct = [...new Map(visitors.map((visitor) => [visitor.id, visitor])).values()].filter(({ id }) =>
      id.endsWith('@x.com'),
    );
    const ref = await begin({}, contacts, distinct, { dry_run: true });
    expect((await engine.run(ref)).counts.match?.nearMisses).toBe(n * distinct.length);
  });
});

test('a number property is compared as a number', async () => {
  const numbers = JSON.stringify({ ...plan, joinKey: { property: 'seat', type: 'number' } });
  const contacts = [
    { id: 1, email: '13.0', jobtitle: 'x' },
    { id: 2, email: '1e3' },
    { id: 3, email: 'none' },
    { id: 4, email: null },
  ];
  const visitors = [{ id: '13' }, { id: '1000' }, { id: '14.0' }, { id: '15' }];
  const config = { joinKey: { property: 'seat' }, create: 'hubspot' };
  const ref = await begin(config, contacts, visitors, { plan: numbers });
  const { counts } = await engine.run(ref);
  expect(counts.match).toMatchObject({ matched: 2, invalidHubspot: 1, blankHubspot: 1, unmatchedPendo: 2 });
  expect([await created(ref, 'push'), await reasons('pendo')]).toEqual([['15'], { '14.0': 'KEY_NOT_CANONICAL' }]);
});

test('nobody is created whom do-not-process bars by another spelling', async () => {
  const ref = await begin({ create: 'pendo' }, [{ id: 1, email: 'Ann@x.com' }], [{ id: 'ann@x.com', excluded: true }]);
  expect([await created(ref, 'pull'), await reasons('hubspot')]).toEqual([[], { 1: 'TAKER_EXCLUDED' }]);
});

describe('a creation in HubSpot', () => {
  interface Portal {
    /** Under which of the keys that are asked for HubSpot finds which records. */
    finds?: (keys: readonly string[]) => CrmRecord[];
    names?: boolean;
    answers?: (input: UpsertInput, n: number) => { id?: string; email?: string | null; created?: boolean } | undefined;
    repeated?: boolean;
  }

  function portal({ finds = () => [], names = true, answers = () => ({}), repeated = false }: Portal) {
    const asked: (readonly string[])[] = [];
    const sent: string[][] = [];
    const hubspot = {
      async readByKey(_: string, { keys }: { keys: readonly string[] }) {
        asked.push(keys);
        const records = finds(keys);
        const held = new Set(records.flatMap(({ properties }) => Object.values(properties)));
        return { records, missing: names ? keys.filter((key) => !held.has(key) && !finds([key]).length) : [] };
      },
      async readRecords(_: string, ids: readonly string[]) {
        return ids.map((id) => ({ id, properties: { email: `read-${id}@x.com` } }));
      },
      async batchUpsert(_: string, { inputs }: { inputs: UpsertInput[] }): Promise<BatchReply> {
        sent.push(inputs.map(({ key }) => key));
        const reply: BatchReply = {
          accepted: [],
          rejected: [],
          absent: [],
          dropProperties: [],
          strangers: 0,
          repeated,
          unsent: [],
          calls: 1,
        };
        inputs.forEach((input, n) => {
          const answer = answers(input, n);
          if (answer === undefined) {
            reply.absent.push(input.key);
            reply.strangers += 1;
            return;
          }
          const { id = String(900 + n), email = input.key, created: isNew = true } = answer;
          const properties: Record<string, string | null> = email === null ? {} : { email };
          reply.accepted.push({ id, key: input.key, created: isNew, properties });
        });
        return reply;
      },
    } as unknown as HubSpotClient;
    const deps = { ...engine.deps, openVendors: async () => ({ hubspot }) as never };
    return { asked, sent, deliver: (ref: RunRef) => engine.act(() => deliverToHubSpot(deps, ref)) };
  }

  const finish = (ref: RunRef) => engine.act(() => closeRun(engine.deps, ref, { kind: 'finished' }));
  const someone = [
    { id: 'a@x.com', days: 1 },
    { id: 'b@x.com', days: 1 },
    { id: 'c@x.com', days: 1 },
  ];

  async function run(of: Portal, visitors: Visitor[] = someone, change: object = {}) {
    const vendor = portal(of);
    const ref = await begin({ create: 'hubspot' }, [], visitors, change);
    expect((await vendor.deliver(ref)).kind).toBe('done');
    const { state } = await finish(ref);
    const { counts } = await engine.run(ref);
    return { ...vendor, ref, state, push: counts.legs?.push, counts };
  }

  test('is asked about first: a key that finds a record is not created, and stays unmatched', async () => {
    const owner: CrmRecord = {
      id: '7',
      properties: { email: 'primary@x.com', hs_additional_emails: 'z@x.com;b@x.com' },
    };
    const finds = (keys: readonly string[]) => (keys.includes('b@x.com') ? [owner] : []);
    const first = await run({ finds });
    expect(first.sent).toEqual([['a@x.com', 'c@x.com']]);
    expect(first.push).toEqual({ written: 2, unmatched: 1 });
    expect(await reasons('pendo')).toEqual({ 'b@x.com': 'KEY_TAKEN' });
    expect(first.counts).toMatchObject({
      sent: { push: 2 },
      created: { push: 2 },
      notCreated: { push: { KEY_TAKEN: 1 } },
    });
    // Day after day it is asked about again, and adds nothing to the evidence.
    const rows = await engine.rows(sql`select * from outcomes where giver_id = 'b@x.com'`);
    await run({ finds });
    expect(await engine.rows(sql`select * from outcomes where giver_id = 'b@x.com'`)).toEqual(rows);
  });

  test.each([
    ['names the keys that find nothing', true],
    ['names none', false],
  ])('finds out whose key it is that HubSpot files under another one, where HubSpot %s', async (_, names) => {
    // é is filed as e, and the answer shows the record alone.
    const other: CrmRecord = { id: '7', properties: { email: 'jose@x.com' } };
    const finds = (keys: readonly string[]) => (keys.includes('jos\u00e9@x.com') ? [other] : []);
    const { sent, asked, push } = await run({ finds, names }, [...someone, { id: 'jos\u00e9@x.com' }]);
    expect(sent).toEqual([['a@x.com', 'b@x.com', 'c@x.com']]);
    expect(push).toEqual({ written: 3, unmatched: 1 });
    expect(asked.length).toBeLessThanOrEqual(names ? 1 : 6);
  });

  test.each<[string, Portal['answers']]>([
    ['is not new', (input) => ({ created: input.key !== 'b@x.com' })],
    ['has another key', (input) => (input.key === 'b@x.com' ? { email: 'bee@x.com' } : {})],
    ['shows no key, and has another', (input) => (input.key === 'b@x.com' ? { email: null, id: '55' } : {})],
    ['is somebody nobody asked for', (input) => (input.key === 'b@x.com' ? undefined : {})],
  ])('counts only where the answer says so: a record that %s is rejected, and not tried again', async (_, answers) => {
    const first = await run({ answers });
    expect(first.push).toEqual({ written: 2, rejected: 1 });
    expect(first.counts.rejections).toEqual([{ leg: 'push', code: 'FILED_ELSEWHERE', property: null, rows: 1 }]);
    expect(first.counts.created).toEqual({ pull: 0, push: 2 });
    // The two stay away here as they would be matched by now.
    const left = [{ id: 'b@x.com', days: 1 }];
    const second = await run({}, left);
    expect([second.sent, second.asked, second.state]).toEqual([[], [], 'succeeded']);
    expect(second.push).toEqual({ unmatched: 1 });
    expect(await reasons('pendo')).toEqual({ 'b@x.com': 'FILED_ELSEWHERE' });
    // Another configuration tries once more.
    const third = await run({}, left, { config_version: 2 });
    expect([third.sent, third.push]).toEqual([[['b@x.com']], { written: 1 }]);
  });

  test('that was carried out and not answered is known again, by the same call and by the next attempt', async () => {
    const repeated = await run({ answers: () => ({ created: false }), repeated: true });
    expect(repeated.push).toEqual({ written: 3 });
    const ref = await begin({ create: 'hubspot' }, [], [{ id: 'late@x.com' }]);
    const dies = portal({
      answers: () => {
        throw new Error('the worker dies');
      },
    });
    await expect(dies.deliver(ref)).rejects.toThrow();
    const record: CrmRecord = { id: '77', properties: { email: 'late@x.com' } };
    const again = portal({ finds: () => [record], answers: () => ({ id: '77', created: false }) });
    expect((await again.deliver(ref)).kind).toBe('done');
    await finish(ref);
    expect((await engine.run(ref)).counts.legs?.push).toEqual({ written: 1 });
  });
});

test('what a creation costs is in the estimate: HubSpot is asked about every hundred keys', async () => {
  const visitors = Array.from({ length: 250 }, (_, i) => ({ id: `n${i}@x.com` }));
  const ref = await begin({ create: 'hubspot' }, [{ id: 1, email: 'n0@x.com', days: '9' }], visitors, {
    dry_run: true,
    opened_at: new Date(),
  });
  const { estimate } = (await engine.run(ref)).preview as { estimate: unknown };
  expect(estimate).toMatchObject({ hubspotCalls: 7, writes: { hubspot: 4 } });
});

test('a row that the release before stored gets its loose key from the next read, and no row is written twice', async () => {
  const contacts = [
    { id: 1, email: 'jose\u0301@x.com' },
    { id: 2, email: 'plain@x.com' },
  ];
  await begin({}, contacts, []);
  await engine.rows(sql`update hubspot_records set loose_key = null`);
  const rows = () => engine.rows(sql`select id, loose_key, ctid::text as at from hubspot_records order by id`);
  const [before] = [await rows()];
  await begin({}, contacts, []);
  const after = await rows();
  expect(after).toMatchObject([{ loose_key: 'jos\u00e9@x.com' }, { loose_key: null }]);
  expect(after[1]).toEqual(before[1]);
  await begin({}, contacts, []);
  expect(await rows()).toEqual(after);
});
