// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a tenant may write, and what a file names
/** A file's text is text: what a tenant wrote takes nothing from whoever exports it and applies it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTenantFile, writeTenantFile } from '../../src/cli/tenant-file/file.ts';
import { type Harness, startHarness } from '../api/harness.ts';
import { crosswalkOf } from './crosswalk.ts';

let api: Harness;
let key: string;
let folder: string;
beforeAll(async () => {
  api = await startHarness();
  key = await api.key(['admin']);
  folder = await mkdtemp(path.join(tmpdir(), 'crosswalk-secrets-'));
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
const crosswalk = crosswalkOf(() => ({ harness: api, key }));

/** What an operator's shell holds beside what the file asks for. */
const secrets = {
  CROSSWALK_ENCRYPTION_KEY: 'secret-of-the-operator-1',
  DATABASE_URL: 'secret-of-the-operator-2',
  CROSSWALK_VAR_OTHER: 'secret-of-the-operator-3',
  HOME: 'secret-of-the-operator-4',
  CROSSWALK_VAR_ALERT_URL: 'https://example.com/secret-of-the-operator-5',
};
const hostile = [
  '${CROSSWALK_KEY}',
  '${CROSSWALK_ENCRYPTION_KEY}',
  '${DATABASE_URL}',
  '${CROSSWALK_VAR_OTHER}',
  'a ${CROSSWALK_VAR_OTHER} b',
  '$${CROSSWALK_VAR_OTHER}',
  '$$${HOME}',
  '\\${HOME}',
  '$HOME $ $$ ${ ${} ${a} $(id) `id` %HOME%',
  '\'"\\ : # - [x] {y} & * ! | > % @ ~ null true 0x1F 1e3 2026-01-01 --- ...',
];

let files = 0;
async function file(text: string): Promise<string> {
  const name = path.join(folder, `tenant-${files++}.yaml`);
  await writeFile(name, text);
  return name;
}

async function snapshot(of: Harness, admin: string, tenant: string): Promise<unknown> {
  const read = async (what: string) => (await of.call(admin, 'GET', `/v1/tenants/${tenant}${what}`)).body;
  const { createdAt: _c, id: _i, ...rest } = await read('');
  const alerts = await read('/alerts/target');
  const { syncs } = await read('/syncs');
  return { rest, alerts, configs: syncs.map(({ config }: { config: unknown }) => config) };
}

test('export and apply give every text of a tenant back byte for byte, and none takes a variable', async () => {
  await using elsewhere = await startHarness();
  const there = await elsewhere.key(['admin']);
  const applyThere = crosswalkOf(() => ({ harness: elsewhere, key: there }));
  for (const [at, text] of hostile.entries()) {
    const made = await api.call(key, 'POST', '/v1/tenants', {
      name: text,
      externalId: `crm ${at} ${text}`,
      settings: { [text]: text, nested: `${text}\n ${text}\t`, '${HOME}': at, flag: true, none: null },
    });
    expect(made.status).toBe(201);
    const tenant = made.body.id as string;
    const put = await api.call(key, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, {
      joinKey: { property: text },
      pull: [{ property: `x${text}`, field: 'hubspot_x' }],
    });
    expect(put.status).toBe(200);
    const url = `https://example.com/${encodeURIComponent(text)}/${text.replaceAll(/[#?]/g, '')}`;
    expect((await api.call(key, 'PUT', `/v1/tenants/${tenant}/alerts/target`, { url })).status).toBe(200);
    // An address is a credential of its receiver: it is named in the file, and not written.
    const env = { ...secrets, CROSSWALK_VAR_ALERT_URL: url };
    const before = await snapshot(api, key, tenant);

    const exported = await crosswalk(['export', tenant], env);
    expect(exported).toMatchObject({ error: '', code: 0 });
    const name = await file(exported.out);
    const diff = await crosswalk(['diff', '-f', name], env);
    expect(diff).toMatchObject({ error: '', code: 0, out: 'No difference.' });
    expect((await crosswalk(['apply', '-f', name], env)).out).toBe('Nothing to do.');
    expect(await snapshot(api, key, tenant)).toEqual(before);

    const foreign = await applyThere(['apply', '-f', name], env);
    expect(foreign.error).toBe('');
    const [copy] = (
      await elsewhere.call(there, 'GET', `/v1/tenants?externalId=${encodeURIComponent(made.body.externalId)}`)
    ).body.tenants;
    expect(await snapshot(elsewhere, there, copy.id)).toEqual(before);
    const audits = [
      (await api.call(key, 'GET', '/v1/audit?limit=200')).text,
      (await elsewhere.call(there, 'GET', '/v1/audit?limit=200')).text,
    ];
    const said = [exported.out, diff.out, foreign.out.replace(/ {2}signing secret.*/g, ''), ...audits].join('\n');
    expect(said).not.toContain('secret-of-the-operator');
    for (const each of [key, there]) expect(said).not.toContain(each);
  }
});

