/** Alerts by e-mail, over a real mail server: nobody gets one who has not agreed, and nothing can be smuggled into one. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkAlerts } from '../../src/control/alerts/check.ts';
import { deliverAlertMails } from '../../src/control/alerts/mail-delivery.ts';
import { createMailer } from '../../src/control/alerts/mailer.ts';
import { linkIn, type MailServer, startMailServer } from '../setup/mail-server.ts';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';

let server: MailServer;
let api: Harness;
let admin: string;
beforeAll(async () => {
  server = await startMailServer({
    hideSTARTTLS: true,
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith('nobody')
        ? done(Object.assign(new Error('No such user here'), { responseCode: 550 }))
        : done(),
  });
  api = await startHarness({ smtpUrl: server.url });
  admin = await api.key(['admin']);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function makeTenant(name: string): Promise<string> {
  const { id } = (await api.call(admin, 'POST', '/v1/tenants', { name })).body as { id: string };
  await api.call(admin, 'PUT', `/v1/tenants/${id}/syncs/visitor`, {
    joinKey: { property: 'email' },
    push: [{ metric: 'lastVisit' }],
  });
  await connectOnPaper(api.db, id);
  await api.db.tenant(id, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  return id;
}

/** The sync of this tenant stops for a reason that only a person can fix, or continues. */
async function raise(tenant: string, state: 'paused' | 'enabled'): Promise<void> {
  const reason = state === 'paused' ? JSON.stringify({ code: 'ZONE_MISMATCH', message: 'The zone is wrong.' }) : null;
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state, reason }).execute());
  expect(await checkAlerts(api.control, tenant)).toHaveLength(1);
  await deliverAlertMails(api.control);
}

const recipients = (tenant: string) => `/v1/tenants/${tenant}/alerts/recipients`;
const post = (link: string) => {
  const { pathname, searchParams } = new URL(link);
  return api.app.request(pathname, { method: 'POST', body: new URLSearchParams(searchParams) });
};
const get = (link: string) => {
  const { pathname, search } = new URL(link);
  return api.app.request(pathname + search);
};
const to = (address: string) => server.mails.filter((mail) => mail.to.includes(address));

test('nobody gets an alert before they agreed; opening the link alone agrees to nothing; the stop link ends it', async () => {
  const tenant = await makeTenant('Acme');
  const added = await api.call(admin, 'POST', recipients(tenant), { email: 'Ops@Example.com' });
  expect(added.body).toMatchObject({ email: 'ops@example.com', state: 'asked', lastDelivery: { delivered: true } });
  const [asked] = to('ops@example.com');
  const link = linkIn(asked!, 'confirm');
  await raise(tenant, 'paused');
  const shown = await get(link);
  expect([shown.status, await shown.text()]).toEqual([200, expect.stringContaining('ops@example.com')]);
  expect((await api.call(admin, 'GET', recipients(tenant))).body.recipients[0].state).toBe('asked');
  await raise(tenant, 'enabled');
  expect(to('ops@example.com')).toHaveLength(1);

  expect((await post(link)).status).toBe(200);
  expect((await post(link)).status).toBe(200);
  expect((await api.call(admin, 'GET', recipients(tenant))).body.recipients[0].state).toBe('confirmed');
  await deliverAlertMails(api.control);
  // What was raised before is none of their business.
  expect(to('ops@example.com')).toHaveLength(1);
  await raise(tenant, 'paused');
  await deliverAlertMails(api.control);
  const [, alert, ...more] = to('ops@example.com');
  expect(more).toEqual([]);
  expect(alert!.raw).toMatch(/^Subject: Crosswalk: .*Acme/m);
  expect(alert!.raw).toContain('The zone is wrong.');
  expect(alert!.raw).toMatch(/^List-Unsubscribe:\s+</m);
  const { alerts } = (await api.call(admin, 'GET', `/v1/tenants/${tenant}/alerts`)).body;
  expect(alerts[0].mails).toEqual({ total: 1, sent: 1 });

  const stop = linkIn(alert!, 'stop');
  expect((await get(stop)).status).toBe(200);
  expect((await api.call(admin, 'GET', recipients(tenant))).body.recipients).toHaveLength(1);
  expect((await post(stop)).status).toBe(200);
  expect((await api.call(admin, 'GET', recipients(tenant))).body.recipients).toEqual([]);
  expect((await post(stop)).status).toBe(400);
  await raise(tenant, 'enabled');
  expect(to('ops@example.com')).toHaveLength(2);
});

