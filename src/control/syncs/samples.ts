/**
 * A look at real records before anything is set up: how often a property is filled, with what, and whether it would do as a
 * join key. On the records that were changed last, in a few calls; nothing is stored.
 */

import { crmTypeOf } from '../../hubspot/index.ts';
import { pipelines } from '../../pendo/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import { foldedKey, readKey } from '../../sync/join-key.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { notForgotten } from '../evidence/suppressed.ts';

/** One search: HubSpot gives at most so many at once. */
const sampleSize = 200;
const fewExamples = 3;
const longestExample = 80;
const patienceMs = 25_000;
/** So many ids are asked for in one call. */
const idsAtOnce = 200;
const changedAt = { visitor: 'lastmodifieddate', account: 'hs_lastmodifieddate' } as const;

export interface PropertySample {
  property: string;
  filled: number;
  /** Distinct values, cut short. */
  examples: string[];
}

export interface ComparedKey {
  property: string;
  filled: number;
  distinct: number;
  /** Records whose value another record of the sample has too. */
  shared: number;
  /** Distinct values that are ids in Pendo, letter by letter. */
  matched: number;
  /** Further ones that are, folded to lower case without spaces around them. */
  matchedFolded: number;
  examples: { matched: string[]; unmatched: string[] };
}

interface Sampled {
  id: string;
  properties: Record<string, unknown>;
}

/** @throws VendorError when HubSpot is not connected or does not answer. */
export async function sampleProperties(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  properties: readonly string[],
): Promise<{ sampled: number; properties: PropertySample[] }> {
  const records = await readSample(control, caller, tenantId, object, properties);
  return {
    sampled: records.length,
    properties: properties.map((property) => {
      const values = records.flatMap(({ properties: { [property]: value } }) => filledText(value));
      const examples = [...new Set(values)].slice(0, fewExamples).map(short);
      return { property, filled: values.length, examples };
    }),
  };
}

/** @throws VendorError when a vendor is not connected or does not answer. */
export async function compareKeys(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  properties: readonly string[],
): Promise<{ sampled: number; keys: ComparedKey[] }> {
  const records = await readSample(control, caller, tenantId, object, properties);
  const { client } = await control.vendors.pendo(tenantId, { signal: AbortSignal.timeout(patienceMs) });
  const candidates = properties.map((property) => {
    const keys = records.flatMap(({ properties: { [property]: value } }) => {
      const key = readKey(typeof value === 'number' ? String(value) : value, 'exact');
      return key.state === 'ok' ? [key.key] : [];
    });
    return { property, keys, distinct: [...new Set(keys)] };
  });
  const asked = [...new Set(candidates.flatMap(({ distinct }) => distinct.flatMap((key) => [key, foldedKey(key)])))];
  const there = new Set<string>();
  for (let at = 0; at < asked.length; at += idsAtOnce) {
    const ids = asked.slice(at, at + idsAtOnce);
    const request = { ids, limit: ids.length, select: {} };
    await client.aggregate<Record<string, unknown>>(
      object === 'visitor' ? pipelines.visitorsPage(request) : pipelines.accountsPage(request),
      (row) => void there.add(String(row[object === 'visitor' ? 'visitorId' : 'accountId'])),
    );
  }
  return {
    sampled: records.length,
    keys: candidates.map(({ property, keys, distinct }) => {
      const times = Map.groupBy(keys, (key) => key);
      const matched = distinct.filter((key) => there.has(key));
      const folded = distinct.filter((key) => !there.has(key) && there.has(foldedKey(key)));
      const unmatched = distinct.filter((key) => !there.has(key) && !there.has(foldedKey(key)));
      return {
        property,
        filled: keys.length,
        distinct: distinct.length,
        shared: keys.filter((key) => times.get(key)!.length > 1).length,
        matched: matched.length,
        matchedFolded: folded.length,
        examples: {
          matched: matched.slice(0, fewExamples).map(short),
          unmatched: [...folded, ...unmatched].slice(0, fewExamples).map(short),
        },
      };
    }),
  };
}

async function readSample(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  properties: readonly string[],
): Promise<Sampled[]> {
  await inTenant(control, caller, 'operate', tenantId, async () => undefined);
  const client = await control.vendors.hubspot(tenantId, { signal: AbortSignal.timeout(patienceMs) });
  const { records } = await client.searchPage(crmTypeOf[object], {
    filters: [],
    sort: { property: changedAt[object], direction: 'DESCENDING' },
    properties: [...new Set([...properties, 'email'])],
    limit: sampleSize,
  });
  return notForgotten(control, tenantId, object, records, ({ id, properties: values }) => ({
    hubspotId: id,
    keys: Object.values(values).flatMap(filledText),
  }));
}

function filledText(value: unknown): string[] {
  return typeof value === 'string' && value.trim() !== '' ? [value] : [];
}

function short(text: string): string {
  return text.length <= longestExample ? text : `${text.slice(0, longestExample)}…`;
}
