/** Answers that are packed oddly, hold one odd value, or carry an error: each costs what it must, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Fault } from '../../sandbox/contract.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const world = { contacts: 60, visitors: 70, companies: 10, accounts: 10, tame: true };

describe('an odd answer', { timeout: 120_000 }, () => {
  test('packed in whatever way is read like any other', async () => {
    const tenant = await testedTenant(stack, { world });
    const faults: Fault[] = [
      { vendor: 'hubspot', kind: 'changeAnswer', route: 'GET .*/objects/', bom: true, encode: 'br' },
      {
        vendor: 'hubspot',
        kind: 'changeAnswer',
        route: '.*/properties/',
        encode: 'gzip',
        headers: { 'content-encoding': 'GZIP' },
      },
      {
        vendor: 'hubspot',
        kind: 'changeAnswer',
        route: 'POST .*/batch/',
        encode: 'gzip',
        headers: { 'content-encoding': null },
      },
      {
        vendor: 'pendo',
        kind: 'changeAnswer',
        route: 'POST .*/aggregation',
        bom: true,
        encode: 'gzip',
        headers: { 'content-encoding': 'x-gzip', 'content-type': 'text/html' },
      },
      {
        vendor: 'pendo',
        kind: 'changeAnswer',
        route: '.*/metadata/',
        encode: 'deflate',
        headers: { 'content-encoding': 'Deflate' },
      },
    ];
    for (const fault of faults) await tenant.fault(fault);
    expectAgreement(await tenant.round('enable'));
    for (const vendor of ['hubspot', 'pendo']) {
      expect((await tenant.log()).some((call) => call.vendor === vendor && call.fault === 'changeAnswer')).toBe(true);
    }
  });

  test('with one value that is no text loses that value, and an option that cannot be stored loses its own', async () => {
    const tenant = await testedTenant(stack, { world });
    const truth = await tenant.seen();
    const pull = tenant.configs.visitor.pull.map((each) => ({ ...each, options: 'label' as const }));
    await tenant.configure('visitor', { pull });
    const definitions = truth.portal.properties.contacts;
    const choice = definitions.find(
      ({ name, type, fieldType }) =>
        type === 'enumeration' && fieldType !== 'checkbox' && pull.some(({ property }) => property === name),
    )!;
    const poisoned = choice.options[0]!;
    await tenant.fault({
      vendor: 'hubspot',
      kind: 'changeAnswer',
      route: 'GET .*/properties/.*/contacts$',
      edits: [
        {
          path: ['results', '*', 'options', '*', 'label'],
          where: { path: ['value'], equals: poisoned.value },
          set: 'cannot\0be stored',
        },
      ],
    });
    const matched = truth.contacts.filter(
      ({ archived, properties }) => !archived && truth.visitors.some(({ id }) => id === properties.email),
    );
    const odd = matched[0]!;
    await tenant.patch('contacts', [{ id: matched[1]!.id, properties: { [choice.name]: poisoned.value } }]);
    await tenant.fault({
      vendor: 'hubspot',
      kind: 'changeAnswer',
      route: 'GET .*/objects/.*/contacts$',
      edits: [
        { path: ['results', '*', 'properties', choice.name], where: { path: ['id'], equals: odd.id }, set: ['a', 1] },
        { path: ['results', '*', 'id'], where: { path: ['id'], equals: odd.id }, setJson: odd.id },
      ],
    });
    // Pendo’s side: one figure that is no number, one list of visits that is none, and one sum below nothing.
    const active = new Set([...truth.events].map(({ visitorId }) => visitorId));
    const others = matched.slice(2).map(({ properties }) => properties.email!);
    const [garbled, negative, unseen] = others.filter((email) => active.has(email)) as [string, string, string];
    await tenant.fault({
      vendor: 'pendo',
      kind: 'changeAnswer',
      source: '^events$',
      edits: [
        { path: ['results', '*', 'minutes180'], where: { path: ['visitorId'], equals: garbled }, set: 'many' },
        { path: ['results', '*', 'minutes180'], where: { path: ['visitorId'], equals: negative }, set: -5 },
      ],
    });
    await tenant.fault({
      vendor: 'pendo',
      kind: 'changeAnswer',
      source: '^visitors$',
      edits: [
        { path: ['results', '*', 'auto_first'], where: { path: ['visitorId'], equals: unseen }, set: { year: 2020 } },
      ],
    });
    const run = await tenant.ended(await tenant.start('visitor', 'enable'));
    expect([run.state, run.reason]).toEqual(['succeeded', null]);
    const fields = run.counts.fields as unknown as Record<string, Record<string, Record<string, number>>>;
    const invalid = fields.pull?.[choice.name]?.invalidField;
    const holders = matched.filter(({ properties }) => properties[choice.name] === poisoned.value).map(({ id }) => id);
    expect(invalid).toBe(new Set([...holders, matched[1]!.id, odd.id]).size);
    expect(fields.push?.pendo_time_on_app_180d?.invalidField).toBe(2);
    expect(fields.push?.pendo_usage_trending_180d?.invalidField).toBe(2);
    expect(fields.push?.pendo_days_active_180d?.invalidField).toBe(undefined);
    expect(fields.push?.pendo_first_visit?.invalidField).toBe(1);
    // Their other fields are written.
    const written = (await tenant.log()).flatMap((call) => call.writes ?? []).map(({ id }) => id);
    expect(written).toEqual(expect.arrayContaining([odd.id, odd.properties.email, matched[1]!.properties.email]));
  });

  test('in a shape of its own (unknown members, other orders, numbers as text, an empty last page) is read like any other', async () => {
    const tenant = await testedTenant(stack, { world, everySource: true, switches: { oddShapes: 'yes' } });
    const { assumptions } = await stack.api.post<{ assumptions: { id: string; state: string }[] }>(
      `${tenant.path}/assumptions/verify`,
    );
    expect(assumptions.filter(({ state }) => state === 'disproved')).toEqual([]);
    expectAgreement(await tenant.round('enable'));
    await tenant.nextDay(0.2);
    expectAgreement(await tenant.round());
  });

  test.each<[string, Fault]>([
    [
      'Pendo’s visitors',
      {
        vendor: 'pendo',
        kind: 'answerWith',
        source: '^visitors$',
        status: 200,
        body: '{"error":"timed out","results":null}',
      },
    ],
    [
      'Pendo’s usage, after its rows',
      { vendor: 'pendo', kind: 'changeAnswer', source: '^events$', edits: [{ path: ['errors'], set: ['incomplete'] }] },
    ],
    [
      'HubSpot’s contacts',
      {
        vendor: 'hubspot',
        kind: 'answerWith',
        route: 'GET .*/objects/.*/contacts',
        status: 200,
        body: '{"status":"error","message":"internal","results":[]}',
      },
    ],
  ])('that carries an error in its 200 is no reading of %s: nothing is written until it is gone', async (_, fault) => {
    const tenant = await testedTenant(stack, { world });
    expectAgreement(await tenant.round('enable', ['visitor']));
    await tenant.fault(fault);
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    const run = await tenant.start('visitor');
    await waitUntil(async () => ((await tenant.run(run.id)).reason?.code === 'ERROR_IN_REPLY' ? true : undefined), {
      what: 'the run waits for a reply without an error',
      timeoutMs: 60_000,
    });
    expect((await tenant.log(from)).flatMap((call) => call.writes ?? [])).toEqual([]);
    await tenant.noFaults();
    expectAgreement(await tenant.judge(before, from, [run]));
  });

  test('that does not list an app any more pauses the sync before anything is read, or written as zero', async () => {
    const tenant = await testedTenant(stack, { world });
    const { apps } = (await tenant.seen()).subscription;
    const [chosen, ...others] = apps;
    await tenant.configure('visitor', { apps: [chosen!.id] });
    expectAgreement(await tenant.round('enable', ['visitor']));
    await tenant.patch('subscription', { apps: others.map((app, n) => ({ ...app, default: n === 0 })) });
    const from = await lastCall(tenant);
    const run = await tenant.ended(await tenant.start('visitor'));
    expect(run).toMatchObject({ state: 'failed', reason: { code: 'APP_UNKNOWN' } });
    expect(await tenant.pausedSync('visitor')).toMatchObject({ reason: { code: 'APP_UNKNOWN' } });
    const calls = await tenant.log(from);
    expect(calls.flatMap((call) => call.writes ?? [])).toEqual([]);
    expect(calls.some(({ operation }) => operation === 'aggregation:events')).toBe(false);
    // The remedy that the text names works.
    await tenant.configure('visitor', { apps: [others[0]!.id] });
    await stack.api.post(`${tenant.path}/syncs/visitor/resume`);
    const after = await tenant.ended(await tenant.start('visitor'));
    expect(after.reason?.code).not.toBe('APP_UNKNOWN');
  });
});
