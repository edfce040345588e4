/**
 * Carries an expectation out, through the vendors' own APIs and with no rule of its own: what is left behind then shows
 * whether the oracle knows the vendors.
 */
import type { CanonicalKind, Expectation, ExpectedCreate, ExpectedWrite, HubSpotType } from '../../oracle/index.ts';
import type { World } from '../../sandbox/contract.ts';

/** `2026-09` enforces the portal's validation rules, `2026-03` does not. */
export type HubSpotVersion = '2026-03' | '2026-09';

export interface Vendors {
  version?: HubSpotVersion;
  hubspotUrl: string;
  pendoUrl: string;
  world: World;
}

const post = (url: string, headers: Record<string, string>, body: unknown) => send('POST', url, headers, body);

async function send(method: string, url: string, headers: Record<string, string>, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  // 409: exists already.
  if (response.status >= 300 && response.status !== 409) throw new Error(`${url}: ${response.status} ${text}`);
}

const fieldTypes: Record<HubSpotType, string> = {
  date: 'date',
  datetime: 'date',
  number: 'number',
  string: 'text',
  bool: 'booleancheckbox',
  enumeration: 'select',
};

function chunks<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}

export async function play(expectation: Expectation, vendors: Vendors): Promise<void> {
  await playHubSpot(expectation, vendors);
  await playPendo(expectation, vendors);
}

async function playHubSpot(
  expectation: Expectation,
  { hubspotUrl, world, version = '2026-09' }: Vendors,
): Promise<void> {
  const headers = { authorization: `Bearer ${world.hubspotToken}` };
  const type = expectation.object === 'visitor' ? 'contacts' : 'companies';
  const properties = expectation.definitions.filter((it) => it.side === 'hubspot' && !it.existed);
  if (properties.length > 0) {
    await post(`${hubspotUrl}/crm/properties/${version}/${type}/groups`, headers, { name: 'pendo', label: 'Pendo' });
  }
  for (const it of properties) {
    if (it.side !== 'hubspot') continue;
    await post(`${hubspotUrl}/crm/properties/${version}/${type}`, headers, {
      name: it.name,
      label: it.label.is ?? `Pendo: ${it.label.names ?? it.source}`,
      type: it.type,
      fieldType: fieldTypes[it.type],
      groupName: 'pendo',
      description: `Measures ${it.source}`,
      options: (it.type === 'bool' ? ['true', 'false'] : it.options).map((value) => ({ value, label: value })),
    });
  }
  for (const it of expectation.definitions) {
    if (it.side !== 'hubspot' || it.label.follows !== 'must') continue;
    const url = `${hubspotUrl}/crm/properties/${version}/${type}/${it.name}`;
    await send('PATCH', url, headers, { label: `Pendo: ${it.label.names}` });
  }

  const kinds = new Map(expectation.owned.hubspot.map((it) => [it.field, it.kind]));
  const text = (kind: CanonicalKind, value: unknown): string => {
    if (value === null) return '';
    return kind === 'datetime' ? new Date(value as number).toISOString() : String(value);
  };
  const values = (fields: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, text(kinds.get(field)!, value)]));
  const updates = expectation.writes.filter((it) => it.side === 'hubspot');
  for (const [at, rows] of chunks(updates, 100).entries()) {
    await post(`${hubspotUrl}/crm/objects/${version}/${type}/batch/update`, headers, {
      inputs: rows.map((it, index) => ({
        id: it.targetId,
        properties: values(newValues(it)),
        objectWriteTraceId: `${at}-${index}`,
      })),
    });
  }
  const creates = expectation.creates.filter((it) => it.side === 'hubspot');
  for (const rows of chunks(creates, 100)) {
    await post(`${hubspotUrl}/crm/objects/${version}/${type}/batch/upsert`, headers, {
      inputs: rows.map((it, index) => ({
        idProperty: expectation.setup.syncConfig.joinKey.property,
        id: it.key,
        properties: values(it.fields),
        objectWriteTraceId: `c${index}`,
      })),
    });
  }
}

async function playPendo(expectation: Expectation, { pendoUrl, world }: Vendors): Promise<void> {
  const headers = { 'x-pendo-integration-key': world.pendoKey };
  const { object, setup } = expectation;
  const group = setup.syncConfig.pendoGroup;
  const schema = expectation.definitions.filter((it) => it.side === 'pendo');
  if (schema.length > 0) {
    await post(
      `${pendoUrl}/api/v1/metadata/schema/${object}/${group}`,
      headers,
      schema.map((it) => ({
        name: it.name,
        displayname: it.displayName,
        type: it.types.includes('float') ? 'number' : it.types[0],
      })),
    );
  }
  const kinds = new Map(expectation.owned.pendo.map((it) => [it.field, it.kind]));
  const values = (fields: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(fields).map(([field, value]) => {
        if (value === null) return [field, setup.pendo.clear === 'emptyString' ? '' : null];
        return [field, kinds.get(field) === 'date' ? Date.parse(String(value)) : value];
      }),
    );
  const row = (id: string, fields: Record<string, unknown>) => ({ [`${object}Id`]: id, values: values(fields) });
  const send = async (rows: unknown[], create: boolean) => {
    for (const part of chunks(rows, 500)) {
      await post(`${pendoUrl}/api/v1/metadata/${object}/${group}/value${create ? '?create=true' : ''}`, headers, part);
    }
  };
  const mine = (it: ExpectedWrite | ExpectedCreate) => it.side === 'pendo';
  await send(
    expectation.writes.filter(mine).map((it) => row(it.targetId, newValues(it))),
    false,
  );
  await send(
    expectation.creates.filter(mine).map((it) => row(it.key, it.fields)),
    true,
  );
}

function newValues(write: ExpectedWrite): Record<string, unknown> {
  return Object.fromEntries(Object.entries(write.fields).map(([field, change]) => [field, change.new]));
}
