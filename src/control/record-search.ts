/**
 * Finds records by whatever a person has: an id of either side, an e-mail address, a join value in any spelling, an
 * additional e-mail, or the address of a record's page. Looks at what the last runs read; the vendors are not asked.
 */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { type SyncObject, syncObjects } from '../sync/config.ts';
import { readKey } from '../sync/join-key.ts';
import type { Caller } from './caller.ts';
import { type Control, inTenant } from './control.ts';

export interface FoundRecord {
  object: SyncObject;
  side: 'hubspot' | 'pendo';
  id: string;
  /** Its join value. */
  key: string | null;
  outcome: string | null;
}

/** Of each side and object. */
const most = 10;

export function searchRecords(
  control: Control,
  caller: Caller,
  tenantId: string,
  text: string,
): Promise<FoundRecord[]> {
  const asked = readSearch(text);
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const found: FoundRecord[] = [];
    for (const object of syncObjects) {
      if (asked.object !== undefined && asked.object !== object) continue;
      if (asked.side !== 'pendo') found.push(...(await findHubSpot(tx, tenantId, object, asked)));
      if (asked.side !== 'hubspot') found.push(...(await findPendo(tx, tenantId, object, asked)));
    }
    return found;
  });
}

interface Asked {
  text: string;
  folded: string;
  side?: 'hubspot' | 'pendo';
  object?: SyncObject;
}

/** HubSpot: `…/contacts/<portal>/record/0-1/<id>` or `…/contact/<id>`. Pendo: `…/visitors/<id>`, `…/accounts/<id>`. */
export function readSearch(typed: string): Asked {
  const text = typed.trim();
  const asked = (id: string): Asked => {
    const key = readKey(id, 'fold');
    return { text: id, folded: key.state === 'ok' ? key.key : id };
  };
  if (!/^https?:\/\//i.test(text)) return asked(text);
  const path = decode(URL.parse(text)?.pathname ?? '');
  const record = /\/(?:record\/0-([12])|(contact|company))\/(\d+)/.exec(path);
  if (record) {
    const object = record[1] === '2' || record[2] === 'company' ? 'account' : 'visitor';
    return { ...asked(record[3]!), side: 'hubspot', object };
  }
  const page = /\/(visitor|account)s?\/([^/]+)/.exec(path);
  if (page) return { ...asked(page[2]!), side: 'pendo', object: page[1] as SyncObject };
  return asked(text);
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function findHubSpot(tx: Tx, tenantId: string, object: SyncObject, { text, folded, side }: Asked) {
  const id = /^[1-9]\d{0,17}$/.test(text) ? text : null;
  const { rows } = await sql<{ id: string; match_key: string | null; standing: string | null }>`
    select id::text as id, match_key, standing from hubspot_records
    where tenant_id = ${tenantId} and object = ${object}
      and (id = ${id}::bigint ${side === 'hubspot' ? sql`` : sql`or match_key in (${text}, ${folded}) or fold_key = ${folded} or aliases && array[${text}, ${folded}]`})
    order by hubspot_records.id limit ${most}`.execute(tx);
  return rows.map((row) => ({
    object,
    side: 'hubspot' as const,
    id: row.id,
    key: row.match_key,
    outcome: row.standing,
  }));
}

async function findPendo(tx: Tx, tenantId: string, object: SyncObject, { text, folded }: Asked) {
  const { rows } = await sql<{ id: string; match_key: string | null; standing: string | null }>`
    select id, match_key, standing from pendo_records
    where tenant_id = ${tenantId} and object = ${object} and (id = ${text} or match_key in (${text}, ${folded}) or fold_key = ${folded})
    order by id limit ${most}`.execute(tx);
  return rows.map((row) => ({ object, side: 'pendo' as const, id: row.id, key: row.match_key, outcome: row.standing }));
}
