/** One record of either side as the mirror keeps it: its key, what it gives and what it holds, in canonical form. */

import { fromHubSpot, fromPendo, hubspotTakerValue } from './canonical.ts';
import type { SyncConfig } from './config.ts';
import { digest } from './digest.ts';
import { type JoinKey, readKey } from './join-key.ts';
import { isOddId, storedId } from './stored-id.ts';
import type { CanonDoc, Plan, PullPlan } from './types.ts';

export interface MirrorRow {
  id: string;
  keyState: 'ok' | 'blank' | 'invalid' | 'excluded';
  matchKey: string | null;
  foldKey: string | null;
  gives: CanonDoc;
  holds: CanonDoc;
  /** 16 bytes each, hex. */
  givesDigest: string;
  holdsDigest: string;
  /** HubSpot: additional e-mails, compared like keys. */
  aliases?: string[] | null;
  /** Pendo: the id stands for one that PostgreSQL cannot hold. */
  odd?: boolean;
}

export interface RowRules {
  plan: Plan;
  config: SyncConfig;
  /** Taker properties that a real run would create: absent means empty there. */
  notYetCreated: ReadonlySet<string>;
}

/** `hs_additional_emails` is wanted for these settings only. */
export function needsAliases(config: SyncConfig): boolean {
  return config.secondaryEmails || config.create !== 'none';
}

/** Every property that a read of HubSpot must ask for. */
export function hubSpotProperties({ plan, config }: RowRules): string[] {
  const names = new Set([plan.joinKey.property]);
  if (needsAliases(config)) names.add('hs_additional_emails');
  for (const field of plan.pull) if (field.stopped === undefined) names.add(field.property);
  for (const field of plan.push) if (field.stopped === undefined) names.add(field.property);
  return [...names];
}

export function hubSpotRow(record: { id: string; properties: Record<string, unknown> }, rules: RowRules): MirrorRow {
  const { plan, config } = rules;
  const key = readKey(record.properties[plan.joinKey.property], config.keyFolding);
  const gives: CanonDoc = {};
  if (key.state === 'ok') {
    for (const field of plan.pull) {
      const raw = record.properties[field.property];
      if (field.stopped !== undefined || raw === undefined) continue;
      gives[field.property] = fromHubSpot(field.valueType, raw, { labels: labelsOf(field) });
    }
  }
  const holds: CanonDoc = {};
  for (const field of plan.push) {
    if (field.stopped !== undefined) continue;
    const raw = record.properties[field.property];
    if (raw !== undefined) holds[field.property] = hubspotTakerValue(field.hubspotType, raw);
    else if (rules.notYetCreated.has(field.property)) holds[field.property] = null;
  }
  const row = build(record.id, key, gives, holds);
  if (needsAliases(config)) row.aliases = aliasesOf(record.properties.hs_additional_emails, config);
  return row;
}

/** A map is made once a plan, not once a record. */
const labelMaps = new WeakMap<PullPlan, ReadonlyMap<string, string>>();

function labelsOf(field: PullPlan): ReadonlyMap<string, string> | undefined {
  if (!field.labels) return undefined;
  let map = labelMaps.get(field);
  if (!map) {
    map = new Map([...field.labels, ...(JSON.parse(field.oddLabels ?? '[]') as [string, string][])]);
    labelMaps.set(field, map);
  }
  return map;
}

function aliasesOf(raw: unknown, config: SyncConfig): string[] {
  const aliases = new Set<string>();
  for (const part of typeof raw === 'string' ? raw.split(';') : []) {
    const key = readKey(part, config.keyFolding);
    if (key.state === 'ok') aliases.add(key.key);
  }
  return [...aliases].sort();
}

/**
 * @param held Pendo field name -> raw value, as read
 * @param gives the push values, keyed by HubSpot property
 */
export function pendoRow(
  record: { id: string; held: Record<string, unknown>; gives: CanonDoc; excluded: boolean },
  { plan, config }: RowRules,
): MirrorRow {
  const key = readKey(record.id, config.keyFolding);
  const holds: CanonDoc = {};
  if (!record.excluded) {
    for (const field of plan.pull) {
      if (field.stopped === undefined) holds[field.property] = fromPendo(field.valueType, record.held[field.field]);
    }
  }
  const usable = key.state === 'ok' && !record.excluded;
  const row = build(storedId(record.id), key, usable ? record.gives : {}, holds);
  if (record.excluded) row.keyState = 'excluded';
  row.odd = isOddId(record.id);
  return row;
}

function build(id: string, key: JoinKey, gives: CanonDoc, holds: CanonDoc): MirrorRow {
  return {
    id,
    keyState: key.state,
    matchKey: key.state === 'ok' ? key.key : null,
    foldKey: key.state === 'ok' ? key.folded : null,
    gives,
    holds,
    givesDigest: digest(gives).toString('hex'),
    holdsDigest: digest(holds).toString('hex'),
  };
}
