/**
 * Every command, as a person and as a program use it: against the real API, with real runs. What is printed with `--json` is
 * the API's own answer, what is printed without it fits a terminal, and whatever the API can do, a command does.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../demo/api.ts';
import { waitForRun } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import type { World } from '../../sandbox/contract.ts';
import { apiDocument } from '../../src/api/document.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { openStack } from '../e2e/open-stack.ts';
import { type MailServer, startMailServer } from '../setup/mail-server.ts';
import { commandsOf, type Ran, runProgram, widest } from './crosswalk.ts';

const hostile = '\u001b]0;owned\u0007\u001b[31m';
const company = `Acme ${hostile} GmbH`;
const oddIds = ['..', 'a/b?c#d'];

let stack: Stack;
let mail: MailServer;
let world: World;
let folder: string;
/** The tenant's id, and the names by which most commands are given it. */
let tenant: string;
const named = 'crm-4711';
const asked = new Set<string>();
const used = new Set<string>();

beforeAll(async () => {
  mail = await startMailServer();
  stack = await openStack({
    settings: { CROSSWALK_SMTP_URL: mail.url, CROSSWALK_MAIL_FROM: 'crosswalk@example.com' },
  });
  folder = await mkdtemp(path.join(tmpdir(), 'crosswalk-commands-'));
  const admin = createApi(stack.sandbox.adminUrl);
  world = await admin.post<World>('/admin/worlds', {
    world: 'commands',
    seed: 5,
    contacts: 8,
    visitors: 8,
    companies: 3,
    accounts: 3,
    tier: 0,
  });
  const at = '/admin/worlds/commands';
  await admin.patch(
    `${at}/visitors`,
    oddIds.map((id) => ({ id, metadata: {} })),
  );
  await admin.patch(`${at}/contacts`, [
    { properties: { email: 'odd@example.com', jobtitle: company } },
    ...oddIds.map((email) => ({ properties: { email } })),
  ]);
  await admin.patch(`${at}/visitors`, [{ id: 'odd@example.com', metadata: {} }]);
});
afterAll(async () => {
  await stack.stop();
  await mail[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const send = ((url: string, init: RequestInit) => {
  asked.add(`${init.method} ${new URL(url).pathname}`);
  return fetch(url, init);
}) as typeof fetch;

const env = () => ({ CROSSWALK_URL: stack.apiUrl, CROSSWALK_KEY: stack.key });

async function crosswalk(args: string[], terminal: Partial<Terminal> = {}): Promise<Ran> {
  for (const words of [1, 2, 3]) used.add(args.slice(0, words).join(' '));
  return runProgram(args, { ...terminal, env: { ...env(), ...terminal.env } }, send);
}

/** Must work; the answer as a program reads it. */
// biome-ignore lint/suspicious/noExplicitAny: answers are described by the API document
async function json(...args: string[]): Promise<any> {
  const ran = await crosswalk([...args, '--json']);
  expect({ args, error: ran.error, notes: ran.notes }).toEqual({ args, error: '', notes: '' });
  return JSON.parse(ran.out);
}

/** Must work; what a person reads, on a narrow terminal with colours. */
async function shown(...args: string[]): Promise<string> {
  const ran = await crosswalk(args, { columns: 60, colours: true });
  expect({ args, error: ran.error }).toEqual({ args, error: '' });
  expect(ran.out).not.toContain(hostile);
  expect(ran.out).not.toContain('\u0007');
  return ran.out;
}

/** The answer of the API itself. */
const answered = (at: string) => stack.api.get<unknown>(at);

describe('set up', () => {
  test('tenants are created, listed, shown, changed, paused and resumed', async () => {
    const made = await json('tenants', 'create', company, '--external-id', named, '--setting', 'plan=gold');
    tenant = made.id;
    expect(made).toMatchObject({ name: company, externalId: named, settings: { plan: 'gold' }, state: 'active' });
    expect(await json('tenants', 'list')).toEqual(await answered('/v1/tenants'));
    expect(await json('tenants', 'list', '--external-id', named)).toMatchObject({ tenants: [{ id: tenant }] });
    expect(await json('tenants', 'show', named)).toEqual(await answered(`/v1/tenants/${tenant}`));
    const list = await shown('tenants', 'list');
    expect(list).toContain(tenant);
    expect(list).toContain('\\u001b]0;owned\\u0007\\u001b[31m');
    expect(await shown('tenants', 'show', named)).toContain('gold');
    const renamed = await json('tenants', 'update', named, '--name', 'Acme', '--setting', 'seats=5');
    expect(renamed).toMatchObject({ name: 'Acme', settings: { plan: 'gold', seats: '5' } });
    expect(await json('tenants', 'show', 'acme')).toMatchObject({ id: tenant });
    await json('tenants', 'update', named, '--name', company);
    expect(await json('tenants', 'pause', named)).toMatchObject({ state: 'paused' });
    expect(await shown('tenants', 'resume', named)).toContain('active');
  });

  test('credentials come from a file, standard input, the environment or a person, and never from the command line', async () => {
    const keyFile = path.join(folder, 'pendo-key');
    writeFileSync(keyFile, `${world.pendoKey}\n`);
    const pendo = ['connect', 'pendo', named, '--zone', world.zone];
    const made = await json(...pendo, '--integration-key-file', keyFile);
    expect(made).toMatchObject({ connection: { vendor: 'pendo', state: 'ok' }, test: { ok: true } });
    // Settings alone keep the stored key.
    expect(await json(...pendo, '--aggregations', '2')).toMatchObject({ test: { ok: true } });

    const missing = await crosswalk(['connect', 'hubspot', named]);
    expect(missing).toMatchObject({ code: 2, out: '' });
    for (const way of ['CROSSWALK_VAR_HUBSPOT_TOKEN', '--token-file', 'standard input'])
      expect(missing.error).toContain(way);
    const ask = async (question: string) => {
      expect(question).toContain('HubSpot token');
      return world.hubspotToken;
    };
    expect(await crosswalk(['connect', 'hubspot', named], { ask })).toMatchObject({ code: 0, error: '' });
    const given = { CROSSWALK_VAR_HUBSPOT_TOKEN: world.hubspotToken };
    const connected = await crosswalk(['connect', 'hubspot', named], { env: given, columns: 60 });
    expect(connected.out).toContain('The connection works.');
    expect(widest(connected.out)).toBeLessThanOrEqual(60);
    expect(connected.out + missing.error).not.toContain(world.hubspotToken);
    const wrong = await crosswalk(['connect', 'hubspot', named], {
      env: { CROSSWALK_VAR_HUBSPOT_TOKEN: 'pat-wrong-token' },
    });
    expect(wrong.code).toBe(2);
    expect(wrong.error).not.toContain('pat-wrong-token');
  });

  test('a login without an app at HubSpot says what the operator has to set', async () => {
    const login = await crosswalk(['connect', 'hubspot', named, '--login']);
    expect(login).toMatchObject({ code: 2, out: '', error: expect.stringContaining('OAUTH_NOT_CONFIGURED') });
  });

  test('connections are listed and tested, and the catalogue says what can be mapped', async () => {
    const connections = await json('connections', 'list', named);
    expect(connections).toEqual(await answered(`/v1/tenants/${tenant}/connections`));
    expect(await shown('connections', 'list', named)).toContain('HubSpot');
    for (const vendor of ['hubspot', 'pendo'])
      expect(await json('connections', 'test', named, vendor)).toMatchObject({ ok: true });
    expect(await shown('connections', 'test', named, 'pendo')).toContain('The connection works.');
    const properties = await json('catalogue', 'hubspot-properties', named, 'visitor');
    expect(properties.properties.map(({ name }: { name: string }) => name)).toContain('jobtitle');
    expect(await shown('catalogue', 'hubspot-properties', named, 'account')).toContain('domain');
    expect((await json('catalogue', 'pendo-fields', named, 'visitor')).fields).toBeInstanceOf(Array);
    await shown('catalogue', 'pendo-fields', named, 'account');
    expect((await json('catalogue', 'pendo-items', named, 'pages', '--limit', '2')).items).toHaveLength(2);
    await shown('catalogue', 'pendo-items', named, 'surveys');
    const [track] = (await json('catalogue', 'pendo-items', named, 'track-types', '--limit', '1')).items;
    const listed = await json('catalogue', 'track-properties', named, track.id);
    expect(listed.properties).toBeInstanceOf(Array);
    await shown('catalogue', 'track-properties', named, track.id);
  });

  test('a configuration is checked, set, and written as the file that sets it again', async () => {
    const file = path.join(folder, 'visitor.yaml');
    writeFileSync(
      file,
      'joinKey: { property: email }\npull: [{ property: jobtitle }]\npush: [{ metric: lastVisit }]\n',
    );
    expect(await json('sync', 'check', named, 'visitor', '-f', file)).toMatchObject({ ok: true });
    expect(await json('sync', 'set', named, 'visitor', '-f', file)).toMatchObject({ version: 1, state: 'draft' });
    const config = await crosswalk(['sync', 'get', named, 'visitor', '--config']);
    writeFileSync(file, config.out);
    expect(await json('sync', 'set', named, 'visitor', '-f', file)).toMatchObject({ version: 1 });
    expect(await json('sync', 'get', named, 'visitor')).toEqual(await answered(`/v1/tenants/${tenant}/syncs/visitor`));
    const text = await shown('sync', 'get', named, 'visitor');
    expect(text).toContain('jobtitle');
    expect(widest(text)).toBeLessThanOrEqual(60);
    expect(await shown('sync', 'check', named, 'visitor')).toContain('can be set');

    const { assumptions } = await json('verify', named);
    expect(assumptions.filter(({ needed }: { needed: boolean }) => needed).length).toBeGreaterThan(1);
    expect(await json('verify', named, '--stored')).toEqual(await answered(`/v1/tenants/${tenant}/assumptions`));
    expect(await shown('verify', named)).toMatch(/proved on these accounts/);

    writeFileSync(file, 'joinKey: { property: email }\npull: [{ property: nowhere }]\n');
    const bad = await crosswalk(['sync', 'check', named, 'visitor', '-f', file]);
    expect(bad).toMatchObject({ code: 1, out: expect.stringMatching(/^Problem, pull\.0\.property: /) });
    const refused = await crosswalk(['sync', 'set', named, 'visitor', '-f', file]);
    expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('pull.0.property') });
    const asJson = await crosswalk(['sync', 'set', named, 'visitor', '-f', file, '--json']);
    expect(asJson).toMatchObject({ code: 2, out: '' });
    writeFileSync(file, 'joinKey: {');
    expect((await crosswalk(['sync', 'set', named, 'visitor', '-f', file])).error).toContain('no YAML or JSON');
    expect(await json('sync', 'list', named)).toEqual(await answered(`/v1/tenants/${tenant}/syncs`));
    expect(await shown('sync', 'list', named)).toContain('draft');
  });
});

describe('run', () => {
  /** The runs' numbers. */
  let first: string;

  test('a preview waits for its end and shows what would change, and writes nothing', async () => {
    const preview = await json('preview', named, 'visitor');
    expect(preview).toMatchObject({
      state: 'succeeded',
      dryRun: true,
      preview: { match: { matched: expect.any(Number) } },
    });
    const text = await shown('run', 'show', named, preview.id);
    expect(text).toContain('Nothing was written.');
    expect(widest(text)).toBeLessThanOrEqual(60);
  });

  test('a watched run draws a bar per leg, and ends with what it did', async () => {
    const enabled = await json('sync', 'enable', named, 'visitor');
    first = enabled.run.id;
    expect(enabled).toMatchObject({ started: true, sync: { state: 'enabled' } });
    const frames: string[][] = [];
    let cleared = 0;
    const live = {
      columns: 60,
      colours: false,
      show: (lines: readonly string[]) => void frames.push([...lines]),
      clear: () => void cleared++,
    };
    const watched = await crosswalk(['run', 'watch', named, first], { columns: 60, live });
    expect(watched).toMatchObject({ code: 0, error: '' });
    expect(watched.out).toContain('succeeded');
    for (const frame of frames) {
      expect(frame).toHaveLength(5);
      expect(frame.join('\n')).toMatch(/write Pendo[\s\S]*write HubSpot/);
      expect(widest(frame.join('\n'))).toBeLessThanOrEqual(60);
    }
    expect(cleared).toBe(1);
    expect(await json('run', 'show', named, first)).toMatchObject({ id: first, state: 'succeeded' });
  });

  test('Ctrl-C ends the watching, says that the run goes on, and how to look again', async () => {
    const started = await json('dry-run', named, 'visitor', '--no-watch');
    expect(started).toMatchObject({ started: true, run: { dryRun: true } });
    const { id } = started.run;
    // The run of before is over; this one is looked at as if it never ended.
    const endless = (async (url: string, init: RequestInit) => {
      const response = await send(url, init);
      if (!url.endsWith(`/runs/${id}`)) return response;
      return Response.json({ ...((await response.json()) as object), state: 'running', phase: 'read' });
    }) as typeof fetch;
    const pressed: (() => void)[] = [];
    const onInterrupt = (then: () => void) => {
      pressed.push(then);
      return () => void pressed.pop();
    };
    const live = { columns: 60, colours: false, show: () => pressed[0]?.(), clear: () => undefined };
    const stopped = await runProgram(['run', 'watch', named, id], { env: env(), onInterrupt, live }, endless);
    expect(stopped).toMatchObject({ code: 130, error: '', out: '' });
    expect(stopped.notes).toContain(`Run ${id} goes on. Look again: crosswalk run watch ${tenant} ${id}`);
    expect(pressed).toEqual([]);
    await waitForRun(stack.api, tenant, id);
  });

  test('runs are started in every way, listed, and found by state', async () => {
    const log = await crosswalk(['retry', named, 'visitor']);
    expect(log).toMatchObject({ code: 0, error: '', notes: expect.stringMatching(/^Run \d+ has started\.$/) });
    expect(await json('run', named, 'visitor', '--delta')).toMatchObject({ scope: 'delta', state: 'succeeded' });
    // As version 0.1.0 called it.
    const waiting = await crosswalk(['run', named, 'visitor', '--no-wait']);
    expect(waiting.out).toMatch(/^Run \d+ has started\.$/);
    const { runs } = await json('runs', named, '--limit', '1');
    await waitForRun(stack.api, tenant, runs[0].id);
    expect(await json('runs', named)).toEqual(await answered(`/v1/tenants/${tenant}/runs?limit=20`));
    expect((await json('runs', named, '-n', '2')).runs).toHaveLength(2);
    const plain = (await crosswalk(['runs', named, '--object', 'visitor', '--state', 'succeeded'])).out.split('\n');
    expect(plain[0]).toBe('run\tsync\tstate\tstarted as\tqueued\ttook\twritten\trefused\treason');
    expect(plain.at(-1)).toMatch(/^\d+\tvisitor\tsucceeded\tpreview\t20\d\d-/);
    expect(widest(await shown('runs', named))).toBeLessThanOrEqual(60);
    expect((await json('sync', 'history', named, 'visitor', '--days', '30')).runs.length).toBeGreaterThan(1);
    expect(await shown('sync', 'history', named, 'visitor')).toContain('succeeded');
    expect(await json('all-runs', '--limit', '5')).toEqual(await answered('/v1/runs?limit=5'));
    expect(await shown('all-runs', '--object', 'visitor')).toContain('succeeded');
    const { versions } = await json('sync', 'versions', named, 'visitor');
    const { version } = versions[0];
    expect(await json('sync', 'versions', named, 'visitor', String(version))).toMatchObject({ version, config: {} });
    expect(await shown('sync', 'versions', named, 'visitor')).toContain(String(version));
    expect(await shown('sync', 'versions', named, 'visitor', String(version))).toContain('email');
    expect(await json('sync', 'restore', named, 'visitor', String(version))).toMatchObject({ object: 'visitor' });
    const { keys } = await json('sync', 'compare-keys', named, 'visitor', 'email', 'jobtitle');
    expect(keys).toMatchObject([{ property: 'email' }, { property: 'jobtitle', matched: 0 }]);
    expect(await shown('sync', 'compare-keys', named, 'visitor', 'email')).toContain('email');
    expect((await json('catalogue', 'samples', named, 'visitor', 'email', 'jobtitle')).properties).toHaveLength(2);
    expect(await shown('catalogue', 'samples', named, 'visitor', 'jobtitle')).toContain('jobtitle');
    expect(await json('check', named, 'visitor', 'pendo', 'odd@example.com')).toMatchObject({ excluded: false });
    expect(await shown('check', named, 'visitor', 'pendo', 'odd@example.com')).toContain('odd@example.com');
    // What ends the run does not matter here: it is asked for, followed, and told.
    const delivered = await crosswalk(['deliver', named, 'visitor', 'pendo', 'odd@example.com', '--json']);
    expect(delivered.code === 2 || JSON.parse(delivered.out).scope === 'record').toBe(true);
    const paused = await json('sync', 'pause', named, 'visitor');
    expect(paused).toMatchObject({ state: 'paused' });
    expect(await shown('sync', 'resume', named, 'visitor')).toContain('enabled');
  });

  test('a held run ends with 1 and says what to do; it is approved for one leg, and another is cancelled', async () => {
    const hold = (id: string) =>
      stack.services.control.db.tenant(tenant, (tx) =>
        tx
          .updateTable('runs')
          .set({
            state: 'held',
            held: JSON.stringify([
              { leg: 'push', test: 'values', subject: 'x', message: 'too many', before: 9, now: 1 },
            ]),
          })
          .where('id', '=', id)
          .execute(),
      );
    const { runs } = await json('runs', named, '--limit', '1');
    const { id } = runs[0];
    await hold(id);
    const held = await crosswalk(['run', 'watch', named, id]);
    expect(held).toMatchObject({ code: 1, out: expect.stringContaining('Held, push: too many') });
    expect(held.notes).toContain(`crosswalk approve ${tenant} ${id}`);
    const wrong = await crosswalk(['approve', named, id, '--leg', 'pull']);
    expect(wrong).toMatchObject({ code: 2, error: expect.stringContaining('LEG_NOT_HELD') });
    expect(await json('attention')).toMatchObject(await stack.api.get<object>('/v1/attention'));
    await shown('attention', '--tenant', named);
    expect(await json('cancel', named, id)).toMatchObject({ state: 'cancelled' });
    await hold(id);
    expect(await shown('approve', named, id, '--leg', 'push')).toContain('approved: push');
    await crosswalk(['cancel', named, id]);
    await waitForRun(stack.api, tenant, id);
  });

  test('records are listed by outcome, found, exported, and say why', async () => {
    const at = `/v1/tenants/${tenant}/runs/${first}/records`;
    expect(await json('records', named, first, '--leg', 'pull')).toEqual(await answered(`${at}?leg=pull`));
    const written = await shown('records', named, first, '--leg', 'pull', '--outcome', 'written');
    expect(written).toContain('jobtitle');
    expect(widest(written)).toBeLessThanOrEqual(60);
    const page = await crosswalk(['records', named, first, '--leg', 'push', '--limit', '1']);
    const { next } = await json('records', named, first, '--leg', 'push', '--limit', '1');
    expect(page.notes).toContain(`--after ${next}`);
    const csv = path.join(folder, 'records.csv');
    await crosswalk(['records', named, first, '--leg', 'pull', '--csv', '-o', csv]);
    expect(readFileSync(csv, 'utf8')).toContain('record,partner,outcome');
    expect(await shown('records', named, first, '--leg', 'pull', '--csv')).toContain('Acme');
    expect(await json('find', named, 'odd@example.com')).toMatchObject({ records: [{ object: 'visitor' }, {}] });
    expect(await shown('find', named, 'odd@example.com')).toContain('HubSpot');
  });

  test('why is answered for e-mail, id and address of a page, and shows no text of a vendor as it came', async () => {
    const { records } = await json('find', named, 'odd@example.com');
    const { id } = records.find((each: { side: string }) => each.side === 'hubspot');
    const byMail = await json('why', named, 'odd@example.com');
    expect(byMail.records).toMatchObject([{ match: { state: 'matched' } }]);
    const address = `https://app.hubspot.com/contacts/1/record/0-1/${id}`;
    expect((await json('why', named, address)).records).toMatchObject([{ id }]);
    expect(await json('why', named, 'visitor', 'hubspot', id)).toMatchObject({ id, side: 'hubspot' });
    const text = await shown('why', named, 'visitor', 'odd@example.com');
    expect(text).toContain('\\u001b[31m');
    expect(text).toMatch(/Match\S* +\S*matched/);
    expect(widest(text)).toBeLessThanOrEqual(60);
    const nobody = await crosswalk(['why', named, 'nobody@example.com']);
    expect(nobody).toMatchObject({ code: 2, error: expect.stringContaining('RECORD_NOT_FOUND') });
  });

  test.each(oddIds)('an id that an address cannot hold as it is can be asked for: %s', async (id) => {
    expect(await json('why', named, 'visitor', 'pendo', id)).toMatchObject({
      id,
      known: true,
      match: { state: 'matched' },
    });
    expect((await json('why', named, 'visitor', id)).records).toMatchObject([{ match: { state: 'matched' } }]);
    expect(await shown('why', named, id)).toContain(id === '..' ? '"."'.replace('.', '..') : id);
  });

  test('a person is forgotten and readmitted', async () => {
    expect(await json('forget', named, 'visitor', '--key', 'odd@example.com')).toMatchObject({
      suppressed: expect.any(Number),
    });
    const gone = await crosswalk(['why', named, 'odd@example.com']);
    expect(gone).toMatchObject({ code: 2, error: expect.stringContaining('was forgotten') });
    expect(await shown('readmit', named, 'visitor', '--key', 'odd@example.com', '--reference', 'T-7')).toContain(
      'Readmitted',
    );
  });
});

describe('administer', () => {
  test('alerts are set, tested, listed and removed; the address is never on the command line', async () => {
    const url = 'https://hooks.example.com/secret-path';
    const given = { env: { CROSSWALK_VAR_ALERT_URL: url }, columns: 60 };
    const set = await crosswalk(['alerts', 'set', named, '--quiet-hours', '48', '--off'], given);
    expect(set).toMatchObject({ error: '', out: expect.stringContaining('Signing secret') });
    expect(set.out).not.toContain('secret-path');
    expect(await json('alerts', 'target', named)).toEqual(await answered(`/v1/tenants/${tenant}/alerts/target`));
    expect(await shown('alerts', 'target', named)).toContain('48 h');
    expect(await json('alerts', 'list', named)).toEqual(await answered(`/v1/tenants/${tenant}/alerts`));
    await shown('alerts', 'list', named);
    const tested = await crosswalk(['alerts', 'test', named]);
    expect([1, 2]).toContain(tested.code);
    expect(await json('alerts', 'remove', named)).toEqual({});
    expect((await crosswalk(['alerts', 'target', named])).code).toBe(2);
  });

  test('keys are created, used, listed and revoked; the secret stands alone on standard output', async () => {
    const made = await crosswalk(['keys', 'create', '--name', 'reader', '--scopes', 'read', '--tenant', named]);
    expect(made).toMatchObject({ error: '', out: expect.stringMatching(/^cwk_\S+$/) });
    const as = { env: { CROSSWALK_KEY: made.out } };
    expect((await crosswalk(['whoami'], as)).out).toContain(tenant);
    const refused = await crosswalk(['sync', 'pause', named, 'visitor'], as);
    expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('SCOPE_MISSING') });
    const { keys } = await json('keys', 'list', '--tenant', named, '--limit', '5');
    expect(keys).toMatchObject([{ name: 'reader', tenantId: tenant }]);
    expect(widest(await shown('keys', 'list'))).toBeLessThanOrEqual(60);
    expect(await json('keys', 'revoke', keys[0].id)).toEqual({});
    expect((await crosswalk(['whoami'], as)).error).toContain('crosswalk keys create');
    const withJson = await json(
      'keys',
      'create',
      '--name',
      'j',
      '--scopes',
      'read,operate',
      '--expires',
      '2099-01-01T00:00:00Z',
    );
    const bound = await json(
      'keys',
      'create',
      '-n',
      'b',
      '-s',
      'read',
      '--network',
      '203.0.113.0/24',
      '--network',
      '::1',
    );
    expect(bound.key.networks).toEqual(['203.0.113.0/24', '0:0:0:0:0:0:0:1/128']);
    expect(await json('keys', 'revoke', bound.key.id, '--with-made')).toEqual({});
    expect(withJson).toMatchObject({ key: { scopes: ['read', 'operate'] }, secret: expect.stringMatching(/^cwk_/) });
  });

  test('sessions are listed and ended', async () => {
    const signedIn = await fetch(`${stack.apiUrl}/v1/session`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: stack.apiUrl,
        'user-agent': hostile.replaceAll(/[^ -~]/g, ''),
      },
      body: JSON.stringify({ key: stack.key }),
    });
    expect(signedIn.status).toBe(201);
    const { sessions } = await json('sessions', 'list');
    expect(sessions).toHaveLength(1);
    expect(await shown('sessions', 'list')).toContain(sessions[0].id);
    expect(await json('sessions', 'end', sessions[0].id)).toEqual({});
    expect(await shown('sessions', 'list')).toContain('Nobody');
  });

  test('who gets alerts by e-mail is listed, asked and removed', async () => {
    const added = await json('alerts', 'recipients', 'add', named, 'ops@example.com');
    expect(added).toMatchObject({ state: 'asked', lastDelivery: { delivered: true } });
    expect(await json('alerts', 'recipients', 'list', named)).toMatchObject({ recipients: [added], available: true });
    expect(await shown('alerts', 'recipients', 'list', named)).toContain('ops@example.com');
    expect(await json('alerts', 'recipients', 'remove', named, 'ops@example.com')).toEqual({});
    expect((await crosswalk(['alerts', 'recipients', 'remove', named, 'ops@example.com'])).code).toBe(2);
  });

  test('the audit trail is listed and exported', async () => {
    const { entries } = await json('audit', '--tenant', named, '--limit', '3');
    expect(entries).toHaveLength(3);
    expect(widest(await shown('audit', '--limit', '5'))).toBeLessThanOrEqual(60);
    const csv = path.join(folder, 'audit.csv');
    await crosswalk(['audit', '--csv', '-o', csv]);
    expect(readFileSync(csv, 'utf8')).toContain('tenant.created');
    expect((await json('audit', 'list', '--limit', '2')).entries).toHaveLength(2);
    const lines = path.join(folder, 'audit.jsonl');
    expect(await crosswalk(['audit', 'export', '-o', lines])).toMatchObject({ code: 0, error: '' });
    expect(await json('audit', 'verify', '--file', lines)).toMatchObject({ intact: true, problems: [] });
    expect(await json('audit', 'verify', '--tenant', named)).toMatchObject({
      intact: true,
      chains: [{ chain: tenant }],
    });
    expect(widest(await shown('audit', 'verify'))).toBeLessThanOrEqual(60);
  });

  test('what was erased is listed, for a tenant by its name and without its name', async () => {
    const { erasures } = await json('erasures', '--tenant', named);
    expect(erasures).toMatchObject([{ kind: 'person', object: 'visitor', tenantId: tenant }]);
    expect(widest(await shown('erasures'))).toBeLessThanOrEqual(60);
  });

  test('a tenant says how long its things are kept', async () => {
    const kept = await json('tenants', 'update', named, '--evidence-days', '90', '--audit-days', '60');
    expect(kept).toMatchObject({ retention: { evidenceDays: 90, auditDays: 60, disabledDays: null } });
    expect(await shown('tenants', 'show', named)).toContain('90 days');
    expect(await json('tenants', 'update', named, '--audit-days', 'default')).toMatchObject({
      retention: { auditDays: null },
    });
    const refused = await crosswalk(['tenants', 'update', named, '--evidence-days', '9999']);
    expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('RETENTION_OUT_OF_BOUNDS') });
    expect((await crosswalk(['tenants', 'update', named, '--audit-days', 'long'])).error).toContain(
      'no number of days',
    );
  });

  test('status shows every sync, worst first; health, metrics and the API document are at hand', async () => {
    expect(await json('status')).toEqual(await answered('/v1/syncs'));
    expect(await json('status', '--health', 'ok', '--sort', 'name', '--search', 'Acme')).toMatchObject({ total: 1 });
    const text = await shown('status');
    expect(text).toContain(tenant);
    expect(widest(text)).toBeLessThanOrEqual(60);
    expect(await json('health')).toEqual({ status: 'ok' });
    expect((await crosswalk(['metrics'])).out).toContain('crosswalk_runs_waiting');
    expect(JSON.parse((await crosswalk(['openapi'])).out)).toMatchObject({ openapi: expect.any(String) });
  });

  test('usage shows calls and records by day, of one tenant and of all', async () => {
    const { days } = await json('usage', named, '--days', '2');
    expect(days.map(({ vendor }: { vendor: string }) => vendor)).toEqual(expect.arrayContaining(['hubspot', 'pendo']));
    expect(await json('usage')).toMatchObject({ tenants: [{ id: tenant }] });
    expect(widest(await shown('usage'))).toBeLessThanOrEqual(60);
    expect(widest(await shown('usage', named))).toBeLessThanOrEqual(60);
  });

  test('a tenant as a file answers programs too', async () => {
    const exported = await json('export', named);
    expect(exported).toMatchObject({ crosswalk: 1, tenant: { externalId: named } });
    const file = path.join(folder, 'tenant.json');
    writeFileSync(file, JSON.stringify({ ...exported, connections: {}, tenant: { ...exported.tenant, name: 'Acme' } }));
    const diff = await crosswalk(['diff', '-f', file, '--json']);
    expect(diff.code).toBe(1);
    expect(JSON.parse(diff.out)).toMatchObject({
      steps: [{ tenant: named, does: 'change the tenant', method: 'PATCH' }],
    });
    expect((await json('apply', '-f', file)).steps).toHaveLength(1);
    expect(await json('diff', '-f', file)).toEqual({ steps: [] });
  });

  test('what is undone at the end: sync, connections, tenant', async () => {
    expect(await json('sync', 'disable', named, 'visitor', '--erase-values')).toMatchObject({ state: 'disabled' });
    expect(await json('connections', 'disconnect', named, 'pendo')).toEqual({});
    expect(await shown('connections', 'disconnect', named, 'hubspot')).toContain('disconnected');
    expect(await json('tenants', 'disable', named)).toMatchObject({ state: 'disabled' });
    const unsure = await crosswalk(['tenants', 'delete', named, '--confirm', named]);
    expect(unsure.code).toBe(2);
    expect(await shown('tenants', 'delete', named, '--confirm', tenant)).toContain('Deleted');
  });
});