test('a file gives back whatever text it was written with, in every place', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ maxLength: 300 }),
    fc.constantFrom(...hostile),
  );
  const one = text.filter((each) => each !== '' && each.isWellFormed());
  fc.assert(
    fc.property(
      one,
      one,
      fc.dictionary(one, fc.oneof(one, fc.boolean(), fc.constant(null))),
      one,
      (name, id, settings, url) => {
        const file = {
          crosswalk: 1,
          tenant: { externalId: id, name, settings },
          syncs: { visitor: { config: { joinKey: { property: name }, pull: [{ property: id, field: 'hubspot_x' }] } } },
          alerts: { url: `https://example.com/${url}` },
        };
        const [read] = readTenantFile(writeTenantFile(file), { env: secrets });
        expect(read?.tenant).toMatchObject({ externalId: id, name, settings });
        expect(read?.syncs.visitor?.config).toMatchObject({ joinKey: { property: name }, pull: [{ property: id }] });
        expect(read?.alerts?.url).toBe(file.alerts.url);
      },
    ),
  );
});

const withToken = (token: string, more = '') =>
  `crosswalk: 1\ntenant: { externalId: cred-${files}, name: x }\nconnections: { hubspot: { token: '${token}' }${more} }\n`;

test.each([
  ['one that no prefix and no option allows', '${DATABASE_URL}', /DATABASE_URL.*--var DATABASE_URL/],
  ['the key of the command itself', '${CROSSWALK_KEY}', /CROSSWALK_KEY, which a file may not read/],
  ['one beside other text', 'Bearer ${CROSSWALK_VAR_OTHER}', /stand for the whole value/],
  ['one that is not set', '${CROSSWALK_VAR_NONE}', /not in the environment/],
  ['one that is set to nothing', '${CROSSWALK_VAR_EMPTY}', /not in the environment/],
  ['none that can be', '${}', /names no variable/],
])('a credential that names %s is refused with its place, and no value is printed', async (_what, token, error) => {
  const name = await file(withToken(token));
  for (const verb of ['apply', 'diff']) {
    const refused = await crosswalk([verb, '-f', name], { ...secrets, CROSSWALK_VAR_EMPTY: '' });
    expect(refused.code).toBe(2);
    expect(refused.error).toMatch(/^ {2}connections\.hubspot\.token: /m);
    expect(refused.error).toMatch(error);
    expect(refused.error + refused.out).not.toContain('secret-of-the-operator');
  }
});

test('a credential is taken from a variable with the prefix, or one that the command line allows, and diff does not print it', () => {
  const read = (token: string, allowed?: string[]) =>
    readTenantFile(withToken(token), { env: secrets, allowed })[0]?.connections.hubspot?.token;
  expect(read('${CROSSWALK_VAR_OTHER}')).toBe('secret-of-the-operator-3');
  expect(read('${DATABASE_URL}', ['DATABASE_URL'])).toBe('secret-of-the-operator-2');
  expect(read('pat-na1-as-it-is$')).toBe('pat-na1-as-it-is$');
});

