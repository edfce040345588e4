/** A run is degraded by what is refused anew, or by what is refused of all pairs; not for ever by a few hopeless rows. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { deliverToPendo } from '../../src/activities/deliver-to-pendo.ts';
import { settle } from '../../src/activities/settle.ts';
import type { PendoClient, WriteReply } from '../../src/pendo/index.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { type Contact, type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

const pairs = 200;
const recordIdOf = (n: number): string => `p${n}@x.com`;

/** What Pendo holds: a value that it refuses is never there. */
let held: Map<string, string | undefined>;

/** One day: every contact has this title, and Pendo refuses the values of some. */
async function day(
  title: (n: number) => string | null,
  hopeless: ReadonlySet<number>,
  config: Partial<SyncConfigInput> = {},
) {
  const pendo = {
    async writeValues(_object: string, _group: string, rows: { id: string; values: Record<string, unknown> }[]) {
      const bad = (id: string) => [...hopeless].some((n) => recordIdOf(n) === id);
      for (const { id, values } of rows)
        if (!bad(id)) held.set(id, (values.hubspot_jobtitle as string | null) ?? undefined);
      return {
        updated: rows.map(({ id }) => id).filter((id) => !bad(id)),
        missing: [],
        errors: rows.filter(({ id }) => bad(id)).map(({ id }) => ({ id, message: 'no' })),
        unaccounted: [],
        dropFields: [],
        unsent: [],
        calls: 1,
      } satisfies WriteReply;
    },
  } as unknown as PendoClient;
  const pendoSettings = { zone: 'UTC', clear: 'null', aggregations: 1 };
  const deps = { ...engine.deps, openVendors: async () => ({ pendo, pendoSettings }) as never };
  engine.pass(24 * 3_600_000);
  const guards = { valueShare: 1, valueFloor: 1_000_000 };
  const ref = await engine.openRun({ joinKey: { property: 'email' }, guards, ...config });
  const ids = Array.from({ length: pairs }, (_, n) => n + 1);
  const contacts = ids.map((id): Contact => ({ id, email: recordIdOf(id), jobtitle: title(id), days: '0' }));
  await engine.read(
    ref,
    contacts.filter(({ jobtitle }) => jobtitle !== 'gone'),
    ids.map((n) => ({ id: recordIdOf(n), jobtitle: held.get(recordIdOf(n)) })),
  );
  await engine.act(() => settle(deps, ref));
  expect((await engine.act(() => deliverToPendo(deps, ref))).kind).toBe('done');
  const { state } = await engine.act(() => closeRun(deps, ref, { kind: 'finished' }));
  return { state, counts: (await engine.run(ref)).counts };
}

test('a few hopeless rows are degraded when they are new among few, and not again on each quiet day after that', async () => {
  held = new Map();
  const hopeless = new Set([3, 77, 110]);
  const lead = () => 'Lead';
  expect((await day(lead, new Set())).state).toBe('succeeded');
  // New among all: 3 of 200 rows sent.
  const boss = () => 'Boss';
  expect(await day(boss, hopeless)).toMatchObject({ state: 'succeeded', counts: { legs: { pull: { rejected: 3 } } } });
  // They are all that is sent, day after day: reported, and no alarm.
  for (let quiet = 0; quiet < 2; quiet++) {
    expect(await day(boss, hopeless)).toMatchObject({
      state: 'succeeded',
      counts: { legs: { pull: { rejected: 3 } }, sent: { pull: 3 }, rejections: [{ code: 'PENDO_ERROR', rows: 3 }] },
    });
  }
  // One more, on such a day: it is the only row that is new.
  const chief = (n: number) => (n === 150 ? 'Chief' : 'Boss');
  expect((await day(chief, new Set([...hopeless, 150]))).state).toBe('degraded');
  expect((await day(chief, new Set([...hopeless, 150]))).state).toBe('succeeded');
});

test('what is refused of a twentieth of all pairs is degraded on every day', async () => {
  held = new Map();
  const hopeless = new Set(Array.from({ length: pairs / 20 }, (_, n) => n + 1));
  for (let days = 0; days < 3; days++) expect((await day(() => 'Boss', hopeless)).state).toBe('degraded');
  hopeless.delete(1);
  expect((await day(() => 'Boss', hopeless)).state).toBe('succeeded');
});

test('a clear that is refused again is no news either', async () => {
  held = new Map();
  const config = { onLostMatch: 'clear' } as const;
  expect((await day(() => 'Boss', new Set(), config)).state).toBe('succeeded');
  const leaves = (n: number) => (n === 7 ? 'gone' : 'Boss');
  expect((await day(leaves, new Set([7]), config)).state).toBe('degraded');
  expect(await day(leaves, new Set([7]), config)).toMatchObject({ state: 'succeeded', counts: { sent: { pull: 1 } } });
});