/** Of browsers alone. */
const byBrowser = new Set([
  'signInWays',
  'beginSignIn',
  'finishSignIn',
  'askAlertMails',
  'confirmAlertMails',
  'askAlertMailsEnd',
  'confirmAlertMailsEnd',
  'live',
  'beginHubSpotLogin',
  'finishHubSpotLogin',
  'confirmHubSpotLogin',
  'startSession',
  'endOwnSession',
]);

test('whatever the API can do, a command does', () => {
  const { paths } = apiDocument() as { paths: Record<string, Record<string, { operationId: string }>> };
  const requests = [...asked];
  const unused = Object.entries(paths).flatMap(([at, methods]) =>
    Object.entries(methods)
      .filter(([method, { operationId }]) => {
        const form = new RegExp(
          `^${method.toUpperCase()} ${at.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`,
        );
        return !byBrowser.has(operationId) && !requests.some((request) => form.test(request));
      })
      .map(([, { operationId }]) => operationId),
  );
  expect(unused).toEqual([]);
});

test('every command was used in this file, through the real program', () => {
  // Their own tests: keys rotate in cli.test.ts, replay and doctor in e2e, completion in shell.test.ts.
  const elsewhere = ['keys rotate', 'replay', 'doctor', 'completion'];
  const program = createProgram({ env: {}, print: () => undefined, exit: () => undefined });
  const names = commandsOf(program).map(({ name }) => name);
  expect(names.filter((name) => !used.has(name) && !elsewhere.includes(name))).toEqual([]);
});
