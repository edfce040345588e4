import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare, expect as expectRun, type OracleSetup, snapshot, type Truth } from '../../oracle/index.ts';
import type { World } from '../../sandbox/contract.ts';
import { startSandbox } from '../../sandbox/index.ts';
import { syncConfigSchema } from '../../src/sync/config.ts';
import { play } from './player.ts';

const NOW = Date.UTC(2026, 5, 15, 16);
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let folder: string;
let world: World;
let before: Truth;
let setup: OracleSetup;

async function admin(method: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${sandbox.adminUrl}/admin/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

function oracle(...more: string[]): Promise<{ code: number; out: string }> {
  const args = ['oracle/main.ts', '--admin', sandbox.adminUrl, '--world', world.world, ...more];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: join(import.meta.dirname, '../..') }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, out: stdout + stderr });
    });
  });
}

/** The verdict on a finished run. */
const verdict = () => oracle('--setup', join(folder, 'setup.json'), '--before', join(folder, 'before'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oracle-'));
  sandbox = await startSandbox({ now: NOW, running: false });
  const request = { world: 'main', seed: 3, contacts: 60, companies: 10, visitors: 60, accounts: 10, tier: 0 };
  world = (await admin('POST', 'worlds', request)) as World;
  await admin('PUT', 'worlds/main/switches', { hubspotPropertyLagMs: 0 });
  before = await snapshot(sandbox.adminUrl, 'main');
  setup = {
    object: 'visitor',
    asOf: NOW,
    pendo: { zone: world.zone, clear: 'null' },
    syncConfig: syncConfigSchema.parse({
      joinKey: { property: 'email' },
      pull: [{ property: 'firstname' }, { property: 'seats' }],
      push: [{ metric: 'daysActive' }, { metric: 'timeOnApp' }, { metric: 'lastVisit' }],
    }),
  };
  await writeFile(join(folder, 'setup.json'), JSON.stringify([setup]));
  // Something old, so that a value can go stale.
  const pair = [...expectRun(before, setup).match.pairs][0]!;
  await admin('PATCH', 'worlds/main/visitors', [{ id: pair[1], metadata: { custom: { hubspot_firstname: 'old' } } }]);
  before = await snapshot(sandbox.adminUrl, 'main');
});

afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

describe('the command', () => {
  test('before a run says what is to be written, and fails', async () => {
    expect((await oracle('--save', join(folder, 'before'))).code).toBe(0);
    const { code, out } = await oracle('--setup', join(folder, 'setup.json'));
    expect(out).toMatch(/[1-9]\d* records checked, [1-9]\d* findings/);
    expect(code).toBe(1);
  }, 60_000);

  test('after a right run finds nothing; then each planted corruption is found, and its repair accepted', async () => {
    const expectation = expectRun(before, setup);
    await play(expectation, { ...sandbox, world });
    expect(await verdict()).toMatchObject({ code: 0, out: expect.stringContaining(' 0 findings') });

    const right = await snapshot(sandbox.adminUrl, 'main');
    const contacts = new Map(right.contacts.map((it) => [it.id, it.properties]));
    const visitors = new Map(right.visitors.map((it) => [it.id, it.metadata]));
    const pairs = [...expectation.match.pairs];
    const active = pairs.find(([id]) => Number(contacts.get(id)!.pendo_days_active_180d) > 0)![0];
    const stale = expectation.writes.find((it) => it.fields.hubspot_firstname?.old === 'old')!.targetId;
    const byName = new Map(pairs.map(([, id]) => [visitors.get(id)?.custom?.hubspot_firstname, id]));
    const [one, two] = [...byName].filter(([name, id]) => name !== undefined && id !== stale).map(([, id]) => id);
    const custom = (id: string, fields: Record<string, unknown>) => ({ id, metadata: { custom: fields } });
    const own = (id: string) => visitors.get(id)!.custom!;
    const names = (id: string) => ({ hubspot_firstname: own(id).hubspot_firstname });
    const contact = (id: string, properties: Record<string, string | null>) => ({ id, properties });
    const corruptions: [string, 'contacts' | 'visitors', unknown[], unknown[], RegExp][] = [
      [
        'a wrong zero',
        'contacts',
        [contact(active, { pendo_days_active_180d: '0' })],
        [contact(active, { pendo_days_active_180d: contacts.get(active)!.pendo_days_active_180d! })],
        /"kind":"wrong"/,
      ],
      [
        'a swapped match',
        'visitors',
        [custom(one!, { hubspot_firstname: 'Someone else' }), custom(two!, names(one!))],
        [custom(one!, names(one!)), custom(two!, names(two!))],
        /"kind":"wrong"/,
      ],
      [
        'a stale value',
        'visitors',
        [custom(stale, { hubspot_firstname: 'old' })],
        [custom(stale, names(stale))],
        /"kind":"stale"/,
      ],
      [
        'a missing value',
        'visitors',
        [custom(one!, { hubspot_firstname: null })],
        [custom(one!, names(one!))],
        /"kind":"missing"/,
      ],
      [
        'a foreign field touched',
        'contacts',
        [contact(active, { jobtitle: 'Touched' })],
        [contact(active, { jobtitle: contacts.get(active)!.jobtitle ?? null })],
        /"kind":"foreign"/,
      ],
    ];
    for (const [name, kind, corruption, repair, found] of corruptions) {
      await admin('PATCH', `worlds/main/${kind}`, corruption);
      const findings = compare(await snapshot(sandbox.adminUrl, 'main', { events: false }), before, [expectation]);
      expect([name, JSON.stringify(findings)]).toEqual([name, expect.stringMatching(found)]);
      if (name === 'a wrong zero')
        expect(await verdict()).toMatchObject({ code: 1, out: expect.stringMatching(found) });
      await admin('PATCH', `worlds/main/${kind}`, repair);
    }
    expect((await verdict()).code).toBe(0);
  }, 60_000);

  test('says how it is used', async () => {
    const { code, out } = await oracle();
    expect(code).toBe(2);
    expect(out).toContain('usage');
  });
});
