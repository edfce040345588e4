/** Asks the oracle whether the sandbox is exactly as the contract wants it, run after run. */
import {
  calls,
  compare,
  type Expectation,
  expect,
  type Finding,
  type Memory,
  type OracleSetup,
  remember,
  type Truth,
} from '../oracle/index.ts';
import {
  compareOccurrences,
  expectOccurrences,
  type OccurrenceFinding,
  type OccurrenceMemory,
  type OccurrenceTruth,
  occurrenceSnapshot,
} from '../oracle/occurrences/index.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { eventDeliveryOf, eventsOf } from '../src/sync/event-mapping.ts';
import type { RunView } from './runs.ts';
import type { DemoTenant } from './tenant.ts';

export function setupOf(
  tenant: DemoTenant,
  object: SyncObject,
  asOf: number,
  settings: Partial<OracleSetup['pendo']> = {},
): OracleSetup {
  const pendo = { zone: tenant.world.zone, clear: 'null' as const, ...settings };
  return { object, asOf, syncConfig: tenant.configs[object], pendo };
}

export interface Verdict {
  records: number;
  findings: Finding[];
}

/** @param before the truth as it was when the runs began */
export function judge(before: Truth, after: Truth, setups: OracleSetup[]): Verdict {
  const expectations = setups.map((setup) => expect(before, setup));
  return { records: countRecords(after), findings: compare(after, before, expectations) };
}

function countRecords({ contacts, companies, visitors, accounts }: Truth): number {
  return contacts.length + companies.length + visitors.length + accounts.length;
}

export interface RunsVerdict {
  records: number;
  /** Occurrences of custom events that the oracle expects of the runs. */
  occurrences: number;
  findings: (Finding | OccurrenceFinding)[];
  /** Requests that wrote a value or sent occurrences. */
  writes: number;
}

/** The oracle beside a tenant: it remembers on its own what earlier runs wrote and sent. */
export function createJudge(tenant: DemoTenant, adminUrl: string) {
  const { world } = tenant.world;
  const memory: Partial<Record<SyncObject, Memory>> = {};
  const ledgers: Partial<Record<SyncObject, OccurrenceMemory>> = {};

  function expectEvents(before: OccurrenceTruth, expectation: Expectation) {
    const { setup, object } = expectation;
    const { syncConfig } = setup;
    const events = eventsOf(syncConfig);
    const own = { ...setup, events, eventDelivery: eventDeliveryOf(syncConfig) };
    const expected = expectOccurrences(before, expectation, own, ledgers[object]);
    ledgers[object] = expected.after;
    return expected;
  }

  return {
    /** Runs both objects, by `start`, and asks. */
    async round(start: () => Promise<RunView[]>): Promise<{ runs: RunView[]; verdict: RunsVerdict }> {
      const before = await occurrenceSnapshot(adminUrl, world);
      const from = (await calls(adminUrl, world)).at(-1)?.seq ?? 0;
      const runs = await start();
      const after = await occurrenceSnapshot(adminUrl, world, { events: false });
      const log = await calls(adminUrl, world, from);
      const expectations = runs.map(({ object, asOf }) =>
        expect(before, setupOf(tenant, object, Date.parse(asOf ?? '')), memory[object]),
      );
      const occurrences = expectations.map((expectation) => expectEvents(before, expectation));
      for (const expectation of expectations) {
        memory[expectation.object] = remember(memory[expectation.object], expectation, after.takenAt, after);
      }
      const findings = [
        ...compare(after, before, expectations),
        ...occurrences.flatMap((expected) => compareOccurrences(after, before, expected, occurrences)),
      ];
      return {
        runs,
        verdict: {
          records: countRecords(after),
          occurrences: occurrences.reduce((sum, { sent }) => sum + sent.length, 0),
          findings,
          writes: log.filter((call) => call.writes !== undefined || call.occurrences !== undefined).length,
        },
      };
    },
  };
}
