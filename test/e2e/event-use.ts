/** Events by hand: what plain arithmetic makes of Pendo's raw rows, and what HubSpot has taken. */
import { Temporal } from 'temporal-polyfill';
import type { Stack } from '../../demo/stack.ts';
import type { Call, RawEvent, RawOccurrence } from '../../sandbox/contract.ts';
import type { SyncConfigInput, SyncObject } from '../../src/sync/config.ts';
import type { EventCounts } from '../../src/sync/event-counts.ts';
import { type TestedOptions, type TestedTenant, testedTenant } from './tested-tenant.ts';

export type Entry = NonNullable<SyncConfigInput['events']>[number];
export type Delivery = SyncConfigInput['eventDelivery'];

const zone = 'America/New_York';
export const hour = 3_600_000;
export const startOf = (day: string): number => Temporal.PlainDate.from(day).toZonedDateTime(zone).epochMilliseconds;
const dayOf = (ms: number): string =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate().toString();
export const back = (day: string, days: number): string => Temporal.PlainDate.from(day).subtract({ days }).toString();

/** The sandbox's today at first. */
export const firstDay = '2026-06-15';

const world = { contacts: 100, visitors: 100, companies: 25, accounts: 25, tame: true, beyondSources: false };

export async function tenantWith(
  stack: Stack,
  entries: (tenant: TestedTenant) => Promise<Partial<Record<SyncObject, Entry[]>>>,
  delivery: Delivery = {},
  options: TestedOptions = {},
): Promise<TestedTenant> {
  const config = { visitor: { pull: [], push: [] }, account: { pull: [], push: [] } };
  const tenant = await testedTenant(stack, { config, ...options, world: { ...world, ...options.world } });
  for (const [object, events] of Object.entries(await entries(tenant))) {
    await tenant.configure(object as SyncObject, { events, eventDelivery: delivery });
  }
  return tenant;
}

export const occurrences = (tenant: TestedTenant): Promise<RawOccurrence[]> => tenant.lines('occurrences');
const rowsOf = (tenant: TestedTenant): Promise<RawEvent[]> => tenant.lines('events');

const itemOf = { page: 'pageId', feature: 'featureId', trackType: 'trackTypeId' } as const;

/** The item with most days of use in the last month. */
export async function mostUsed(
  tenant: TestedTenant,
  source: Entry['source'],
  from = back(firstDay, 30),
): Promise<string> {
  const ids = (await rowsOf(tenant))
    .filter(({ day }) => dayOf(day) >= from)
    .flatMap((row) => row[itemOf[source]] ?? [])
    .filter((id) => id !== 'allevents' && id !== 'page-late');
  const counts = Map.groupBy(ids, (id) => id);
  return [...counts].sort((a, b) => b[1].length - a[1].length)[0]![0];
}

export interface Use {
  record: string;
  day: string;
  count: number;
  minutes: number;
}

/** Raw rows of an item that count, with the matched HubSpot record of each. */
export async function countedRows(
  tenant: TestedTenant,
  object: SyncObject,
  { source, id }: Entry,
): Promise<{ record: string; row: RawEvent }[]> {
  const { contacts, companies, visitors } = await tenant.seen();
  const live = (object === 'visitor' ? contacts : companies).filter((one) => !one.archived && !one.mergedInto);
  const key = object === 'visitor' ? 'email' : 'pendo_account_key';
  const recordOf = new Map(live.map((record) => [record.properties[key], record.id]));
  const excluded = new Set(
    visitors.filter(({ metadata }) => String(metadata.pendo?.donotprocess) === 'true').map((one) => one.id),
  );
  return (await rowsOf(tenant)).flatMap((row) => {
    const record = recordOf.get(object === 'visitor' ? row.visitorId : row.accountId);
    if (row[itemOf[source]] !== id || record === undefined || row.blacklisted) return [];
    if (excluded.has(row.visitorId) || row.visitorId.startsWith('_PENDO_T_')) return [];
    return [{ record, row }];
  });
}

/** By hand: sums of the raw rows of an item, per matched record and day. */
export async function expectedUse(
  tenant: TestedTenant,
  object: SyncObject,
  entry: Entry,
  [from, until]: [string, string],
): Promise<Use[]> {
  const sums = new Map<string, Use>();
  for (const { record, row } of await countedRows(tenant, object, entry)) {
    const day = dayOf(row.day);
    if (day < from || day >= until) continue;
    const before = sums.get(`${record} ${day}`) ?? { record, day, count: 0, minutes: 0 };
    before.count += row.numEvents ?? 0;
    before.minutes += row.numMinutes ?? 0;
    sums.set(`${record} ${day}`, before);
  }
  return sorted([...sums.values()]);
}

export const sorted = <T extends { record: string; day: string }>(all: T[]): T[] =>
  all.sort((a, b) => `${a.record} ${a.day}`.localeCompare(`${b.record} ${b.day}`));

/** What HubSpot has taken, in the same shape; `pendo_minutes` of others than pages is NaN. */
export function useOf(taken: RawOccurrence[]): Use[] {
  return sorted(
    taken.map(({ objectId, properties }) => ({
      record: objectId,
      day: properties.pendo_day!,
      count: Number(properties.pendo_count),
      minutes: Number(properties.pendo_minutes),
    })),
  );
}

export async function run(tenant: TestedTenant, object: SyncObject, how: 'enable' | 'run' | 'preview' = 'run') {
  const started = await tenant.start(object, how);
  const ended = await tenant.ended(started);
  return { ...ended, events: (ended.counts as { events?: EventCounts }).events };
}

export const sending = { vendor: 'hubspot', route: '^POST /events/.*/send/batch$' } as const;
export const sends = (log: Call[]): Call[] => log.filter(({ operation }) => operation === 'sendOccurrences');

/** Another row of use, of a matched visitor. */
export async function addUse(tenant: TestedTenant, id: string, day: string, numEvents = 3): Promise<string> {
  const { contacts, visitors, subscription } = await tenant.seen();
  const emails = new Set(contacts.filter(({ archived }) => !archived).map(({ properties }) => properties.email));
  const visitor = visitors.find((one) => emails.has(one.id))!;
  const start = startOf(day);
  const row: RawEvent = {
    visitorId: visitor.id,
    accountId: '',
    appId: subscription.apps[0]!.id,
    pageId: id,
    day: start,
    server: 's',
    remoteIp: '198.51.100.9',
    userAgent: 'late',
    numEvents,
    numMinutes: 2,
    firstTime: start + 12 * hour,
    lastTime: start + 13 * hour,
  };
  await tenant.admin.post(`/admin/worlds/${tenant.name}/events`, [row]);
  return visitor.id;
}
