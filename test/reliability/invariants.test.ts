/** One story, a worker killed in the middle of what it delivers, and then the promises asked of it one by one. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Call } from '../../sandbox/contract.ts';
import { type SyncObject, syncObjects } from '../../src/sync/config.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, type Round, type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import { startWorkerProcess } from '../e2e/worker-process.ts';

/** Batches on their way at once, by whom they go to, and answered ones that wait to be recorded in one transaction. */
const onTheirWay = { hubspot: 128, pendo: 2 };
const answered = 8;

interface Story {
  tenant: TestedTenant;
  /** The runs that the kill struck, judged by the oracle, and one of each object after them. */
  struck: Round;
  after: Round;
  /** The vendors' log of the first, and of the others. */
  log: Call[];
  afterLog: Call[];
  /** Rows that were down as delivered when the worker was dead: `vendor object id`. */
  recorded: Set<string>;
  /** What everybody who asked for a run was answered with. */
  answers: Record<SyncObject, string[]>;
}

let stack: Stack;
let story: Story;
beforeAll(async () => {
  stack = await openStack({ worker: false });
  story = await tell();
}, 240_000);
afterAll(() => stack.stop());

async function tell(): Promise<Story> {
  const world = { contacts: 2500, visitors: 2600, companies: 600, accounts: 620, activityDays: 30 };
  const tenant = await testedTenant(stack, { world });
  await using first = await startWorkerProcess(stack);
  for (const object of syncObjects) await tenant.configure(object, { pull: [], push: [] });
  expectAgreement(await tenant.round('enable'));
  for (const object of syncObjects) {
    const { pull, push } = tenant.full[object];
    await tenant.configure(object, { pull, push });
  }
  const before = await tenant.seen();
  for (const vendor of ['hubspot', 'pendo'] as const) {
    await tenant.fault({ vendor, kind: 'latency', ms: 300, jitter: true, route: '/batch/|/value' });
  }
  const from = await lastCall(tenant);
  const ask = async (object: SyncObject) =>
    Promise.all(Array.from({ length: 5 }, async () => (await tenant.start(object)).id));
  const [visitor, account] = await Promise.all([ask('visitor'), ask('account')]);
  const writes = async (): Promise<Call[]> =>
    (await tenant.log(from)).filter((call) => (call.writes?.length ?? 0) > 1 && call.status !== 0);
  await waitUntil(
    async () => {
      const vendors = new Set((await writes()).map(({ vendor }) => vendor));
      return vendors.size === 2 || undefined;
    },
    { what: 'the runs delivering to both sides', timeoutMs: 90_000, everyMs: 50 },
  );
  await first.end('SIGKILL');
  const recorded = await recordedOf(tenant);
  await using _second = await startWorkerProcess(stack);
  visitor.push(...(await ask('visitor')));
  account.push(...(await ask('account')));
  const runs = [visitor[0], account[0]].map((id) => ({ id: String(id) }));
  const struck = await tenant.judge(before, from, runs);
  const log = await tenant.log(from);
  await tenant.noFaults();
  const between = await lastCall(tenant);
  const after = await tenant.round();
  const afterLog = await tenant.log(between);
  return { tenant, struck, after, log, afterLog, recorded, answers: { visitor, account } };
}

const query = async <Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> => {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
};

async function recordedOf(tenant: TestedTenant): Promise<Set<string>> {
  const rows = await query<{ place: string }>(
    `select case d.leg when 'pull' then 'pendo ' else 'hubspot ' end || r.object || ' ' ||
            case d.leg when 'pull' then d.pendo_id else d.hubspot_id::text end as place
     from deliveries d join runs r on r.id = d.run_id where d.tenant_id = $1 and d.state = 'accepted'`,
    [tenant.id],
  );
  return new Set(rows.map(({ place }) => place));
}

const objectOf = ({ path, operation }: Call): SyncObject =>
  /contacts|visitor/.test(`${path} ${operation}`) ? 'visitor' : 'account';
const sum = (counts: Record<string, number> = {}): number => Object.values(counts).reduce((total, n) => total + n, 0);

