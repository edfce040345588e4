/** One record of either side as the mirror keeps it: its key, what it gives and what it holds, in canonical form. */

import { fromHubSpot, fromPendo, hubspotTargetValue } from './canonical.ts';
import type { SyncConfig } from './config.ts';
import { digest } from './digest.ts';
import { type JoinKey, readKey } from './join-key.ts';
import { isUnstorableId, storedId } from './stored-id.ts';
import type { CanonDoc, Plan, PullPlan } from './types.ts';

export interface MirrorRow {
  id: string;
  keyState: 'ok' | 'blank' | 'invalid' | 'excluded';
  matchKey: string | null;
  foldKey: string | null;
  /** Null where it is the folded key, as nearly always. */
  looseKey: string | null;
  gives: CanonDoc;
  holds: CanonDoc;
  /** 16 bytes each, hex. */
  givesDigest: string;
  holdsDigest: string;
  /** HubSpot: what a creation in Pendo would use, where it is not the key. */
  spelledKey?: string | null;
  /** HubSpot: additional e-mails, compared like keys. Null: not wanted, or not known. */
  aliases?: string[] | null;
  /** The same, folded, where they are others. */
  foldedAliases?: string[] | null;
  /** Pendo: the id stands for one that PostgreSQL cannot hold. */
  unstorable?: boolean;
}

export interface RowRules {
  plan: Plan;
  config: SyncConfig;
  /** Target properties that a real run would create: absent means empty there. */
  notYetCreated: ReadonlySet<string>;
}

/** Contacts have additional e-mails, and these settings must know them. */
export function needsAliases({ plan, config }: Pick<RowRules, 'plan' | 'config'>): boolean {
  return plan.object === 'visitor' && (config.secondaryEmails || config.create !== 'none');
}

export const additionalEmails = 'hs_additional_emails';

/** Every property that a read of HubSpot must ask for. */
export function hubSpotProperties(rules: RowRules): string[] {
  const { plan } = rules;
  const names = new Set([plan.joinKey.property]);
  if (needsAliases(rules)) names.add(additionalEmails);
  for (const field of plan.pull) if (field.stopped === undefined) names.add(field.property);
  for (const field of plan.push) if (field.stopped === undefined) names.add(field.property);
  return [...names];
}

export function hubSpotRow(record: { id: string; properties: Record<string, unknown> }, rules: RowRules): MirrorRow {
  const { plan, config } = rules;
  const key = readKey(record.properties[plan.joinKey.property], config.keyFolding, plan.joinKey.type === 'number');
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
    if (raw !== undefined) holds[field.property] = hubspotTargetValue(field.hubspotType, raw);
    else if (rules.notYetCreated.has(field.property)) holds[field.property] = null;
  }
  const row = build(record.id, key, gives, holds);
  row.spelledKey = key.state === 'ok' && key.spelling !== key.key ? key.spelling : null;
  if (needsAliases(rules)) Object.assign(row, aliasesOf(record.properties[additionalEmails], config));
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

/** HubSpot leaves the property out where it may not be seen: then nobody knows whether there are any. */
function aliasesOf(raw: unknown, config: SyncConfig): Required<Pick<MirrorRow, 'aliases' | 'foldedAliases'>> {
  if (raw !== null && typeof raw !== 'string') return { aliases: null, foldedAliases: null };
  const keys = (raw ?? '')
    .split(';')
    .map((part) => readKey(part, config.keyFolding))
    .filter((key) => key.state === 'ok');
  const aliases = distinct(keys.map(({ key }) => key));
  const folded = distinct(keys.map((key) => key.folded));
  const same = aliases.length === folded.length && aliases.every((alias, n) => alias === folded[n]);
  return { aliases, foldedAliases: same ? null : folded };
}

function distinct(texts: string[]): string[] {
  return [...new Set(texts)].sort();
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
  row.unstorable = isUnstorableId(record.id);
  return row;
}

function build(id: string, key: JoinKey, gives: CanonDoc, holds: CanonDoc): MirrorRow {
  return {
    id,
    keyState: key.state,
    matchKey: key.state === 'ok' ? key.key : null,
    foldKey: key.state === 'ok' ? key.folded : null,
    looseKey: key.state === 'ok' && key.loose !== key.folded ? key.loose : null,
    gives,
    holds,
    givesDigest: digest(gives).toString('hex'),
    holdsDigest: digest(holds).toString('hex'),
  };
}
