/**
 * Around a creation in HubSpot. An upsert writes into whatever record HubSpot finds under a key: by an additional e-mail that
 * could not be read, or because it files one address under another. So HubSpot is asked first who it finds, and its reply
 * counts as a creation only where the record is new and carries the key.
 */

import type { OwedRow, RejectedDelivery } from '../../db/deliver/index.ts';
import { noteAsked } from '../../db/deliver/index.ts';
import type { BatchReply, CrmRecord, KeyReply } from '../../hubspot/index.ts';
import { crmTypeOf } from '../../hubspot/index.ts';
import { foldedKey, readKey } from '../../sync/join-key.ts';
import { additionalEmails } from '../../sync/mirror-row.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import { planOf } from '../read/row-rules.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';

/** The key of a creation: as its source holds it; under `fold`, trimmed. */
export function creationKey(row: OwedRow, { run }: Step): string {
  const key = row.key ?? '';
  return run.config.keyFolding === 'fold' ? key.trim() : key;
}

export interface AskedKeys {
  /** Nobody has their keys: they may be created. */
  free: OwedRow[];
  /** Somebody has: nothing is written. */
  taken: OwedRow[];
  /** Of the free, those that an attempt before this one seems to have created. */
  ours: ReadonlySet<OwedRow>;
}

export async function askFirst(rows: OwedRow[], step: Step, ref: RunRef): Promise<AskedKeys> {
  const { hubspot } = await step.vendors();
  const idProperty = step.run.config.joinKey.property;
  const properties = ref.object === 'visitor' && idProperty === 'email' ? [idProperty, additionalEmails] : [idProperty];
  const keys = new Map(rows.map((row) => [creationKey(row, step), row]));
  const owners = await findOwners(
    (some) => hubspot.readByKey(crmTypeOf[ref.object], { idProperty, keys: some, properties }),
    [...keys.keys()],
    idProperty,
  );
  const ours = new Set<OwedRow>();
  const asked: AskedKeys = { free: [], taken: [], ours };
  for (const [key, row] of keys) {
    const owner = owners.get(key);
    const mine = row.asked && owner != null && carries(owner, key, step);
    if (mine) ours.add(row);
    (owner === undefined || mine ? asked.free : asked.taken).push(row);
  }
  // Durable before the creation, for the attempt that continues where this one ends.
  const first = asked.free.filter((row) => !row.asked).map((row) => row.seq);
  if (first.length > 0) await step.write((tx) => noteAsked(tx, { ...ref, leg: 'push' }, first));
  return asked;
}

/**
 * Which record HubSpot finds under which key; null: one that it does not name. HubSpot answers with records only: a key that no
 * record carries, while some record carries no key, is asked for again among fewer.
 */
async function findOwners(
  ask: (keys: string[]) => Promise<KeyReply>,
  keys: string[],
  idProperty: string,
): Promise<Map<string, CrmRecord | null>> {
  const owners = new Map<string, CrmRecord | null>();
  const inHalves = async (some: string[]): Promise<void> => {
    const middle = Math.ceil(some.length / 2);
    for (const half of [some.slice(0, middle), some.slice(middle)]) {
      if (half.length > 0) for (const [key, owner] of await findOwners(ask, half, idProperty)) owners.set(key, owner);
    }
  };
  let reply: KeyReply;
  try {
    reply = await ask(keys);
  } catch (error) {
    if (!(error instanceof VendorError) || (error.kind !== 'rejected' && error.kind !== 'tooMuch')) throw error;
    // A key that cannot even be asked for is refused as a creation too: HubSpot says there what is wrong with it.
    if (keys.length > 1) await inHalves(keys);
    return owners;
  }
  const byName = new Map(keys.map((key) => [foldedKey(key), key]));
  let strangers = 0;
  for (const record of reply.records) {
    const names = [textOf(record, idProperty), ...textOf(record, additionalEmails).split(';')];
    const mine = names.map((name) => byName.get(foldedKey(name))).filter((key) => key !== undefined);
    for (const key of mine) owners.set(key, record);
    if (mine.length === 0) strangers += 1;
  }
  const missing = new Set(reply.missing.map(foldedKey));
  const open = keys.filter((key) => !owners.has(key) && !missing.has(foldedKey(key)));
  if (strangers === 0 || open.length === 0) return owners;
  if (open.length <= strangers) for (const key of open) owners.set(key, null);
  else await inHalves(open);
  return owners;
}

function textOf({ properties }: CrmRecord, name: string): string {
  const value = properties[name];
  return typeof value === 'string' ? value : '';
}

/** Is this the key of the record, as the next run will read it? */
function carries(record: Pick<CrmRecord, 'properties'>, key: string, { run }: Step): boolean {
  const { joinKey } = planOf(run);
  const { keyFolding } = run.config;
  const read = readKey(record.properties[joinKey.property], keyFolding, joinKey.type === 'number');
  const sent = readKey(key, keyFolding, joinKey.type === 'number');
  return read.state === 'ok' && sent.state === 'ok' && read.key === sent.key;
}

/** The reply without what is no creation, and why not. */
export async function checkCreated(
  reply: BatchReply,
  asked: AskedKeys,
  step: Step,
  ref: RunRef,
): Promise<{ reply: BatchReply; rejected: RejectedDelivery[] }> {
  const { hubspot } = await step.vendors();
  const { property } = step.run.config.joinKey;
  const rows = new Map(asked.free.map((row) => [creationKey(row, step), row]));
  const rejected: RejectedDelivery[] = [];
  const elsewhere = (key: string | undefined, message: string): void => {
    const row = rows.get(key ?? '');
    if (row) rejected.push({ seq: row.seq, code: 'FILED_ELSEWHERE', message });
  };
  const silent = reply.accepted.filter((each) => each.properties[property] === undefined).map(({ id }) => id);
  const read = silent.length === 0 ? [] : await hubspot.readRecords(crmTypeOf[ref.object], silent, [property]);
  const shown = new Map(read.map((record) => [record.id, record]));
  const accepted = reply.accepted.filter((each) => {
    const key = each.key ?? '';
    const row = rows.get(key);
    // What was sent twice is not new the second time.
    const isNew = each.created === true || reply.repeated || (row !== undefined && asked.ours.has(row));
    if (isNew && carries(shown.get(each.id) ?? each, key, step)) return true;
    elsewhere(key, `HubSpot answered with record ${each.id}, which was there before or has another key.`);
    return false;
  });
  // Records that nobody asked for, and keys without a record: HubSpot wrote these under other keys.
  const lost = reply.strangers > 0 ? reply.absent : [];
  for (const key of lost) elsewhere(key, 'HubSpot answered with records that have other keys than were sent.');
  return { reply: { ...reply, accepted, absent: reply.absent.filter((key) => !lost.includes(key)) }, rejected };
}
