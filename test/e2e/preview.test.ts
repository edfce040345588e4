/** What a person sees before anything is written. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { setupOf } from '../../demo/verdict.ts';
import { type Expectation, expect as expectRun } from '../../oracle/index.ts';
import type { Estimate } from '../../src/activities/deliver/estimate.ts';
import type { Preview } from '../../src/db/settle/index.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
let tenant: TestedTenant;
beforeAll(async () => {
  stack = await openStack();
  tenant = await testedTenant(stack, { world: { contacts: 250, visitors: 250, companies: 10, accounts: 10 } });
});
afterAll(() => stack.stop());

type Described = Preview & { estimate: Estimate };

let estimated: Estimate | undefined;

/** Runs without writing, and asks the oracle what a real run would do. */
async function look(how: 'preview' | 'dryRun'): Promise<{ preview: Described; oracle: Expectation }> {
  const before = await tenant.seen();
  const from = await lastCall(tenant);
  const run = await tenant.ended(await tenant.start('visitor', how));
  expect(run.state).toBe('succeeded');
  const log = await tenant.log(from);
  expect(
    log.filter(
      (call) => call.writes !== undefined || !/^(GET|POST .*(search|aggregation))/.test(`${call.method} ${call.path}`),
    ),
  ).toEqual([]);
  const { portal, subscription } = await tenant.seen();
  expect({ portal, subscription }).toEqual({ portal: before.portal, subscription: before.subscription });
  const asOf = Date.parse(String(run.asOf));
  return { preview: run.preview as Described, oracle: expectRun(before, setupOf(tenant, 'visitor', asOf)) };
}

describe('a look before a run', { timeout: 60_000 }, () => {
  test('before enabling: who matches, who does not and why, near misses, changes per field; nothing is written', async () => {
    const { preview, oracle } = await look('preview');
    const { match } = oracle;
    expect(preview.match).toMatchObject({
      matched: match.pairs.size,
      blankHubspot: match.hubspot.counts.blank,
      unmatchedHubspot: match.hubspot.counts.unmatched,
      unmatchedPendo: match.pendo.counts.unmatched,
      ambiguousHubspot: match.hubspot.counts.ambiguous,
      ambiguousPendo: match.pendo.counts.ambiguous,
      invalidHubspot: match.hubspot.counts.invalidKey,
      excludedPendo: match.pendo.counts.excluded,
    });
    const { nearMisses, ambiguous, blankHubspot, unmatchedHubspot } = preview.examples;
    expect(nearMisses.length).toBeGreaterThan(0);
    for (const { hubspotKey, pendoKey } of nearMisses) {
      expect(hubspotKey).not.toBe(pendoKey);
      expect(hubspotKey.trim().toLowerCase()).toBe(pendoKey.trim().toLowerCase());
    }
    const states = match.hubspot.states;
    expect(ambiguous.length).toBeGreaterThan(0);
    for (const id of ambiguous.flatMap(({ hubspotIds }) => hubspotIds)) expect(states.get(id)).toBe('ambiguous');
    for (const id of blankHubspot) expect(states.get(id)).toBe('blank');
    for (const { id } of unmatchedHubspot) expect(states.get(id)).toBe('unmatched');

    for (const { leg, field, changes } of preview.fields) {
      const judged = oracle[leg];
      const target = leg === 'push' ? field : oracle.owned.pendo.find(({ source }) => source === field)?.field;
      expect([leg, field, changes]).toEqual([leg, field, judged?.fieldCounts[String(target)]?.written]);
    }
    expect(preview.fields.length).toBeGreaterThan(10);
    const written = oracle.writes.filter(({ leg }) => leg === 'push').length;
    expect(preview.estimate.writes.hubspot).toBe(Math.ceil(written / 100));
    expect(preview.estimate.writes.pendo).toBeGreaterThan(0);
    estimated = preview.estimate;
  });

  test('a dry run in between shows samples old and new, and what would be cleared or zeroed', async () => {
    const first = await tenant.round('enable', ['visitor']);
    expectAgreement(first);
    // A first run's calls are as they were estimated, but for the few that create the fields.
    const calls = (first.judged[0]?.run as { calls?: Record<string, number> } | undefined)?.calls ?? {};
    for (const [vendor, told] of [
      ['hubspot', estimated?.hubspotCalls],
      ['pendo', estimated?.pendoCalls],
    ] as const) {
      let made = 0;
      for (const [name, n] of Object.entries(calls)) if (name.startsWith(vendor)) made += n;
      expect(made).toBeGreaterThanOrEqual(told ?? Number.NaN);
      expect(made).toBeLessThanOrEqual((told ?? Number.NaN) + 40);
    }
    const { contacts } = await tenant.seen();
    const some = contacts.filter(({ properties }) => properties.phone !== undefined).slice(0, 8);
    await tenant.patch(
      'contacts',
      some.map(({ id }, n) => ({ id, properties: { phone: n < 4 ? null : '+1 555 0100' } })),
    );
    const { preview } = await look('dryRun');
    const phone = preview.fields.find(({ field }) => field === 'phone');
    expect(phone?.changes).toBeGreaterThan(1);
    expect(phone?.cleared).toBeGreaterThan(0);
    expect(phone?.cleared).toBeLessThan(Number(phone?.changes));
    for (const sample of phone?.samples ?? []) {
      expect(sample).toMatchObject({ hubspotId: expect.stringMatching(/^\d+$/), pendoId: expect.any(String) });
      expect(sample.from).not.toEqual(sample.to);
      expect(some.map(({ id }) => id)).toContain(sample.hubspotId);
    }
    expect(preview.fields.map(({ field }) => field)).toEqual(['phone']);
    // The dry run has left no trace that a real one would stumble over.
    const round = await tenant.round('run', ['visitor']);
    expect(round.findings).toEqual([]);
    expect(round.judged[0]?.run.counts.legs?.pull?.written).toBe(phone?.changes);
  });
});
