import type { CrmType, RawPropertyDefinition } from '../contract.ts';
import { isoTime } from '../world/iso-time.ts';
import { type HubSpotCall, needScope } from './call.ts';
import { typeId } from './errors.ts';
import { visibleProperty } from './portal.ts';
import type { RecordStore, Slot } from './record-store.ts';

/** Turns a record into its JSON text, or null when this reader must not see it (yet). */
export type Presenter = (slot: Slot) => string | null;

const always: Record<CrmType, string[]> = {
  contacts: ['createdate', 'hs_object_id', 'lastmodifieddate'],
  companies: ['createdate', 'hs_lastmodifieddate', 'hs_object_id'],
};
/** What comes when no property is asked for. */
const byDefault: Record<CrmType, string[]> = {
  contacts: [...always.contacts, 'email', 'firstname', 'lastname'],
  companies: [...always.companies, 'domain', 'name'],
};

export interface PresenterOptions {
  /** Names asked for; empty: HubSpot's own choice. */
  properties: string[];
  /** Also a history of one entry for these. */
  history?: string[];
  /** How far behind this reader is, in ms of the sandbox's clock. */
  lagMs: number;
  associations?: (slot: Slot) => unknown;
}

/** May this token know of the property? Sensitive ones need a scope of their own. */
export function mayRead(call: HubSpotCall, type: CrmType, definition: RawPropertyDefinition): boolean {
  return (
    definition.dataSensitivity === 'non_sensitive' || call.access.scopes.includes(`crm.objects.${type}.sensitive.read`)
  );
}

/**
 * The properties that a reader gets for the names asked for, in any case: unknown and sensitive ones are left out without
 * a word.
 */
export function shownProperties(call: HubSpotCall, type: CrmType, asked: string[]): string[] {
  const names = asked.length ? [...asked, ...always[type]] : byDefault[type];
  const shown = names.flatMap((name) => {
    const definition = visibleProperty(call.portal, type, name);
    return definition !== undefined && mayRead(call, type, definition) ? definition.name : [];
  });
  return [...new Set(shown)].sort();
}

/** How a record's answer spells the name of a property. */
export function shownName(call: HubSpotCall, name: string): string {
  return call.portal.switches().hubspotPropertyCase === 'lowerCase' ? name.toLowerCase() : name;
}

/**
 * Compiles a presenter for one request. This is the hot path of every list page: text is put together directly, with
 * readers looked up once, and nothing is allocated per record but the text.
 */
export function presenter(call: HubSpotCall, type: CrmType, options: PresenterOptions): Presenter {
  const store = call.portal.records[type];
  const names = shownProperties(call, type, options.properties);
  const readers = names.map((name) => store.reader(name));
  const keys = names.map((name, i) => `${i ? ',' : ''}${JSON.stringify(shownName(call, name))}:`);
  const url = `,"url":"https://app.hubspot.com/contacts/${call.portal.portalId}/record/${typeId(type)}/`;
  const lagging = options.lagMs > 0 && store.hasShadows();
  const seen = call.portal.clock.now() - options.lagMs;
  const history = options.history?.length ? shownHistory(call, type, options.history) : null;

  return (slot) => {
    if (lagging) {
      const old = store.shadowOf(slot, seen);
      if (old) return old.created ? null : presentOld(call, store, slot, names, old);
    }
    const id = store.ids[slot]!;
    let out = `{"id":"${id}","properties":{`;
    for (let i = 0; i < readers.length; i++) {
      const value = readers[i]!(slot);
      out += keys[i]! + (value === null ? 'null' : JSON.stringify(value));
    }
    out += `},"createdAt":"${isoTime(store.createdAt[slot]!)}","updatedAt":"${isoTime(store.updatedAt[slot]!)}","archived":`;
    if (store.isArchived(slot))
      out += `true,"archivedAt":"${isoTime(store.archivedAt.get(slot) ?? store.updatedAt[slot]!)}"`;
    else out += 'false';
    out += url;
    out += `${id}"`;
    if (history) out += `,"propertiesWithHistory":${JSON.stringify(history(store, slot))}`;
    const associations = options.associations?.(slot);
    if (associations !== undefined) out += `,"associations":${JSON.stringify(associations)}`;
    return `${out}}`;
  };
}

function presentOld(
  call: HubSpotCall,
  store: RecordStore,
  slot: Slot,
  names: string[],
  old: { before: Record<string, string | null>; updatedBefore: number; archivedBefore: boolean },
): string {
  const properties: Record<string, string | null> = {};
  const updatedAt = new Date(old.updatedBefore).toISOString();
  for (const name of names) {
    const before = old.before[name];
    if (name === always[store.type].find((system) => system.endsWith('lastmodifieddate')))
      properties[shownName(call, name)] = updatedAt;
    else
      properties[shownName(call, name)] =
        typeof before === 'string' || before === null ? before : store.reader(name)(slot);
  }
  return JSON.stringify({
    id: String(store.ids[slot]),
    properties,
    createdAt: new Date(store.createdAt[slot]!).toISOString(),
    updatedAt,
    archived: old.archivedBefore,
    url: `https://app.hubspot.com/contacts/${call.portal.portalId}/record/${typeId(store.type)}/${store.ids[slot]}`,
  });
}

function shownHistory(call: HubSpotCall, type: CrmType, asked: string[]) {
  const names = asked.flatMap((name) => {
    const definition = visibleProperty(call.portal, type, name);
    return definition !== undefined && mayRead(call, type, definition) ? definition.name : [];
  });
  return (store: RecordStore, slot: Slot) =>
    Object.fromEntries(
      names.map((name) => {
        const value = store.reader(name)(slot);
        const timestamp = new Date(store.updatedAt[slot]!).toISOString();
        return [
          shownName(call, name),
          value === null ? [] : [{ value, timestamp, sourceType: 'CRM_UI', updatedByUserId: 1 }],
        ];
      }),
    );
}

/** Throws 403 unless the token may read records of this type. */
export function needRead(call: HubSpotCall, type: CrmType): void {
  needScope(call, `crm.objects.${type}.read`);
}