test('a link is good for its own purpose, address and tenant, and for seven days', async () => {
  const tenant = await makeTenant('Links');
  await api.call(admin, 'POST', recipients(tenant), { email: 'links@example.com' });
  const link = linkIn(to('links@example.com')[0]!, 'confirm');
  for (const other of [
    link.replace('/confirm?', '/stop?'),
    `${link.slice(0, -2)}xx`,
    link.replace(tenant, 't_another'),
    link.replace(/token=.*/, 'token='),
  ]) {
    expect([other, (await post(other)).status]).toEqual([other, 400]);
  }
  api.pass(7 * 86_400_000 + 1000);
  expect((await post(link)).status).toBe(400);
});

test('neither an address nor the name of a tenant adds a header, a receiver or a second mail', async () => {
  const tenant = await makeTenant('Evil');
  const name = 'Evil\r\nBcc: victim@example.com\r\n\r\nClick here';
  await api.db.tenant(tenant, (tx) => tx.updateTable('tenants').set({ name }).where('id', '=', tenant).execute());
  for (const email of [
    'a@example.com\r\nBcc: victim@example.com',
    'a@example.com, victim@example.com',
    'Victim <victim@example.com>',
    'a@example.com\u0000',
    '"a b"@example.com',
    'a',
  ]) {
    expect([email, (await api.call(admin, 'POST', recipients(tenant), { email })).status]).toEqual([email, 422]);
  }
  await api.call(admin, 'POST', recipients(tenant), { email: 'good@example.com' });
  await post(linkIn(to('good@example.com')[0]!, 'confirm'));
  await raise(tenant, 'paused');
  const mails = to('good@example.com');
  expect(mails).toHaveLength(2);
  for (const { raw, to: receivers } of mails) {
    expect(receivers).toEqual(['good@example.com']);
    const [header] = raw.split('\r\n\r\n');
    expect(header).not.toMatch(/^Bcc/im);
  }
  expect(server.mails.filter(({ to: receivers }) => receivers.includes('victim@example.com'))).toEqual([]);
});

test('a tenant asks so many addresses in an hour and no more; what a mail server refuses is said', async () => {
  const tenant = await makeTenant('Many');
  const refused = await api.call(admin, 'POST', recipients(tenant), { email: 'nobody@example.com' });
  expect(refused.body.lastDelivery).toMatchObject({ delivered: false, error: 'EENVELOPE' });
  const statuses: number[] = [];
  for (let at = 0; at < 12; at++) {
    const email = `many-${at}@example.com`;
    statuses.push((await api.call(admin, 'POST', recipients(tenant), { email })).status);
  }
  expect(statuses).toEqual([...Array(9).fill(201), 429, 429, 429]);
  expect(server.mails.filter(({ to: [first] }) => first?.startsWith('many-'))).toHaveLength(9);
});

test('a mail server that is not this machine gets nothing without TLS, and none whose certificate is not believed', async () => {
  const mail = { to: 'tls@example.com', subject: 'Test', text: 'Test' };
  // This machine under a name that does not look like it.
  const elsewhere = createMailer({
    smtpUrl: `smtp://[::ffff:127.0.0.1]:${server.port}`,
    from: 'crosswalk@example.com',
  });
  expect(await elsewhere.send(mail)).toMatchObject({ error: expect.any(String) });
  elsewhere.close();
  await using encrypting = await startMailServer({});
  const distrusting = createMailer({ smtpUrl: encrypting.url, from: 'crosswalk@example.com' });
  expect(await distrusting.send(mail)).toMatchObject({ error: expect.any(String) });
  distrusting.close();
  expect([...server.mails, ...encrypting.mails].filter(({ to: [first] }) => first === mail.to)).toEqual([]);
});