describe('a worker killed while it delivers', () => {
  test('the final state equals the model', () => {
    expectAgreement(story.struck);
    expect(story.struck.judged.map(({ run }) => run.state)).toEqual(['succeeded', 'succeeded']);
  });

  test('redundant writes are at most the batches in flight, and nothing that was recorded is sent again', () => {
    const seen = new Set<string>();
    const repeats = { hubspot: new Set<number>(), pendo: new Set<number>() };
    for (const call of story.log) {
      for (const { id, accepted } of call.writes ?? []) {
        if (!accepted) continue;
        const place = `${call.vendor} ${objectOf(call)} ${id}`;
        if (seen.has(place)) {
          repeats[call.vendor].add(call.seq);
          expect(story.recorded).not.toContain(place);
        }
        seen.add(place);
      }
    }
    expect(story.recorded.size).toBeGreaterThan(0);
    expect(seen.size).toBeGreaterThan(story.recorded.size);
    for (const vendor of ['hubspot', 'pendo'] as const) {
      // Both objects' runs were struck.
      expect(repeats[vendor].size).toBeLessThanOrEqual(2 * (onTheirWay[vendor] + answered));
    }
    expect(story.after.writes.flatMap((call) => call.writes ?? []).filter((write) => write.accepted)).toEqual([]);
  });

  test('no two runs of one tenant and object overlap, whoever asks for one and how often', async () => {
    for (const object of syncObjects) expect(new Set(story.answers[object]).size).toBe(1);
    const overlaps = await query(
      `select a.id, b.id from runs a join runs b on b.tenant_id = a.tenant_id and b.object = a.object and b.id > a.id
       where a.tenant_id = $1 and (a.closed_at is null or b.opened_at < a.closed_at)`,
      [story.tenant.id],
    );
    expect(overlaps).toEqual([]);
  });

  test('no write outside the owned fields: everything else is as it was', () => {
    const owned = (side: 'hubspot' | 'pendo'): Set<string> =>
      new Set(story.struck.judged.flatMap(({ expectation }) => expectation.owned[side].map(({ field }) => field)));
    for (const call of story.log) {
      const fields = (call.writes ?? []).flatMap((write) => Object.keys(write.fields));
      expect([...new Set(fields)].filter((field) => !owned(call.vendor).has(field))).toEqual([]);
    }
    const { before, after } = story.struck;
    const others = <Fields extends object>(fields: Fields, mine: Set<string>) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => !mine.has(name) && !/modified/.test(name)));
    for (const type of ['contacts', 'companies'] as const) {
      const strip = (all: (typeof before)[typeof type]) =>
        all.map(({ id, properties }) => [id, others(properties, owned('hubspot'))]);
      expect(strip(after[type])).toEqual(strip(before[type]));
    }
    for (const type of ['visitors', 'accounts'] as const) {
      const strip = (all: (typeof before)[typeof type]) =>
        all.map(({ id, metadata }) => [
          id,
          Object.entries(metadata)
            .map(([group, fields]) => [group, others(fields, owned('pendo'))] as const)
            .filter(([, fields]) => Object.keys(fields).length > 0),
        ]);
      expect(strip(after[type])).toEqual(strip(before[type]));
    }
  });

  test('nothing is created unless it is allowed', () => {
    const { before, after } = story.struck;
    for (const list of ['contacts', 'companies', 'visitors', 'accounts'] as const) {
      expect(after[list].map(({ id }) => id)).toEqual(before[list].map(({ id }) => id));
    }
    expect(story.log.flatMap((call) => call.writes ?? []).filter((write) => write.created)).toEqual([]);
  });

  test('per leg, the outcomes partition the records read, recomputed from the vendors’ log', () => {
    for (const { run, disagreements } of [...story.struck.judged, ...story.after.judged]) {
      const { legs, read } = run.counts;
      expect([sum(legs?.pull), sum(legs?.push)]).toEqual([read?.hubspot, read?.pendo]);
      // Written and rejected, record by record.
      expect(disagreements).toEqual([]);
    }
    // Of the runs that nothing struck: the records that HubSpot says it listed.
    for (const { run } of story.after.judged) expect(listed(run.object)).toBe(run.counts.read?.hubspot);
  });

  test('counts in the API, in the database and in the vendors’ log agree', async () => {
    for (const { run } of [...story.struck.judged, ...story.after.judged]) {
      for (const leg of ['pull', 'push'] as const) {
        // Only what has changed has a row: who was written by an earlier run is unchanged by now.
        const rows = await query<{ outcome: string; n: number }>(
          `select outcome, count(*)::int as n from (
             select distinct on (giver_id) case when run_id < $4 and outcome = 'written' then 'unchanged' else outcome end
               as outcome from outcomes
             where tenant_id = $1 and object = $2 and leg = $3 and run_id <= $4 order by giver_id, run_id desc
           ) latest group by outcome`,
          [story.tenant.id, run.object, leg, run.id],
        );
        const inDatabase = Object.fromEntries(rows.map(({ outcome, n }) => [outcome, n]));
        expect({ leg, ...inDatabase }).toEqual({ leg, ...run.counts.legs?.[leg] });
        const [delivered] = await query<{ n: number }>(
          "select count(*)::int as n from deliveries where run_id = $1 and leg = $2 and state = 'accepted'",
          [run.id, leg],
        );
        const vendor = leg === 'pull' ? 'pendo' : 'hubspot';
        const round = story.after.judged.some((each) => each.run.id === run.id) ? story.after.writes : story.log;
        const inLog = round
          .filter((call) => call.vendor === vendor && call.writes && objectOf(call) === run.object)
          .flatMap((call) => (call.writes ?? []).filter((write) => write.accepted).map(({ id }) => id));
        const written = run.counts.legs?.[leg]?.written ?? 0;
        expect({ written, delivered: delivered?.n }).toEqual({ written, delivered: written });
        expect(new Set(inLog).size).toBe(written);
      }
    }
  });
});

function listed(object: SyncObject): number {
  const noun = object === 'visitor' ? 'contacts' : 'companies';
  return story.afterLog
    .filter((call) => call.operation === 'list' && call.path.endsWith(`/${noun}`))
    .reduce((records, call) => records + call.records, 0);
}
