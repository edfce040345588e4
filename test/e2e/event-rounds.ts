/** Runs of a tenant with events, each judged by the oracle: what HubSpot has taken since is exactly what it expects, in its order. */
import { expect } from 'vitest';
import type { OracleSetup } from '../../oracle/index.ts';
import {
  compareOccurrences,
  expectOccurrences,
  type OccurrenceExpectation,
  type OccurrenceMemory,
  type OccurrenceSetup,
  type OccurrenceTruth,
} from '../../oracle/occurrences/index.ts';
import type { RawOccurrence } from '../../sandbox/contract.ts';
import { type SyncObject, syncObjects } from '../../src/sync/config.ts';
import type { EventCounts } from '../../src/sync/event-counts.ts';
import { eventDeliveryOf, eventsOf } from '../../src/sync/event-mapping.ts';
import { expectAgreement } from './expect-agreement.ts';
import type { Judged, Round, TestedTenant } from './tested-tenant.ts';

type Memories = Partial<Record<SyncObject, OccurrenceMemory>>;

export interface EventRounds {
  round(
    how?: 'enable' | 'run',
    objects?: readonly SyncObject[],
    more?: Partial<OracleSetup>,
  ): Promise<Map<SyncObject, OccurrenceExpectation>>;
  /** @param taken by the portal before the runs began */
  judge(round: Round, taken: RawOccurrence[]): Promise<Map<SyncObject, OccurrenceExpectation>>;
  memory: Memories;
}

export function eventRounds(tenant: TestedTenant): EventRounds {
  const memory: Memories = {};
  const taken = (): Promise<RawOccurrence[]> => tenant.lines('occurrences');
  const self: EventRounds = {
    memory,
    async round(how = 'run', objects = syncObjects, more = {}) {
      const before = await taken();
      return self.judge(await tenant.round(how, objects, more), before);
    },
    async judge(round, occurrences) {
      expectAgreement(round);
      const before: OccurrenceTruth = { ...round.before, occurrences };
      const after: OccurrenceTruth = { ...round.after, occurrences: await taken() };
      const expected = new Map<SyncObject, OccurrenceExpectation>();
      for (const judged of round.judged) {
        const { object } = judged.run;
        expected.set(object, expectedOf(judged, before, memory[object]));
      }
      for (const judged of round.judged) {
        const { object } = judged.run;
        const expectation = expected.get(object)!;
        const all = [...expected.values()];
        expect(compareOccurrences(after, before, expectation, all).slice(0, 10)).toEqual([]);
        expectOrder(after.occurrences.slice(occurrences.length), expectation);
        expectCounts(judged, expectation);
        memory[object] = expectation.after;
      }
      return expected;
    },
  };
  return self;
}

function expectedOf({ expectation }: Judged, before: OccurrenceTruth, memory: OccurrenceMemory | undefined) {
  const { syncConfig } = expectation.setup;
  const setup: OccurrenceSetup = {
    ...expectation.setup,
    events: eventsOf(syncConfig),
    eventDelivery: eventDeliveryOf(syncConfig),
  };
  return expectOccurrences(before, expectation, setup, memory);
}

/** The log of the portal is in the order in which they were sent. */
function expectOrder(came: RawOccurrence[], { sent, setup }: OccurrenceExpectation): void {
  const objectType = setup.object === 'visitor' ? 'CONTACT' : 'COMPANY';
  const place = (one: Pick<RawOccurrence, 'eventName' | 'objectId' | 'properties'>): string =>
    [one.properties.pendo_day, one.eventName, one.objectId, one.properties.pendo_count].join(' ');
  expect(came.filter((one) => one.objectType === objectType).map(place)).toEqual(sent.map(place));
}

/** What the run says of itself. */
function expectCounts({ run }: Judged, { setup, stopped, written, sent }: OccurrenceExpectation): void {
  const said = (run.counts as { events?: EventCounts }).events;
  if (setup.events.length === 0) {
    expect(said?.found ?? 0).toBe(0);
    return;
  }
  expect(said).toMatchObject({ found: written.length, sent: sent.length });
  expect((said?.stopped ?? []).map(({ source, id, reason }) => ({ item: `${source} ${id}`, reason }))).toEqual(stopped);
}
