/** One record read from both vendors at this moment, in a few calls, as a run would read it. */

import { findByKey } from '../../hubspot/find-by-key.ts';
import { crmTypeOf } from '../../hubspot/index.ts';
import { pipelines } from '../../pendo/index.ts';
import { isOfMetric, isOfSource } from '../../sync/columns.ts';
import type { SyncConfig } from '../../sync/config.ts';
import { readKey } from '../../sync/join-key.ts';
import { hubSpotProperties, hubSpotRow, type MirrorRow, pendoRow, type RowRules } from '../../sync/mirror-row.ts';
import { givesOf, heldOf, isDoNotProcess, pendoSelection } from '../../sync/pendo-row.ts';
import type { Plan, PushPlan } from '../../sync/types.ts';
import type { OpenVendors } from '../connections/vendors.ts';
import { type LiveReading, readLiveColumns } from './live-columns.ts';

/** These take a scan of everybody or of every survey, and are left to runs. */
const isOfManyRows = (field: PushPlan): boolean =>
  isOfMetric(field, 'latestNps', 'totalVisitors') || isOfSource(field, 'nps');
/** What of an account does not depend on its visitors. */
const isOfAccountAlone = (field: PushPlan): boolean =>
  isOfMetric(field, 'firstVisit', 'lastVisit') || isOfSource(field, 'metadata') || isOfSource(field, 'segment');

export interface LiveRecord {
  hubspot: MirrorRow | undefined;
  pendo: MirrorRow | undefined;
}

export interface Wanted {
  hubspotId: string | null;
  pendoId: string | null;
}

/** What of a plan can be read for one record. An account's usage is that of all its visitors, but the excluded ones. */
export function readableAtOnce(plan: Plan): Plan {
  const isReadable = (field: PushPlan): boolean =>
    plan.object === 'account' ? isOfAccountAlone(field) : !isOfManyRows(field);
  return { ...plan, push: plan.push.filter(isReadable) };
}

/** Where only one side's id is known, the other is looked for by the join key. */
export async function readLive(
  { hubspot, pendo, pendoSettings }: Pick<OpenVendors, 'hubspot' | 'pendo' | 'pendoSettings'>,
  { plan, config, now }: { plan: Plan; config: SyncConfig; now: number },
  wanted: Wanted,
): Promise<LiveRecord> {
  const rules: RowRules = { plan, config, notYetCreated: new Set() };
  const pendoRules: RowRules = { ...rules, plan: readableAtOnce(plan) };
  const readPendo = (ids: readonly string[]) =>
    readVisitors({ pendo, zone: pendoSettings.zone, rules: pendoRules, now }, ids);
  if (wanted.hubspotId !== null) {
    const own = await readHubSpot(hubspot, rules, wanted.hubspotId);
    const keys = own?.keyState === 'ok' ? [own.matchKey!, own.spelledKey ?? own.matchKey!] : [];
    const ids = wanted.pendoId === null ? keys : [wanted.pendoId];
    const found = ids.length === 0 ? [] : await readPendo([...new Set(ids)]);
    return { hubspot: own, pendo: found.length === 1 ? found[0] : undefined };
  }
  const [own] = wanted.pendoId === null ? [] : await readPendo([wanted.pendoId]);
  return { pendo: own, hubspot: own && (await findInHubSpot(hubspot, rules, wanted.pendoId!)) };
}

async function readHubSpot(
  client: OpenVendors['hubspot'],
  rules: RowRules,
  id: string,
): Promise<MirrorRow | undefined> {
  const [record] = await client.readRecords(crmTypeOf[rules.plan.object], [id], hubSpotProperties(rules));
  return record && hubSpotRow(record, rules);
}

/** The one record with this join key. */
async function findInHubSpot(
  client: OpenVendors['hubspot'],
  rules: RowRules,
  key: string,
): Promise<MirrorRow | undefined> {
  const { object, joinKey } = rules.plan;
  const request = { property: joinKey.property, key, properties: hubSpotProperties(rules) };
  const records = await findByKey(client, crmTypeOf[object], request);
  const wanted = readKey(key, rules.config.keyFolding);
  const rows = records
    .map((record) => hubSpotRow(record, rules))
    .filter((row) => row.keyState === 'ok' && wanted.state === 'ok' && row.matchKey === wanted.key);
  return rows.length === 1 ? rows[0] : undefined;
}

async function readVisitors(reading: LiveReading, ids: readonly string[]): Promise<MirrorRow[]> {
  const { pendo, zone, rules } = reading;
  const name = rules.plan.object === 'visitor' ? 'visitorId' : 'accountId';
  const request = { ids, limit: ids.length + 1, select: pendoSelection(rules) };
  const rows: Record<string, unknown>[] = [];
  await pendo.aggregate<Record<string, unknown>>(
    rules.plan.object === 'visitor' ? pipelines.visitorsPage(request) : pipelines.accountsPage(request),
    (row) => void rows.push(row),
  );
  const found = rows.map((row) => String(row[name]));
  const columns = rows.length === 0 ? new Map() : await readLiveColumns(reading, found);
  return rows.map((row, place) => {
    const gives = givesOf(row, rules, zone, columns, place);
    const record = { id: String(row[name]), held: heldOf(row, rules), gives, excluded: isDoNotProcess(row.dnp) };
    return pendoRow(record, rules);
  });
}
