import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { live, openPortal, type TestPortal } from './portal.ts';

/** HubSpot's MCP server as it is, pointed here by its own environment variable, spoken to over its standard input. */
let portal: TestPortal;
let server: ChildProcess;
const waiting = new Map<number, (message: { result?: unknown; error?: unknown }) => void>();
let sent = 0;

function ask(method: string, params: unknown): Promise<{ result?: unknown; error?: unknown }> {
  const id = ++sent;
  const answer = new Promise<{ result?: unknown; error?: unknown }>((done) => waiting.set(id, done));
  server.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  return answer;
}

interface ToolResult {
  isError?: boolean;
  content: { text: string }[];
}

async function tool(name: string, args: unknown): Promise<{ failed: boolean; text: string }> {
  const { result } = await ask('tools/call', { name, arguments: args });
  const { isError = false, content } = result as ToolResult;
  return { failed: isError, text: content.map(({ text }) => text).join('\n') };
}

beforeAll(async () => {
  portal = await openPortal({ contacts: 60, companies: 30 });
  await portal.numbers('contacts', 'pendo_days');
  const entry = createRequire(import.meta.url).resolve('@hubspot/mcp-server');
  server = spawn(process.execPath, [entry], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...process.env,
      BASE_URL_OVERRIDE: portal.sandbox.hubspotUrl,
      PRIVATE_APP_ACCESS_TOKEN: portal.world.hubspotToken,
    },
  });
  createInterface({ input: server.stdout! }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
  });
  await ask('initialize', {
    protocolVersion: '2024-11-05',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  });
  server.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
});
afterAll(async () => {
  server?.kill();
  await portal[Symbol.asyncDispose]();
});

describe('@hubspot/mcp-server', () => {
  it('finds out who it is', async () => {
    const { failed, text } = await tool('hubspot-get-user-details', {});
    expect(failed).toBe(false);
    expect(text).toContain(String(portal.world.portalId));
  });

  it('lists, reads and searches records', async () => {
    const [first] = await live(portal, 'contacts');
    const listed = await tool('hubspot-list-objects', { objectType: 'contacts', limit: 5, properties: ['email'] });
    expect(listed).toMatchObject({ failed: false, text: expect.stringContaining(first!.id) });
    const read = await tool('hubspot-batch-read-objects', {
      objectType: 'contacts',
      inputs: [{ id: first!.id }],
      properties: ['email'],
    });
    expect(read).toMatchObject({ failed: false, text: expect.stringContaining(first!.id) });
    const found = await tool('hubspot-search-objects', {
      objectType: 'contacts',
      filterGroups: [{ filters: [{ propertyName: 'hs_object_id', operator: 'EQ', value: first!.id }] }],
      properties: ['email'],
    });
    expect(found).toMatchObject({ failed: false, text: expect.stringContaining(first!.id) });
  });

  it('updates and creates records', async () => {
    const [first] = await live(portal, 'contacts');
    const updated = await tool('hubspot-batch-update-objects', {
      objectType: 'contacts',
      inputs: [{ id: first!.id, properties: { pendo_days: '9' } }],
    });
    expect(updated.failed).toBe(false);
    expect((await live(portal, 'contacts'))[0]!.properties.pendo_days).toBe('9');
    const created = await tool('hubspot-batch-create-objects', {
      objectType: 'companies',
      inputs: [{ properties: { name: 'By a tool' } }],
    });
    expect(created.failed).toBe(false);
    expect((await live(portal, 'companies')).some(({ properties }) => properties.name === 'By a tool')).toBe(true);
  });

  it('lists, reads and makes properties, and learns of schemas and associations', async () => {
    expect(await tool('hubspot-list-properties', { objectType: 'companies' })).toMatchObject({
      failed: false,
      text: expect.stringContaining('pendo_account_key'),
    });
    expect((await tool('hubspot-get-property', { objectType: 'contacts', propertyName: 'plan_tier' })).text).toContain(
      'Business',
    );
    const made = await tool('hubspot-create-property', {
      objectType: 'contacts',
      name: 'made_by_tool',
      label: 'Made',
      groupName: 'pendo',
      type: 'string',
      fieldType: 'text',
    });
    expect(made.failed).toBe(false);
    expect((await tool('hubspot-get-schemas', {})).failed).toBe(false);
    const [first] = await live(portal, 'contacts');
    expect(
      (
        await tool('hubspot-list-associations', {
          objectType: 'contacts',
          objectId: first!.id,
          toObjectType: 'companies',
        })
      ).failed,
    ).toBe(false);
  });

  it('is told of a missing scope, not that there is no such thing', async () => {
    const { failed, text } = await tool('hubspot-list-objects', { objectType: 'deals' });
    expect(failed).toBe(true);
    expect(text).toContain('MISSING_SCOPES');
  });
});
