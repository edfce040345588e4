/** The address of a record's page at a vendor, as a person copies it from the browser. */
import type { SyncObject } from '../../sync/config.ts';

export interface RecordAddress {
  side: 'hubspot' | 'pendo';
  object: SyncObject;
  id: string;
}

/**
 * HubSpot: `…/contacts/<portal>/record/0-1/<id>` (0-2: a company), and the older `…/contact/<id>` and `…/company/<id>`.
 * Pendo: `…/visitors/<id>` and `…/accounts/<id>`, the id percent-encoded. Undefined: it is no such address.
 */
export function readRecordAddress(typed: string): RecordAddress | undefined {
  const text = typed.trim();
  if (!/^https?:\/\//i.test(text)) return undefined;
  // Not through URL: it takes an id `..` for a folder.
  const path = text.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/)[0] ?? '';
  const record = /\/(?:record\/0-([12])|(contact|company))\/([1-9]\d{0,17})(?:\/|$)/.exec(path);
  if (record) {
    const company = record[1] === '2' || record[2] === 'company';
    return { side: 'hubspot', object: company ? 'account' : 'visitor', id: record[3]! };
  }
  const page = /\/(visitor|account)s?\/([^/]+)/.exec(path);
  return page ? { side: 'pendo', object: page[1] as SyncObject, id: decode(page[2]!) } : undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
