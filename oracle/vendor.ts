/** What the vendors make of a row, under the world's switches: SEMANTICS 8. */
import type { RawCrmRecord, RawValidationRule, Switches } from '../sandbox/contract.ts';
import type { Canonical, CanonicalKind, OracleSetup, Side } from './contract.ts';

export interface VendorRules {
  switches: Switches;
  clear: OracleSetup['pendo']['clear'];
  /** Of the object's type; empty where the API version in use ignores them. */
  validationRules: RawValidationRule[];
}

export interface Row {
  side: Side;
  /** What is sent, in canonical form. */
  values: Record<string, Canonical>;
  /** HubSpot: what the record holds already, or for a new one its key. */
  properties?: Record<string, string>;
  /** A new record. */
  creates?: { property: string; key: string };
}

/** Why the vendor refuses the row, if it does. A refused one changes nothing: the row is the unit. */
export function refusal(row: Row, rules: VendorRules): string | undefined {
  if (row.side === 'pendo') {
    const clears = Object.values(row.values).includes(null) && rules.clear === 'null';
    return clears && rules.switches.pendoNull === 'error' ? 'Pendo takes no null' : undefined;
  }
  if (row.creates?.property === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(row.creates.key)) {
    return 'HubSpot takes it for no e-mail address';
  }
  const holds = (property: string): string | undefined => {
    const sent = row.values[property];
    return sent === undefined || sent === null ? row.properties?.[property] : String(sent);
  };
  for (const { property, when } of rules.validationRules) {
    const applies = when ? holds(when.property) === when.value : row.creates !== undefined;
    if (applies && !holds(property)) return `the portal wants ${property}`;
  }
  return undefined;
}

/** What an accepted value is stored as. */
export function stored(side: Side, kind: CanonicalKind, value: Canonical, rules: VendorRules): Canonical | 'untouched' {
  if (side === 'pendo') {
    const ignored = value === null && rules.clear === 'null' && rules.switches.pendoNull === 'ignore';
    return ignored ? 'untouched' : value;
  }
  if (kind === 'number' && typeof value === 'number' && rules.switches.hubspotNormalise === 'roundNumbers') {
    return Math.round(value) + 0;
  }
  return value;
}

/** How long a write is not to be seen, in ms of the sandbox's clock. */
export function readLag(side: Side, { switches }: VendorRules): number {
  return side === 'pendo' ? switches.pendoReadLagMs : switches.hubspotReadLagMs;
}

/** Under which address HubSpot files a contact, and whom it finds under one. */
export class Addresses {
  private readonly owners = new Map<string, string>();
  private readonly folding: Switches['hubspotEmailFolding'];

  constructor(contacts: RawCrmRecord[], { switches }: VendorRules) {
    this.folding = switches.hubspotEmailFolding;
    for (const { id, properties } of contacts) {
      const all = [properties.email ?? '', ...(properties.hs_additional_emails ?? '').split(';')];
      for (const address of all) if (address !== '') this.owners.set(address.trim().toLowerCase(), id);
    }
  }

  file(key: string): { storedKey: string; taken: boolean; into?: string } {
    const plain = key.trim().toLowerCase();
    const bare = plain.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
    const storedKey = this.folding === 'none' ? plain : bare;
    const asked = this.folding === 'accents' ? bare : plain;
    const into = this.owners.get(storedKey);
    return { storedKey, taken: this.owners.has(asked), ...(into === undefined ? {} : { into }) };
  }
}
