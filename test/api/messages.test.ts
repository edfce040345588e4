/** What a person reads when something they sent is not right: where, what was given, and what is allowed. */
import { expect, test } from 'vitest';
import { retryFix } from '../../src/control/retry-fix.ts';
import { VendorError } from '../../src/sync/vendor-error.ts';
import { startWithVendors } from './with-vendors.ts';

const { api, admin, newTenant } = await startWithVendors();
const tenant = await newTenant();

const joinKey = { property: 'email' };

test.each([
  [{ window: 60 }, 'window is 60. Allowed are 7, 30, 90 and 180.'],
  [{ window: '180' }, 'window is "180". Allowed are 7, 30, 90 and 180.', 'Write 180.'],
  [{ create: 'HubSpot' }, 'create is "HubSpot". Allowed are "none", "hubspot" and "pendo".', 'Write "hubspot".'],
  [{ schedule: { cron: '' } }, 'schedule.cron is empty. It needs at least 1 character.'],
  [{ schedule: { deltaMinutes: 1 } }, 'schedule.deltaMinutes is 1. It has to be at least 5.'],
  [{ schedule: { deltaMinutes: '5' } }, 'schedule.deltaMinutes is "5". It has to be a number.'],
  [{ schedule: { jitterMinutes: 0.5 } }, 'schedule.jitterMinutes is 0.5. It has to be a whole number.'],
  [{ guards: { valueShare: 10 } }, 'guards.valueShare is 10. It has to be at most 1.'],
  [{ rereadHours: 0 }, 'rereadHours is 0. It has to be more than 0.'],
  [{ apps: [] }, 'apps has no entries. It needs at least 1.'],
  [{ apps: ['x'] }, 'apps.0 is "x". It has to be a number.'],
  [{ push: {} }, 'push is an object. It has to be a list.'],
  [{ push: [{ metric: 'visits' }] }, 'push.0.metric is "visits". Allowed are "firstVisit"'],
  [{ push: [{}] }, 'push.0.metric is missing. Allowed are'],
  [{ push: [{ metric: 'lastVisit', property: 'last_visit' }] }, 'It has to be a name that begins with pendo_'],
  [{ pull: [{ property: 'x', field: 'Big' }] }, 'pull.0.field is "Big". It has to be'],
  [{ pull: [{ property: '' }] }, 'pull.0.property is empty.'],
  [{ secondaryEmails: 'yes' }, 'secondaryEmails is "yes". It has to be true or false.'],
  [{ onLost: 'leave' }, '"onLost" is not known here.'],
  [{ joinKey: { name: 'email' } }, 'joinKey.property is missing. It has to be a text.'],
  [{ joinKey: 'email' }, 'joinKey is "email". It has to be an object.'],
  [{ joinKey: undefined }, 'joinKey is missing. It has to be an object.'],
] as [object, string, string?][])('%j is answered with a sentence', async (change, message, fix) => {
  const answer = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { joinKey, ...change });
  expect(answer).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
  const messages = answer.body.fields.map((field: { message: string }) => field.message);
  expect(messages.join('\n')).toContain(message);
  expect(answer.body.message).toContain(messages[0]);
  if (fix !== undefined) expect(answer.body.fix).toBe(fix);
  expect(answer.text).not.toMatch(/Invalid input|expected |received |INVALID_UNION|>=|<=|pattern/);
});

test.each([
  ['GET', `/v1/tenants?limit=x`, undefined, 'limit is "x". It has to be a number.'],
  ['GET', `/v1/tenants?limit=0`, undefined, 'limit is "0". It has to be at least 1.'],
  ['GET', `/v1/tenants?offset=1`, undefined, '"offset" is not known here.'],
  ['GET', `/v1/tenants/a%20b`, undefined, 'tenant is "a b". It has to be a tenant\'s id'],
  ['GET', `/v1/tenants/t/syncs/visitors`, undefined, 'object is "visitors". Allowed are "visitor" and "account".'],
  ['GET', `/v1/tenants/t/runs/first`, undefined, 'run is "first". It has to be a run\'s number'],
  ['POST', `/v1/tenants`, { name: ' ' }, 'name has'],
  [
    'POST',
    `/v1/tenants`,
    { name: 'a', settings: { b: [1] } },
    'settings.b is a list. It has to be a text, a number, true or false or null.',
  ],
  ['POST', `/v1/keys`, { name: 'a', scopes: [] }, 'scopes has no entries'],
  [
    'POST',
    `/v1/keys`,
    { name: 'a', scopes: ['write'] },
    'scopes.0 is "write". Allowed are "read", "operate" and "admin".',
  ],
] as const)('%s %s with %j says %s', async (method, path, body, message) => {
  const answer = await api.call(admin, method, path, body);
  expect(answer.body.fields.map((field: { message: string }) => field.message).join('\n')).toContain(message);
});

test('a credential is never repeated, however wrong it is', async () => {
  const path = `/v1/tenants/${tenant}/connections`;
  for (const [vendor, body] of [
    ['hubspot', { token: 'tiny s' }],
    ['hubspot', { token: 12345678 }],
    ['pendo', { key: 'with a space in it', zone: 'UTC' }],
  ] as const) {
    const answer = await api.call(admin, 'PUT', `${path}/${vendor}`, body);
    expect(answer.status).toBe(422);
    for (const value of Object.values(body).filter((text) => text !== 'UTC')) {
      expect(answer.text).not.toContain(String(value));
    }
  }
});

test.each([
  ['hubspot', 'a1b2c3d4-e5f6-7890-abcd-ef1234567890', 'Pendo integration key'],
  ['hubspot', 'CKjAw5CnMhIOAAE', 'begin with pat-'],
  ['hubspot', 'cwk_abcdefghijklmnop', 'Crosswalk itself'],
  ['pendo', 'pat-na1-00000000-0000-0000-0000-000000000000', 'token of HubSpot'],
])('a %s credential of the wrong kind (%s) is recognised', async (vendor, text, says) => {
  const body = vendor === 'pendo' ? { key: text, zone: 'UTC' } : { token: text };
  const answer = await api.call(admin, 'PUT', `/v1/tenants/${tenant}/connections/${vendor}`, body);
  expect(answer).toMatchObject({ status: 422, body: { code: 'CONNECTION_REFUSED' } });
  expect(answer.body.fix).toContain(says);
});

test('a daily limit is no matter of minutes', () => {
  const error = (code: string, until?: number) =>
    new VendorError('x', { vendor: 'hubspot', kind: 'wait', code, ...(until === undefined ? {} : { until }) });
  const now = Date.UTC(2026, 10, 27, 12);
  expect(retryFix(error('DAILY_LIMIT', now + 11 * 3_600_000), now)).toBe(
    'HubSpot takes no more calls today: its daily limit is used up. Try again after 2026-11-27 23:00 UTC (in about 11 hours).',
  );
  expect(retryFix(error('RATE_LIMIT', now + 8_000), now)).toBe('Try again in 8 s.');
  expect(retryFix(error('OUTAGE', now + 600_000), now)).toContain('in about 10 minutes');
  expect(retryFix(error('OUTAGE'), now)).toContain('a few minutes');
});
