/** Who is read at all, and who takes part. */
import type { RawCrmRecord, RawPendoRecord } from '../sandbox/contract.ts';
import type { OracleSetup, Truth } from './contract.ts';
import { fold, looseKey } from './keys.ts';
import { visibleProperty } from './visible-property.ts';

/** Pendo's own ids for visitors that have not been identified. */
export function isAnonymous(visitorId: string): boolean {
  return visitorId.startsWith('_PENDO_T_');
}

function isDoNotProcess(record: RawPendoRecord): boolean {
  const mark = record.metadata.pendo?.donotprocess;
  return mark === true || mark === 'true';
}

/** Additional e-mails as HubSpot joins them. */
export function additionalEmails(properties: Record<string, string>): string[] {
  return (properties.hs_additional_emails ?? '').split(';').filter((it) => it !== '');
}

export interface People {
  /** The Pendo side of the object, anonymous visitors left out. */
  pendo: RawPendoRecord[];
  /** The HubSpot side, records left out that are archived or merged into another. */
  hubspot: RawCrmRecord[];
  excludedPendo: ReadonlySet<string>;
  excludedHubspot: ReadonlySet<string>;
  /** Visitors whose events and answers count nowhere, whichever object is synced. */
  excludedVisitors: ReadonlySet<string>;
  /** Identified visitors, excluded ones included. */
  visitors: RawPendoRecord[];
  /** False: HubSpot leaves `hs_additional_emails` out of the contacts. */
  additionalKnown: boolean;
}

/** Every spelling of a forgotten key: what folds to the same text, or looks the same. */
class Forgotten {
  private readonly folded = new Set<string>();
  private readonly loose = new Set<string>();

  add(key: string): void {
    if (key.trim() === '') return;
    this.folded.add(fold(key));
    this.loose.add(looseKey(key));
  }

  covers(key: string | undefined): boolean {
    return key !== undefined && (this.folded.has(fold(key)) || this.loose.has(looseKey(key)));
  }
}

export function peopleOf(truth: Truth, setup: OracleSetup): People {
  const forVisitors = setup.object === 'visitor';
  const joinProperty = setup.syncConfig.joinKey.property;
  const visitors = truth.visitors.filter((visitor) => !isAnonymous(visitor.id));
  const pendo = forVisitors ? visitors : truth.accounts;
  const hubspot = (forVisitors ? truth.contacts : truth.companies).filter(
    (record) => !record.archived && record.mergedInto === undefined,
  );

  const forgottenHubspot = new Set(setup.forgotten?.hubspot);
  const forgotten = new Forgotten();
  for (const key of [...(setup.forgotten?.pendo ?? []), ...(setup.forgotten?.keys ?? [])]) forgotten.add(key);
  for (const { properties } of hubspot.filter(({ id }) => forgottenHubspot.has(id))) {
    for (const key of [properties[joinProperty], ...(forVisitors ? additionalEmails(properties) : [])]) {
      if (key !== undefined) forgotten.add(key);
    }
  }
  const excluded = (records: RawPendoRecord[]): Set<string> =>
    new Set(records.filter((it) => isDoNotProcess(it) || forgotten.covers(it.id)).map((it) => it.id));
  const excludedVisitors = excluded(visitors);
  // One without a record may have events all the same.
  for (const id of setup.forgotten?.pendo ?? []) excludedVisitors.add(id);

  return {
    visitors,
    excludedVisitors,
    pendo,
    hubspot,
    excludedPendo: forVisitors ? excludedVisitors : excluded(pendo),
    excludedHubspot: new Set(
      hubspot
        .filter(({ id, properties }) => forgottenHubspot.has(id) || forgotten.covers(properties[joinProperty]))
        .map(({ id }) => id),
    ),
    additionalKnown:
      hubspot.length === 0 ||
      (truth.switches.hubspotAdditionalEmails === 'listed' &&
        visibleProperty(truth.portal, 'contacts', 'hs_additional_emails') !== undefined),
  };
}
