import { describe, expect, it } from 'vitest';
import type { CrmType, RawCrmRecord, RawPendoRecord } from '../../../sandbox/contract.ts';
import { createHubSpotHalf } from '../../../sandbox/hubspot/index.ts';
import { defaultSwitches } from '../../../sandbox/server/switches.ts';
import { createClock } from '../../../sandbox/world/clock.ts';
import { createPeoplePlan } from '../../../sandbox/world/people.ts';
import { lines, live, noon, openPortal } from './portal.ts';

const big = { contacts: 2_000, companies: 1_200, visitors: 1_800, accounts: 1_000 };

describe('a generated portal', () => {
  it('is the same, byte for byte, for the same request', async () => {
    const read = async (type: CrmType) => {
      await using portal = await openPortal();
      return (await portal.admin('GET', type)).text;
    };
    expect(await read('contacts')).toBe(await read('contacts'));
  });

  it('has ids that are sparse and clustered, and do not grow with the time of creation', async () => {
    await using portal = await openPortal(big);
    const raw = await portal.raw('contacts');
    const ids = raw.map((record) => Number(record.id));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids).size).toBe(2_000);
    const gaps = ids.slice(1).map((id, n) => id - ids[n]!);
    expect(gaps.filter((gap) => gap < 50).length).toBeGreaterThan(1_000);
    expect(Math.max(...gaps)).toBeGreaterThan(1_000_000);
    const backwards = raw.filter((record, n) => n > 0 && record.createdAt < raw[n - 1]!.createdAt);
    expect(backwards.length).toBeGreaterThan(100);
  });

  it('shares people and companies with the subscription as often as asked, spelt as each side spells them', async () => {
    await using portal = await openPortal({ ...big, matched: 0.7 });
    const ids = async (kind: string) =>
      lines<RawPendoRecord>((await portal.admin('GET', kind)).text).map((record) => record.id);
    const visitors = new Set(await ids('visitors'));
    const emails = (await portal.raw('contacts')).map(({ properties }) => properties.email);
    const matched = emails.filter((email) => email !== undefined && visitors.has(email)).length;
    expect(matched / 1_800).toBeGreaterThan(0.6);
    expect(matched / 1_800).toBeLessThan(0.72);
    const folded = new Set([...visitors].map((id) => id.trim().toLowerCase()));
    const near = emails.filter(
      (email) => email !== undefined && !visitors.has(email) && folded.has(email.trim().toLowerCase()),
    );
    expect(near.length).toBeGreaterThan(5);
    const accounts = new Set(await ids('accounts'));
    const keys = (await portal.raw('companies')).map(({ properties }) => properties.pendo_account_key);
    expect(keys.filter((key) => key !== undefined && accounts.has(key)).length / 1_000).toBeGreaterThan(0.6);
  });

  it('has every kind of awkward key once in a few hundred, unless it is tame', async () => {
    const awkward = (records: RawCrmRecord[]) => {
      const keys = records.map(({ properties }) => properties.email);
      const there = keys.filter((key) => key !== undefined);
      return {
        blank: keys.some((key) => key === undefined || key.trim() === ''),
        duplicate: new Set(there).size < there.length,
        nul: there.some((key) => key.includes('\u0000')),
        surrogate: there.some((key) => !key.isWellFormed()),
        overLong: there.some((key) => Buffer.byteLength(key) > 1_024),
        quoted: ['"', '\\', '/', '%', '😀'].every((odd) => there.some((key) => key.includes(odd))),
        numeric: there.some((key) => /^\d+$/.test(key)),
        secondary: records.some(({ properties }) => properties.hs_additional_emails !== undefined),
      };
    };
    const people = { contacts: 300, companies: 10, visitors: 300, accounts: 10 };
    await using wild = await openPortal(people);
    expect(Object.values(awkward(await wild.raw('contacts')))).toEqual(Array(8).fill(true));
    await using tame = await openPortal({ ...people, tame: true });
    expect(Object.values(awkward(await tame.raw('contacts')))).toEqual(Array(8).fill(false));
  });

  it('has long values, cleared values, several options and labels unlike their values', async () => {
    await using portal = await openPortal(big);
    const raw = await live(portal, 'contacts');
    expect(raw.some(({ properties }) => (properties.call_notes?.length ?? 0) > 50_000)).toBe(true);
    expect(raw.some(({ properties }) => properties.seats === '')).toBe(true);
    expect(raw.some(({ properties }) => properties.product_interests?.includes(';'))).toBe(true);
    const { properties } = (await portal.admin('GET', 'portal')).json;
    const plan = properties.contacts.find((property: { name: string }) => property.name === 'plan_tier');
    expect(plan.options.every((option: { label: string; value: string }) => option.label !== option.value)).toBe(true);
  });

  it('of a million contacts takes little memory and time', () => {
    const request = {
      world: 'm',
      seed: 3,
      contacts: 1_000_000,
      companies: 100_000,
      visitors: 900_000,
      accounts: 90_000,
      tier: 0 as const,
    };
    const clock = createClock({ now: noon, running: false });
    const before = process.memoryUsage();
    const begin = performance.now();
    const half = createHubSpotHalf({ request, people: createPeoplePlan(request), clock, switches: defaultSwitches });
    const after = process.memoryUsage();
    expect(performance.now() - begin).toBeLessThan(15_000);
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(200_000_000);
    const [first] = half.records('contacts');
    expect(first!.properties.hs_object_id).toBe(first!.id);
  });
});
