/** Signing in at an identity provider, at the edge: what strangers can make of it. With a real provider. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startIdentityProvider, type TestedProvider } from '../setup/identity-provider.ts';
import { type Harness, startHarness } from './harness.ts';

let provider: TestedProvider;
let api: Harness;
const failuresPerMinute = 5;
beforeAll(async () => {
  provider = await startIdentityProvider();
  const { issuer, clientId, clientSecret } = provider;
  const rules = [
    { claim: 'groups', value: 'admins', scope: 'admin' },
    { claim: 'email', value: 'verified@example.com', scope: 'admin' },
    { claim: 'email', value: 'unverified@example.com', scope: 'admin' },
  ] as const;
  api = await startHarness({
    identity: { issuer, clientId, clientSecret, name: 'Acme ID', scopes: 'openid email groups', rules },
    limits: { perSecond: 1000, burst: 1000, failuresPerMinute },
  });
  provider.serve('http://crosswalk.test/v1/session/oidc/callback');
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const cookieOf = (answer: { headers: Headers }) => answer.headers.get('set-cookie')!.split(';')[0]!;
const begin = (returnTo = '/') =>
  api.call(undefined, 'GET', `/v1/session/oidc?returnTo=${encodeURIComponent(returnTo)}`);
const comeBack = (query: string, cookie: string) =>
  api.call(undefined, 'GET', `/v1/session/oidc/callback${query}`, undefined, { cookie });
async function events(action: string): Promise<{ actor: string; subject: string }[]> {
  const { entries } = (await api.call(await api.key(['admin']), 'GET', '/v1/audit?limit=100')).body;
  return entries.filter((entry: { action: string }) => entry.action === action);
}

/** Through the provider's own pages. @returns the query of the address that it sends the browser back to. */
async function logIn(at: string, email: string): Promise<string> {
  const jar = new Map<string, string>();
  let [url, form]: [string, URLSearchParams | undefined] = [at, undefined];
  for (let step = 0; step < 12; step++) {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      jar.set(name!, value!);
    }
    form = undefined;
    const next = answer.headers.get('location');
    if (next !== null) {
      url = new URL(next, url).href;
      if (url.startsWith('http://crosswalk.test')) return new URL(url).search;
      continue;
    }
    const page = await answer.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)![1]!;
    url = new URL(/action="([^"]+)"/.exec(page)![1]!, url).href;
    form = new URLSearchParams({ prompt, ...(prompt === 'login' && { login: email, password: 'any' }) });
  }
  throw new Error('the provider did not send the browser back');
}

test('whoever the rules let in gets a session, and goes on at a page of ours only, whatever the cookie says', async () => {
  const begun = await begin('/runs?x=1');
  const query = await logIn(begun.headers.get('location')!, 'admins@example.com');
  const cookie = cookieOf(begun);
  const kept = JSON.parse(Buffer.from(cookie.split('=')[1]!, 'base64url').toString());
  expect(kept.returnTo).toBe('/runs?x=1');
  // As somebody would set it who has another host of the domain.
  const bent = Buffer.from(JSON.stringify({ ...kept, returnTo: 'https://evil.example/' })).toString('base64url');
  const done = await comeBack(query, `${cookie.split('=')[0]}=${bent}`);
  expect([done.status, done.headers.get('location')]).toEqual([302, '/']);
  const session = done.headers.getSetCookie().find((line) => line.startsWith('crosswalk='))!;
  expect(session).toMatch(/HttpOnly.*SameSite=Strict/i);
  // The code was used: neither it nor the cookie is good for another session.
  const again = await comeBack(query, cookie);
  expect(again.headers.getSetCookie().some((line) => line.startsWith('crosswalk='))).toBe(false);
});

test.each([
  '//evil.example/',
  '/\\evil.example',
  'https://evil.example',
  '/.//evil.example',
  '/\t/evil.example',
  'x',
  'javascript:alert(1)',
])('the page to go on with is never %j', async (returnTo) => {
  const kept = JSON.parse(Buffer.from(cookieOf(await begin(returnTo)).split('=')[1]!, 'base64url').toString());
  expect(kept.returnTo).toBe('/');
});

test('somebody whom the provider knows and no rule lets in leaves an event, without a name', async () => {
  const begun = await begin();
  const query = await logIn(begun.headers.get('location')!, 'strangers@example.com');
  const refused = await comeBack(query, cookieOf(begun));
  expect([refused.status, refused.text.includes('nothing here is open to you')]).toEqual([400, true]);
  const found = await events('sign-in.refused');
  expect(found.length).toBeGreaterThan(0);
  expect(JSON.stringify(found)).not.toContain('strangers');
});

test('a rule for an e-mail address lets in whoever has it, and nobody who only says so', async () => {
  api.pass(61_000);
  for (const [email, location] of [
    ['verified@example.com', '/'],
    ['unverified@example.com', null],
  ] as const) {
    const begun = await begin();
    const done = await comeBack(await logIn(begun.headers.get('location')!, email), cookieOf(begun));
    expect([email, done.headers.get('location')]).toEqual([email, location]);
  }
});

test('strangers with codes of their own make us ask the provider only so often', async () => {
  api.pass(61_000);
  const begun = await begin();
  const state = new URL(begun.headers.get('location')!).searchParams.get('state')!;
  const tried = await Promise.all(
    Array.from({ length: 4 * failuresPerMinute }, (_, n) => comeBack(`?code=c${n}&state=${state}`, cookieOf(begun))),
  );
  const texts = tried.map(({ text }) => text);
  expect(texts.filter((text) => text.includes('did not succeed')).length).toBe(failuresPerMinute);
  expect(texts.filter((text) => text.includes('Too many requests')).length).toBe(3 * failuresPerMinute);
});
