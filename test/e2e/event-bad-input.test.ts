/** Entries of `events` that cannot be: refused when they are saved, each with a code and what to do, and nothing changes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { SyncConfig } from '../../src/sync/config.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

const kinds = ['page', 'feature', 'trackType'] as const;
const listOf = { page: 'pages', feature: 'features', trackType: 'trackTypes' } as const;

let stack: Stack;
let tenant: TestedTenant;
beforeAll(async () => {
  stack = await openStack({ worker: false });
  const config = { visitor: { pull: [], push: [] }, account: { pull: [], push: [] } };
  const world = { contacts: 20, visitors: 20, companies: 10, accounts: 10, tame: true };
  tenant = await testedTenant(stack, { world, config });
  for (const object of ['visitor', 'account'] as const)
    await tenant.configure(object, { events: [{ source: 'page', id: await itemOf('page') }] });
});
afterAll(() => stack?.stop());

/** The second of its kind is not mapped. */
async function itemOf(kind: (typeof kinds)[number], at = 0): Promise<string> {
  return (await tenant.seen()).subscription[listOf[kind]][at]!.id;
}

type Given = Record<string, unknown>;
const other = async (more: Given): Promise<Given[]> => [{ source: 'page', id: await itemOf('page', 1), ...more }];
const track = async (...properties: Given[]): Promise<Given[]> => [
  { source: 'trackType', id: await itemOf('trackType'), properties },
];

const entries: [string, () => Promise<Given[]>, string][] = [
  ...kinds.map((source): (typeof entries)[number] => [
    `an unknown ${source}`,
    async () => [{ source, id: 'nothing' }],
    'events.1.id ITEM_UNKNOWN',
  ]),
  [
    "one kind's id as another's",
    async () => [{ source: 'feature', id: await itemOf('page', 1) }],
    'events.1.id ITEM_UNKNOWN',
  ],
  ['the same item twice', async () => [{ source: 'page', id: await itemOf('page') }], 'events.1.id EVENT_DUPLICATE'],
  [
    'the same item twice, under another name',
    async () => [{ source: 'page', id: await itemOf('page'), name: 'pendo_other' }],
    'events.1.id EVENT_DUPLICATE',
  ],
  [
    'two entries of one name',
    async () => [
      ...(await other({ name: 'pendo_one' })),
      { source: 'feature', id: await itemOf('feature'), name: 'pendo_one' },
    ],
    'events.2.name EVENT_NAME_DUPLICATE',
  ],
  ['a name that is not ours', () => other({ name: 'signed_up' }), 'events.1.name'],
  ['a name with other characters', () => other({ name: 'pendo_Über' }), 'events.1.name'],
  ['a name that is too long', () => other({ name: `pendo_${'x'.repeat(45)}` }), 'events.1.name'],
  ['a label that is blank', () => other({ label: '  ' }), 'events.1.label'],
  ['a label that is too long', () => other({ label: 'x'.repeat(51) }), 'events.1.label'],
  ['a source that is none', () => other({ source: 'segment' }), 'events.1.source'],
  ['no id', async () => [{ source: 'page' }], 'events.1.id'],
  ['a member that is not known', () => other({ window: 30 }), 'events.1'],
  [
    'properties of a page',
    () => other({ properties: [{ name: 'plan' }] }),
    'events.1.properties EVENT_PROPERTY_SOURCE',
  ],
  [
    'a property twice',
    () => track({ name: 'plan' }, { name: 'plan', property: 'pendo_other' }),
    'events.1.properties.1.name EVENT_PROPERTY_DUPLICATE',
  ],
  [
    'two properties of one name',
    () => track({ name: 'plan', property: 'pendo_one' }, { name: 'seats', property: 'pendo_one' }),
    'events.1.properties.1.property EVENT_PROPERTY_NAME_DUPLICATE',
  ],
  [
    'a property that every event has',
    () => track({ name: 'plan', property: 'pendo_minutes' }),
    'events.1.properties.0.property EVENT_PROPERTY_RESERVED',
  ],
  ...['with space', 'ümlaut', '1st', '', 'a.b', 'a"b', '__proto__', 'x'.repeat(101)].map(
    (name): (typeof entries)[number] => [
      `a property that is no name of Pendo’s (${name.slice(0, 12)})`,
      () => track({ name }),
      'events.1.properties.0.name',
    ],
  ),
  [
    'a name of a property that is not ours',
    () => track({ name: 'plan', property: 'plan' }),
    'events.1.properties.0.property',
  ],
  [
    'more than ten properties',
    () => track(...Array.from({ length: 11 }, (_, n) => ({ name: `p${n}` }))),
    'events.1.properties',
  ],
  [
    'more than a hundred entries',
    async () => Array.from({ length: 100 }, (_, n) => ({ source: 'page', id: `page-${n}` })),
    'events',
  ],
];

const deliveries: [string, Given, string][] = [
  ['a settle time of more than a week', { settleDays: 8 }, 'eventDelivery.settleDays'],
  ['half a day to settle', { settleDays: 0.5 }, 'eventDelivery.settleDays'],
  ['a backfill of more than 90 days', { backfillDays: 91 }, 'eventDelivery.backfillDays'],
  ['a backfill that is negative', { backfillDays: -1 }, 'eventDelivery.backfillDays'],
  ["more than HubSpot's month", { monthlyLimit: 30_000_001 }, 'eventDelivery.monthlyLimit'],
  ['another way with lost answers', { lostAnswers: 'perhaps' }, 'eventDelivery.lostAnswers'],
  ['a setting that is not known', { hour: 4 }, 'eventDelivery'],
];

const allowance = /It (has to be|needs|may have)|Allowed are/;

interface Refused {
  fields?: { path: string; code: string; message: string; fix?: string }[];
}

/** Puts a change into the stored configuration of both objects, and expects the same refusal of each. */
async function expectRefused(change: (config: SyncConfig) => Given, problem: string): Promise<void> {
  for (const object of ['visitor', 'account'] as const) {
    const at = `${tenant.path}/syncs/${object}`;
    const { config } = await stack.api.get<{ config: SyncConfig }>(at);
    const from = await lastCall(tenant);
    const answer = await fetch(`${stack.apiUrl}${at}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...config, ...change(config) }),
    });
    const { fields = [] } = (await answer.json()) as Refused;
    expect(answer.status).toBe(422);
    expect(fields.map(({ path, code }) => `${path} ${code}`)).toEqual([
      problem.includes(' ')
        ? problem
        : expect.stringMatching(new RegExp(`^${problem.replaceAll('.', '\\.')} [A-Z_]+$`)),
    ]);
    // What is of the wrong form is told in its message what it has to be.
    for (const { message, fix } of fields) expect(fix ?? message).toMatch(fix === undefined ? allowance : /^.{11,}\.$/);
    expect((await stack.api.get<{ config: SyncConfig }>(at)).config).toEqual(config);
    expect((await tenant.log(from)).filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
  }
}

describe('is refused with a code and what to do when it is saved, and nothing changes', { timeout: 60_000 }, () => {
  test.each(entries)('%s', async (_, more, problem) => {
    const events = await more();
    await expectRefused((config) => ({ events: [...(config.events ?? []), ...events] }), problem);
  });

  test.each(deliveries)('%s', async (_, delivery, problem) => {
    await expectRefused(() => ({ eventDelivery: delivery }), problem);
  });
});
