/** What the command says of itself, and how it refuses what it cannot do. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../../infra/ports.ts';
import { createProgram } from '../../src/cli/program.ts';
import { commandsOf, runProgram, widest } from './crosswalk.ts';

const program = createProgram({ env: {}, print: () => undefined, exit: () => undefined });
const commands = commandsOf(program);
const names = commands.map(({ name }) => name);
/** No test here may come so far as to ask. */
const silent = (() => Promise.reject(new Error('the API was asked'))) as typeof fetch;
const env = { CROSSWALK_KEY: 'cwk_x', CROSSWALK_URL: 'http://crosswalk.test' };

test.each(names)('%s has a description, and an example that is itself', async (name) => {
  const { out } = await runProgram([...name.split(' '), '--help'], { env });
  const { command } = commands.find((each) => each.name === name)!;
  expect(command.description()).not.toBe('');
  const examples = out
    .slice(out.search(/^Examples?:$/m))
    .split('\n')
    .slice(1);
  expect(examples.some((line) => line.includes(`crosswalk ${name}`))).toBe(true);
});

test.each([60, 80])('help fits %i columns', async (columns) => {
  const { out } = await runProgram(['--help'], { columns, env });
  expect(widest(out)).toBeLessThanOrEqual(columns);
  for (const name of names) expect(out).toContain(name.split(' ')[0]);
});

test.each(names)('%s with an option that does not exist is misuse, and asks nothing', async (name) => {
  const ran = await runProgram([...name.split(' '), '--frobnicate'], { env }, silent);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.notes).toMatch(/unknown option '--frobnicate'|missing required argument|required option/);
});

test.each([
  [['tenant'], /unknown command 'tenant'.*\n.*Did you mean tenants\?/],
  [['tenants', 'lst'], /unknown command 'lst'/],
  [['run', 't_1', 'thing'], /Allowed choices are visitor, account/],
  [['records', 't_1', '4'], /required option '--leg <leg>' not specified/],
  [['connect', 'hubspot', 't_1', '--token', 'pat-secret'], /unknown option '--token'/],
])('%j is misuse that says what is allowed', async (args, notes) => {
  expect(await runProgram(args, { env }, silent)).toMatchObject({ code: 2, notes: expect.stringMatching(notes) });
});

test.each(['.', '..', ''])('the id "%s" reaches no other address of the API', async (id) => {
  const paths: string[] = [];
  const send = (async (url: string) => {
    paths.push(new URL(url).pathname);
    return Response.json({ tenants: [{ id: 't_a', externalId: null, name: 'a' }], next: null });
  }) as typeof fetch;
  const ran = await runProgram(['run', 'show', 'a', id], { env }, send);
  expect(ran).toMatchObject({ code: 2, error: expect.stringContaining(`There is nothing with the id "${id}"`) });
  expect(new Set(paths)).toEqual(new Set(['/v1/tenants']));
});

test('ids are encoded, whatever is in them', async () => {
  const asked: string[] = [];
  const send = (async (url: string, init: RequestInit) => {
    asked.push(`${init.method} ${url}`);
    return new Response(null, { status: 204 });
  }) as typeof fetch;
  await runProgram(['keys', 'revoke', 'k/../../tenants/t_1?x#y'], { env }, send);
  expect(asked).toEqual(['DELETE http://crosswalk.test/v1/keys/k%2F..%2F..%2Ftenants%2Ft_1%3Fx%23y']);
});

test('a tenant that nobody has gets names that are near', async () => {
  const all = [
    { id: 't_aaaaaaaaaaaaaaaa', externalId: 'crm-4711', name: 'Acme Inc.' },
    { id: 't_bbbbbbbbbbbbbbbb', externalId: null, name: 'Globex' },
  ];
  const send = (async (url: string) => {
    const { searchParams, pathname } = new URL(url);
    if (pathname !== '/v1/tenants')
      return Response.json({ code: 'NOT_FOUND', message: 'no', fix: '' }, { status: 404 });
    return Response.json({ tenants: searchParams.has('externalId') ? [] : all, next: null });
  }) as typeof fetch;
  const error = async (name: string) => (await runProgram(['tenants', 'show', name], { env }, send)).error;
  expect(await error('crm-4712')).toContain('Did you mean crm-4711 (Acme Inc.)?');
  expect(await error('glob')).toContain('Did you mean t_bbbbbbbbbbbbbbbb (Globex)?');
  expect(await error('t_aaaaaaaaaaaaaaab')).toContain('Did you mean crm-4711 (Acme Inc.)?');
  expect(await error('something else')).toContain('`crosswalk tenants list` shows them.');
});

test('what cannot be asked says where it tried, and how to set the address or the key', async () => {
  const key = { CROSSWALK_KEY: 'cwk_x' };
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const refused = await runProgram(['status'], { env: { ...key, CROSSWALK_URL: nowhere } });
  expect(refused.error).toBe(
    `Nothing answers at ${nowhere} (ECONNREFUSED).\nStart Crosswalk there, or give its address with CROSSWALK_URL or --url.\n(NO_ANSWER)`,
  );
  for (const url of ['localhost:8080', 'crosswalk', 'ftp://x'])
    expect((await runProgram(['status', '--url', url], { env: key })).error).toContain('is no address of an API');
  const noKey = await runProgram(['status'], { env: {} });
  expect(noKey).toMatchObject({ code: 2, error: expect.stringMatching(/CROSSWALK_KEY.*CROSSWALK_BOOTSTRAP_KEY/) });
  expect((await runProgram(['status', '--key-file', '/nowhere/key'], { env: {} })).error).toContain('/nowhere/key');
});

test('what is not Crosswalk is said to be so, and not quoted', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>\u001b[31mGateway</h1>');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ran = await runProgram(['status'], { env: { CROSSWALK_KEY: 'cwk_x', CROSSWALK_URL: url } });
  server.close();
  expect(ran.error).toContain(`What answers at ${url} is not the API of Crosswalk (status 404).`);
  expect(ran.error).not.toContain('Gateway');
});