test('the variable that a file names may itself stand in a file, and so may the key of the command', async () => {
  const [token, apiKey] = await Promise.all([file('pat-in-a-file\n'), file(`${key}\n`)]);
  const read = (env: Record<string, string>) =>
    readTenantFile(withToken('${CROSSWALK_VAR_TOKEN}'), { env })[0]?.connections.hubspot?.token;
  expect(read({ CROSSWALK_VAR_TOKEN_FILE: token })).toBe('pat-in-a-file');
  expect(() => read({ CROSSWALK_VAR_TOKEN_FILE: `${token}.none` })).toThrow();
  // Which variable may be named is asked of the name without it.
  expect(() => readTenantFile(withToken('${CROSSWALK_KEY}'), { env: { CROSSWALK_KEY_FILE: apiKey } })).toThrow();
  const status = await crosswalk(['status'], { CROSSWALK_KEY: '', CROSSWALK_KEY_FILE: apiKey });
  expect(status).toMatchObject({ code: 0, error: '' });
  const refused = await crosswalk(['status'], { CROSSWALK_KEY: '', CROSSWALK_KEY_FILE: `${apiKey}.none` });
  expect(refused.error).toContain('CROSSWALK_KEY_FILE names a file that cannot be read');
});

test('diff prints neither the credentials that it would send nor what an address hides', async () => {
  const text = `${withToken('${CROSSWALK_VAR_OTHER}', ", pendo: { key: '${HOME}', zone: UTC }")}alerts: { url: '\${CROSSWALK_VAR_ALERT_URL}' }\n`;
  const diff = await crosswalk(['diff', '--var', 'HOME', '-f', await file(text)], secrets);
  expect(diff).toMatchObject({ code: 1, error: '' });
  expect(diff.out).toContain('connections.hubspot: null → "token of the file"');
  expect(diff.out).toContain('alerts.url: null → "https://example.com/…"');
  expect(diff.out).not.toContain('secret-of-the-operator');
});

test('a tenant without an external id is exported with its id, and applied to itself makes no second one', async () => {
  const made = (await api.call(key, 'POST', '/v1/tenants', { name: 'Nameless', settings: { a: '1' } })).body;
  const all = async () => (await api.call(key, 'GET', '/v1/tenants?limit=200')).body.tenants.length as number;
  const before = await all();
  const exported = await crosswalk(['export', made.id]);
  const name = await file(exported.out.replace('name: Nameless', 'name: Named'));
  expect((await crosswalk(['diff', '-f', name])).out).toContain('tenant.name: "Nameless" → "Named"');
  expect(await crosswalk(['apply', '-f', name])).toMatchObject({ error: '', code: 0 });
  expect(await all()).toBe(before);
  expect((await api.call(key, 'GET', `/v1/tenants/${made.id}`)).body).toMatchObject({
    name: 'Named',
    externalId: null,
  });
  // As version 0.1.0 wrote it.
  const old = await file(`crosswalk: 1\ntenant: { externalId: ${made.id}, name: Named, settings: { a: '1' } }\n`);
  expect((await crosswalk(['apply', '-f', old])).out).toBe('Nothing to do.');
  expect(await all()).toBe(before);
  await using elsewhere = await startHarness();
  const there = await elsewhere.key(['admin']);
  const refused = await crosswalkOf(() => ({ harness: elsewhere, key: there }))(['apply', '-f', name]);
  expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('give it an externalId') });
  const neither = await crosswalk(['apply', '-f', await file('crosswalk: 1\ntenant: { name: x }\n')]);
  expect(neither).toMatchObject({ code: 2, error: expect.stringContaining('externalId') });
});

test('a shell can tell misuse (2) from help (0), and is told once why', async () => {
  const main = path.resolve('src/cli/main.ts');
  const env = { PATH: process.env.PATH, CROSSWALK_KEY: 'cwk_x' };
  const run = (args: string[]) =>
    new Promise<{ code: number; err: string; out: string }>((resolve) =>
      execFile(process.execPath, [main, ...args], { env }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, err, out }),
      ),
    );
  const cases: [string[], number, RegExp][] = [
    [['runs', 't_1', '--frob'], 2, /^error: unknown option '--frob'\n$/],
    [[], 2, /Usage: crosswalk/],
    [['help', 'apply'], 0, /^$/],
  ];
  const ended = await Promise.all(cases.map(([args]) => run(args)));
  for (const [at, [args, code, err]] of cases.entries()) {
    expect([args, ended[at]!.code]).toEqual([args, code]);
    expect(ended[at]!.err).toMatch(err);
  }
}, 60_000);
