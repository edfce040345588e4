import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsOf, type PendoWorld, type Row, startPendoWorld } from './world.ts';

/**
 * A source that knows its order lets sorts be skipped, groups be handed on early and id filters be served by range. The
 * same rows as constants know nothing: whatever the pipeline, both must answer alike.
 */
let world: PendoWorld;
let events: Row[];
const source = eventsOf({ period: 'dayRange', first: 'now()', count: -12 }, { blacklist: 'ignore' });

beforeAll(async () => {
  world = await startPendoWorld({ visitors: 160, accounts: 12, companies: 12 });
  events = await world.rows(source);
  expect(events.length).toBeGreaterThan(60);
});
afterAll(() => world[Symbol.asyncDispose]());

const id = fc.oneof(fc.constantFrom('visitorId', 'visitorId', 'accountId'));
const text = fc.nat().map((n) => {
  const row = events[n % events.length]!;
  return JSON.stringify([row.visitorId, row.accountId, 'm', ''][n % 4]);
});
const condition = fc.oneof(
  fc.tuple(id, fc.constantFrom('>', '<=', '<', '>=', '==', '!='), text).map((parts) => parts.join(' ')),
  fc.tuple(text, fc.constantFrom('<', '>='), id).map((parts) => parts.join(' ')),
  fc.constantFrom(
    'numMinutes > 5',
    'isNull(numMinutes)',
    'accountId != ""',
    'identified(visitorId)',
    'numEvents % 2 == 0',
  ),
);
const filter = fc
  .array(condition, { minLength: 1, maxLength: 3 })
  .chain((all) => fc.constantFrom(' && ', ' || ').map((glue) => ({ filter: all.join(glue) })));
const keys = fc.uniqueArray(fc.constantFrom('visitorId', 'accountId', 'day', 'appId'), { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<object> = fc.oneof(
  { weight: 4, arbitrary: filter },
  { weight: 2, arbitrary: fc.constantFrom({ identified: 'visitorId' }, { identified: '!visitorId' }) },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.constantFrom('visitorId', '-visitorId', 'accountId', 'day', '-numEvents', 'visitorId'), {
        minLength: 1,
        maxLength: 2,
      })
      .map((sort) => ({ sort })),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 }).map((limit) => ({ limit })) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 9 }).map((skip) => ({ skip })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { eval: { twice: 'numEvents * 2' } },
      { eval: { visitorId: 'accountId' } },
      { set: { visitorId: 'same' } },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { select: { visitorId: 'visitorId', numEvents: 'numEvents', day: 'day' } },
      { select: { visitorId: 'accountId', accountId: 'visitorId', numEvents: 'numEvents' } },
    ),
  },
  {
    weight: 3,
    arbitrary: keys.map((group) => ({
      group: {
        group,
        fields: { numEvents: { sum: 'numEvents' }, days: { count: 'day' }, list: { list: 'numMinutes' } },
      },
    })),
  },
  { weight: 1, arbitrary: fc.constant({ unwind: { field: 'list', keepEmpty: true } }) },
  {
    weight: 1,
    arbitrary: fc.constant({
      fork: [
        [{ filter: 'numEvents > 6' }],
        [{ group: { group: ['visitorId'], fields: { numEvents: { max: 'numEvents' } } } }],
      ],
    }),
  },
  { weight: 1, arbitrary: fc.constant({ join: { fields: ['visitorId'] } }) },
);

test('a pipeline answers the same from its source and from the same rows as constants', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      const [fromSource, fromConstants] = await Promise.all([
        world.ask(source, ...steps),
        world.ask({ source: { const: events } }, ...steps),
      ]);
      expect([fromSource.status, fromConstants.status]).toEqual([200, 200]);
      expect(fromSource.json.results).toEqual(fromConstants.json.results);
    }),
    { numRuns: 120 },
  );
}, 60_000);
