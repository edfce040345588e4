/** What was never written to an account goes to ten records at most, and is read back before the others are sent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Call, Switches } from '../../sandbox/contract.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const open = (switches: Partial<Switches> = {}): Promise<TestedTenant> =>
  testedTenant(stack, { world: { contacts: 150, visitors: 150, companies: 12, accounts: 12 }, switches });

/** Records that a vendor said it had written. */
const writtenTo = (calls: readonly Call[], vendor: Call['vendor']): Set<string> =>
  new Set(
    calls
      .filter((call) => call.vendor === vendor)
      .flatMap(({ writes = [] }) => writes.filter(({ accepted }) => accepted).map(({ id }) => id)),
  );

test('a first run writes to few records first, every record once, and later runs read nothing back', async () => {
  const tenant = await open();
  const first = await tenant.round('enable');
  expectAgreement(first);
  const sizes = first.writes
    .filter(({ operation }) => operation === 'metadataWrite:visitor' || operation === 'batchUpdate')
    .map(({ writes = [] }) => writes.length);
  expect(Math.min(...sizes)).toBeLessThanOrEqual(10);
  const from = await lastCall(tenant);
  await tenant.nextDay(0.2);
  expectAgreement(await tenant.round());
  const reads = (await tenant.log(from)).filter(({ operation }) => operation === 'batchRead');
  expect(reads).toEqual([]);
});

test.each([
  ['pendoTimeWritten', 'asSeconds', 'pendo'],
  ['pendoTimeWritten', 'lost', 'pendo'],
  ['hubspotUpdated', 'noDates', 'hubspot'],
  ['hubspotUpdated', 'firstRow', 'hubspot'],
] as const)(
  '%s: %s: at most ten records are written, and a person learns which field and what to do',
  async (name, value, vendor) => {
    const tenant = await open({ [name]: value });
    const from = await lastCall(tenant);
    const run = await tenant.ended(await tenant.start('visitor', 'enable'));
    expect(run.reason).toMatchObject({ code: 'READ_BACK_WRONG', vendor, fix: expect.stringMatching(/resume/) });
    expect(await tenant.pausedSync('visitor')).toMatchObject({ reason: { code: 'READ_BACK_WRONG' } });
    expect(writtenTo(await tenant.log(from), vendor).size).toBeLessThanOrEqual(10);
  },
);

test('a null that Pendo refuses is found out by few records, told once, and costs no row a value', {
  timeout: 120_000,
}, async () => {
  const tenant = await open({ pendoNull: 'error' });
  await tenant.configure('visitor', { guards: { ...tenant.configs.visitor.guards, valueShare: 1 } });
  const { contacts, visitors, portal } = await tenant.seen();
  const known = new Set(visitors.map(({ id }) => id));
  const [text, other] = tenant.configs.visitor.pull.flatMap(({ property }) => {
    const definition = portal.properties.contacts.find(({ name }) => name === property);
    return definition?.type === 'string' && property !== 'email' ? [property] : [];
  }) as [string, string];
  const full = contacts.filter(
    ({ archived, properties }) => !archived && known.has(properties.email ?? '') && properties[text],
  );
  expect(full.length).toBeGreaterThan(20);
  expectAgreement(await tenant.round('enable'));
  // A text is emptied for many; to one of them nothing else is owed.
  const emptied = full.map(({ id }, n) => ({
    id,
    properties: { [text]: null, ...(n > 0 && { [other]: `new ${n}` }) },
  }));
  await tenant.patch('contacts', emptied);
  const from = await lastCall(tenant);
  const second = await tenant.round();
  expectAgreement(second);
  expect(second.judged[0]!.run.counts.legs?.pull?.rejected ?? 0).toBe(0);
  const refused = (calls: readonly Call[]): number =>
    calls.flatMap(({ writes = [] }) => writes.filter(({ accepted }) => !accepted)).length;
  expect(refused(await tenant.log(from))).toBeLessThanOrEqual(10);
  const { assumptions } = await stack.api.get<{ assumptions: { id: string; state: string; evidence: string }[] }>(
    `${tenant.path}/assumptions`,
  );
  expect(assumptions.find(({ id }) => id === 'pendo.clears')).toMatchObject({
    state: 'disproved',
    evidence: expect.stringMatching(/refused/),
  });
  // The next day nothing of it is tried again.
  await tenant.nextDay(0.1);
  const later = await lastCall(tenant);
  expectAgreement(await tenant.round());
  const tried = (await tenant.log(later))
    .flatMap(({ writes = [] }) => writes.filter(({ accepted }) => !accepted))
    .filter(({ fields }) => Object.keys(fields).some((name) => name.endsWith(text)));
  expect(tried).toEqual([]);
});
