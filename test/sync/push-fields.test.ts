import { expect, test } from 'vitest';
import { syncConfigSchema } from '../../src/sync/config.ts';
import { pushDefinitions } from '../../src/sync/push-definitions.ts';
import { pushMetrics } from '../../src/sync/push-mapping.ts';

const config = (extra: object = {}) =>
  syncConfigSchema.parse({
    joinKey: { property: 'email' },
    push: pushMetrics.map((metric) => ({ metric })),
    ...extra,
  });

test('an account has the seven fields of the contract, with their types and rules', () => {
  const rows = pushDefinitions('account', config()).map((d) => [d.property, d.hubspotType, d.whenNothing, d.guardTo]);
  expect(rows).toEqual([
    ['pendo_first_visit', 'date', 'keep', 'emptyOrZero'],
    ['pendo_last_visit', 'date', 'keep', 'emptyOrZero'],
    ['pendo_days_active_180d', 'number', 'zero', 'emptyOrZero'],
    ['pendo_time_on_app_180d', 'number', 'zero', 'emptyOrZero'],
    ['pendo_usage_trending_180d', 'number', 'clear', 'empty'],
    ['pendo_total_visitors', 'number', 'zero', 'emptyOrZero'],
    ['pendo_latest_nps_response', 'number', 'keep', 'empty'],
  ]);
});

test('a visitor has six of them: no number of visitors', () => {
  const metrics = pushDefinitions('visitor', config()).map((d) => ('metric' in d ? d.metric : ''));
  expect(metrics).toEqual(pushMetrics.filter((metric) => metric !== 'totalVisitors'));
});

test('another window changes names and words of the windowed fields only', () => {
  const names = pushDefinitions('account', config({ window: 30 })).map(({ property }) => property);
  expect(names.filter((name) => name.endsWith('_30d'))).toEqual([
    'pendo_days_active_30d',
    'pendo_time_on_app_30d',
    'pendo_usage_trending_30d',
  ]);
  expect(names.some((name) => name.includes('180'))).toBe(false);
  const [daysActive] = pushDefinitions('account', config({ window: 30, push: [{ metric: 'daysActive' }] }));
  expect(daysActive).toMatchObject({
    label: 'Days Active (30 days)',
    description: expect.stringContaining('30 whole days'),
  });
});

test('visits can be instants', () => {
  const types = pushDefinitions('account', config({ visitType: 'datetime' })).map((d) => d.hubspotType);
  expect(types).toEqual(['datetime', 'datetime', 'number', 'number', 'number', 'number', 'number']);
});

test('a property name that is set by hand is taken as it is, in the order of the configuration', () => {
  const push = [
    { metric: 'latestNps', property: 'pendo_nps' },
    { metric: 'timeOnApp', property: 'pendo_minutes' },
    { metric: 'daysActive' },
  ];
  const names = pushDefinitions('visitor', config({ push })).map(({ property }) => property);
  expect(names).toEqual(['pendo_nps', 'pendo_minutes', 'pendo_days_active_180d']);
});

test('descriptions say what would otherwise surprise', () => {
  const said = Object.fromEntries(
    pushDefinitions('visitor', config()).map((d) => ['metric' in d ? d.metric : '', d.description]),
  );
  expect(said.usageTrending).toMatch(/percent points/);
  expect(said.timeOnApp).toMatch(/counts twice/);
  for (const description of Object.values(said)) expect(description?.length).toBeLessThan(300);
});
