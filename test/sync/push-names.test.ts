/** Properties of push fields: how they are named, and that a name that was made once stays. */
import { expect, test } from 'vitest';
import { syncConfigSchema } from '../../src/sync/config.ts';
import { propertyNames, resolvedPush } from '../../src/sync/push-names.ts';

const config = (push: object[], more: object = {}) =>
  syncConfigSchema.parse({ joinKey: { property: 'email' }, push, ...more });
const items = {
  page: new Map([
    ['p1', 'Billing & Çödes'],
    ['p2', 'Billing: codes'],
    ['p3', '請求'],
  ]),
  segment: new Map([['s1', 'Power Users']]),
};
const names = (push: object[], more?: object): string[] => propertyNames(config(push, more), items);

test.each([
  [{ source: 'metadata', group: 'auto__323232', field: 'lastvisit' }, 'pendo_auto_323232_lastvisit'],
  [{ source: 'page', id: 'p1', measure: 'firstUse' }, 'pendo_page_billing_codes_first_use_180d'],
  [{ source: 'page', id: 'p3', measure: 'days', window: 7 }, 'pendo_page_p3_days_7d'],
  [{ source: 'nps', measure: 'netPromoterScore' }, 'pendo_nps_net_promoter_score'],
  [{ source: 'segment', id: 's1' }, 'pendo_segment_power_users'],
  [{ source: 'activeVisitors', window: 30 }, 'pendo_active_visitors_30d'],
  [{ metric: 'daysActive', window: 7 }, 'pendo_days_active_7d'],
])('the default name of %j', (entry, name) => {
  expect(names([entry])).toEqual([name]);
});

test('names are unique and have at most 100 characters', () => {
  const long = new Map([['p', 'word '.repeat(60)]]);
  const push = [
    { source: 'page', id: 'p1', measure: 'days' },
    { source: 'page', id: 'p2', measure: 'days' },
    { source: 'metadata', group: 'first', field: 'visit' },
    { metric: 'firstVisit' },
  ];
  expect(names(push)).toEqual([
    'pendo_page_billing_codes_days_180d',
    'pendo_page_billing_codes_days_180d_2',
    'pendo_first_visit_2',
    'pendo_first_visit',
  ]);
  const [cut] = propertyNames(config([{ source: 'page', id: 'p', measure: 'minutes' }]), { page: long });
  expect(cut).toMatch(/^pendo_page_word_[a-z_]+_minutes_180d$/);
  expect(cut!.length).toBeLessThanOrEqual(100);
});

test('what is saved has the names and windows of items, and everything else stays as it was written', () => {
  const push = [
    { metric: 'daysActive' },
    { source: 'page', id: 'p1', measure: 'days' },
    { source: 'segment', id: 's1' },
    { source: 'nps', measure: 'category' },
    { source: 'metadata', group: 'custom', field: 'plan' },
    { source: 'metadata', group: 'custom', field: 'PLAN' },
  ];
  const given = config(push, { window: 30 });
  expect(resolvedPush(given, undefined, items)).toEqual([
    given.push[0],
    { ...push[1], window: 30, property: 'pendo_page_billing_codes_days_30d' },
    { ...push[2], property: 'pendo_segment_power_users' },
    given.push[3],
    given.push[4],
    { ...given.push[5], property: 'pendo_custom_plan_2' },
  ]);
});

test('saving again changes nothing, in another order and with the items renamed', () => {
  const push = [
    { source: 'page', id: 'p1', measure: 'days', window: 30 },
    { source: 'page', id: 'p2', measure: 'days', window: 30 },
    { source: 'metadata', group: 'custom', field: 'a b' },
    { source: 'metadata', group: 'custom', field: 'a_b' },
  ];
  const stored = config(resolvedPush(config(push), undefined, items));
  expect(resolvedPush(stored, stored, {})).toEqual(stored.push);
  const renamed = { page: new Map([...items.page.keys()].map((id) => [id, `Renamed ${id}`])) };
  const again = resolvedPush(config(push.toReversed()), stored, renamed);
  expect(again).toEqual(stored.push.toReversed());
});

test('an item whose name is not known is left without a name', () => {
  const push = config([{ source: 'page', id: 'other', measure: 'days' }]);
  expect(resolvedPush(push, undefined, items)).toEqual(push.push);
});
