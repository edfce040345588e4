/** A vendor's reply of any size or speed costs one request, and not the process that answers others. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Fault } from '../../sandbox/contract.ts';
import { startApiProcess } from './api-process.ts';
import { startHarness } from './harness.ts';
import { startWithVendors } from './with-vendors.ts';

const { vendors, api } = await startWithVendors();

/** Lists in lists, of which a thousandth is on the way. */
const huge = (megabytes: number, wrap: (text: string) => string): Partial<Fault> => ({
  kind: 'answerWith',
  status: 200,
  headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  bodyBase64: gzipSync(wrap(`[${'[],'.repeat((megabytes * 1e6) / 3)}[]]`)).toString('base64'),
});

test('60 MB of the wrong shape are refused with an error that says so, and an API with 512 MB answers on', async () => {
  const key = await api.key(['admin']);
  const urls = { hubspotUrl: vendors.hubspotUrl, pendoUrl: vendors.pendoUrl };
  await using running = await startApiProcess(api.databaseUrl, ['--max-old-space-size=400'], urls);
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(running.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: (await response.json()) as { id: string; code?: string } };
  };
  const world = await vendors.world();
  const tenant = `/v1/tenants/${(await call('POST', '/v1/tenants', { name: 'huge' })).body.id}`;
  expect((await call('PUT', `${tenant}/connections/hubspot`, { token: world.hubspotToken })).status).toBe(200);
  const pendo = { key: world.pendoKey, zone: world.zone };
  expect((await call('PUT', `${tenant}/connections/pendo`, pendo)).status).toBe(200);
  const bodies = [(text: string) => text, (text: string) => `{"results":${text}}`, (text: string) => `{"x":${text}}`];
  // What is more than may be read, and what may be read and would be parsed.
  for (const [megabytes, wrap] of [[60, bodies[0]!] as const, ...bodies.map((body) => [15, body] as const)]) {
    await vendors.fault(world, { vendor: 'hubspot', ...huge(megabytes, wrap) } as Fault);
    await vendors.fault(world, { vendor: 'pendo', ...huge(megabytes, wrap) } as Fault);
    const answers = await Promise.all([
      call('GET', `${tenant}/catalogue/visitor/hubspot-properties`),
      call('GET', `${tenant}/catalogue/visitor/pendo-fields`),
      call('POST', `${tenant}/connections/hubspot/test`),
      call('POST', `${tenant}/connections/pendo/test`),
    ]);
    for (const { status } of answers) expect(status).toBeLessThan(504);
    for (const { body } of answers.slice(0, 2)) expect(body.code).toBe('VENDOR_FAILED');
    await vendors.noFaults(world);
    expect((await call('GET', `${tenant}/catalogue/visitor/hubspot-properties`)).status).toBe(200);
  }
}, 120_000);

test('a vendor whose answers drip costs a request the time that all of it may take, and not each of its attempts', async () => {
  const answerWithinMs = 2000;
  await using patient = await startHarness({ ...vendors, answerWithinMs });
  const key = await patient.key(['admin']);
  const world = await vendors.world();
  const tenant = `/v1/tenants/${(await patient.call(key, 'POST', '/v1/tenants', { name: 'drip' })).body.id}`;
  await patient.call(key, 'PUT', `${tenant}/connections/hubspot`, { token: world.hubspotToken });
  await patient.call(key, 'PUT', `${tenant}/connections/pendo`, { key: world.pendoKey, zone: world.zone });
  for (const vendor of ['hubspot', 'pendo'] as const)
    await vendors.fault(world, { vendor, kind: 'slowBody', ms: 60_000 });
  for (const [path, status] of [
    ['catalogue/visitor/hubspot-properties', 502],
    ['catalogue/visitor/pendo-fields', 502],
  ] as const) {
    const began = performance.now();
    expect(await patient.call(key, 'GET', `${tenant}/${path}`)).toMatchObject({
      status,
      body: { code: 'VENDOR_FAILED' },
    });
    expect(performance.now() - began).toBeLessThan(answerWithinMs + 3000);
  }
}, 60_000);
