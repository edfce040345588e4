import type {
  CrmEdit,
  CrmType,
  RawCrmRecord,
  RawPortal,
  Switches,
  World,
  WorldRequest,
} from '../../../sandbox/contract.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/index.ts';

/** What tests ask a portal of the sandbox, over HTTP as any client. */
export interface TestPortal extends AsyncDisposable {
  sandbox: RunningSandbox;
  world: World;
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  admin(method: string, path: string, body?: unknown): Promise<Answer>;
  raw(type: CrmType): Promise<RawCrmRecord[]>;
  edit(type: CrmType, edits: CrmEdit[]): Promise<string[]>;
  switches(change: Partial<Switches>): Promise<void>;
  portal(change: Partial<RawPortal>): Promise<void>;
  /** Makes number properties in a group of their own, ready to be written. */
  numbers(type: CrmType, ...names: string[]): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of a foreign API, looked at field by field
  json: any;
  text: string;
}

/** Noon UTC of a fixed day: tests do not depend on the day they run. */
export const noon = Date.UTC(2026, 8, 15, 12);

/** A sandbox of its own with one world; its clock stands still unless a test moves it. */
export async function openPortal(request: Partial<WorldRequest> = {}): Promise<TestPortal> {
  const sandbox = await startSandbox({ now: noon, running: false });
  const ask = async (url: string, method: string, body?: unknown, token?: string): Promise<Answer> => {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(url, { method, headers, redirect: 'manual', ...sent });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== '';
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  const counts = { contacts: 300, companies: 260, visitors: 10, accounts: 5, activityDays: 1 };
  const made = await ask(`${sandbox.adminUrl}/admin/worlds`, 'POST', {
    world: 'w',
    seed: 11,
    tier: 0,
    ...counts,
    ...request,
  });
  if (made.status !== 201) throw new Error(made.text);
  const world: World = made.json;
  const call: TestPortal['call'] = (method, path, body, token = world.hubspotToken) =>
    ask(sandbox.hubspotUrl + path, method, body, token);
  const admin: TestPortal['admin'] = (method, path, body) =>
    ask(`${sandbox.adminUrl}/admin/worlds/${world.world}/${path}`, method, body);
  return {
    sandbox,
    world,
    call,
    admin,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    raw: async (type) => lines((await admin('GET', type)).text),
    edit: async (type, edits) => (await admin('PATCH', type, edits)).json.ids,
    switches: async (change) => void (await admin('PUT', 'switches', change)),
    portal: async (change) => void (await admin('PATCH', 'portal', change)),
    async numbers(type, ...names) {
      await admin('PUT', 'switches', { hubspotPropertyLagMs: 0 });
      await call('POST', `/crm/v3/properties/${type}/groups`, { name: 'pendo', label: 'Pendo' });
      const inputs = names.map((name) => ({
        name,
        label: name,
        type: 'number',
        fieldType: 'number',
        groupName: 'pendo',
      }));
      const answer = await call('POST', `/crm/v3/properties/${type}/batch/create`, { inputs });
      if (answer.status !== 201) throw new Error(answer.text);
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

export function lines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

/** Live records only, ascending by id. */
export async function live(portal: TestPortal, type: CrmType): Promise<RawCrmRecord[]> {
  return (await portal.raw(type)).filter((record) => !record.archived && record.mergedInto === undefined);
}

/** Both dated versions and the old path, for behaviour that they share. */
export const objectPaths = ['/crm/objects/2026-03', '/crm/objects/2026-09', '/crm/v3/objects'] as const;
