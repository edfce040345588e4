/** Names of custom events: how they are made, and that a name that was made once stays. */
import { expect, test } from 'vitest';
import { syncConfigSchema } from '../../src/sync/config.ts';
import { eventLabel, eventNames, resolvedEvents } from '../../src/sync/event-names.ts';
import { resolvedConfig } from '../../src/sync/resolved-config.ts';

const items = {
  page: new Map([
    ['p1', 'Billing & Çödes'],
    ['p2', 'Billing: codes'],
    ['p3', '請求'],
    ['p4', 'A page with a name that is far too long for any event of HubSpot'],
  ]),
  trackType: new Map([['t1', 'Order placed']]),
};
const page = (id: string, more: object = {}) => ({ source: 'page' as const, id, ...more });

test('are made of the item’s name, at most 50 characters, and never two the same', () => {
  const events = [page('p1'), page('p2'), page('p3'), page('p4'), { source: 'trackType' as const, id: 't1' }];
  const names = eventNames('visitor', events, items);
  expect(names).toEqual([
    'pendo_page_billing_codes',
    'pendo_page_billing_codes_2',
    'pendo_page_p3',
    'pendo_page_a_page_with_a_name_that_is_far_too_long',
    'pendo_track_order_placed',
  ]);
  expect(Math.max(...names.map(({ length }) => length))).toBeLessThanOrEqual(50);
  expect(eventNames('account', events, items)[4]).toBe('pendo_company_track_order_placed');
});

test('that are set come first, and are given to nobody else', () => {
  const events = [page('p1'), page('p2', { name: 'pendo_page_billing_codes' })];
  expect(eventNames('visitor', events, items)).toEqual(['pendo_page_billing_codes_2', 'pendo_page_billing_codes']);
});

test('stay when the item is renamed, and are not made where Pendo could not be asked', () => {
  const stored = resolvedEvents('visitor', [page('p1')], [], items);
  expect(stored).toEqual([page('p1', { name: 'pendo_page_billing_codes' })]);
  const renamed = { page: new Map([['p1', 'Invoices']]) };
  expect(resolvedEvents('visitor', [page('p1')], stored, renamed)).toEqual(stored);
  expect(resolvedEvents('visitor', [page('p2')], stored, {})).toEqual([page('p2')]);
});

test('have a label that says what and of whom, as far as 50 characters go', () => {
  expect(eventLabel('visitor', page('p1'), items)).toBe('Pendo page: Billing & Çödes');
  expect(eventLabel('account', { source: 'trackType', id: 't1' }, items)).toBe(
    'Pendo company track event: Order placed',
  );
  expect(eventLabel('visitor', page('p4'), items)).toHaveLength(50);
  expect(eventLabel('visitor', page('p1', { label: 'Mine' }), items)).toBe('Mine');
});

test('a configuration that comes back without them is the stored one', () => {
  const parse = (events: object[]) => syncConfigSchema.parse({ joinKey: { property: 'email' }, events });
  const stored = resolvedConfig('visitor', parse([page('p1'), page('p2')]), undefined, items);
  expect(stored.events?.map(({ name }) => name)).toEqual(['pendo_page_billing_codes', 'pendo_page_billing_codes_2']);
  expect(resolvedConfig('visitor', parse([page('p1'), page('p2')]), stored, {})).toEqual(stored);
  const without = syncConfigSchema.parse({ joinKey: { property: 'email' } });
  expect(resolvedConfig('visitor', without, stored, items)).toEqual(without);
});

const track = (properties: { name: string; property?: string }[]) => [
  { source: 'trackType' as const, id: 't1', name: 'pendo_track', properties },
];
const chosen = (events: ReturnType<typeof resolvedEvents>) => events[0]?.properties?.map(({ property }) => property);

test('of properties are made of theirs, at most 50 characters, never two the same, and stay', () => {
  const given = track([
    { name: 'planName' },
    { name: 'plan_name' },
    { name: 'PLAN_NAME' },
    { name: '___' },
    { name: 'x'.repeat(100) },
    { name: 'set', property: 'pendo_p_plan_name' },
  ]);
  const stored = resolvedEvents('visitor', given, [], items);
  expect(chosen(stored)).toEqual([
    'pendo_p_planname',
    'pendo_p_plan_name_2',
    'pendo_p_plan_name_3',
    'pendo_p_unnamed',
    `pendo_p_${'x'.repeat(42)}`,
    'pendo_p_plan_name',
  ]);
  const later = track([{ name: 'PLAN_NAME' }, { name: 'plan_Name' }]);
  expect(chosen(resolvedEvents('visitor', later, stored, {}))).toEqual(['pendo_p_plan_name_3', 'pendo_p_plan_name']);
});
