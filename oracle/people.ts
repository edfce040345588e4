/** Who is read at all, and who takes part. */
import type { RawCrmRecord, RawPendoRecord } from '../sandbox/contract.ts';
import type { OracleSetup, Truth } from './contract.ts';

/** Pendo's own ids for visitors that have not been identified. */
export function isAnonymous(visitorId: string): boolean {
  return visitorId.startsWith('_PENDO_T_');
}

function isDoNotProcess(visitor: RawPendoRecord): boolean {
  const mark = visitor.metadata.pendo?.donotprocess;
  return mark === true || mark === 'true';
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
}

export function peopleOf(truth: Truth, setup: OracleSetup): People {
  const forgottenPendo = setup.forgotten?.pendo ?? [];
  const visitors = truth.visitors.filter((visitor) => !isAnonymous(visitor.id));
  const excludedVisitors = new Set([...visitors.filter(isDoNotProcess).map((it) => it.id), ...forgottenPendo]);
  const forVisitors = setup.object === 'visitor';
  return {
    visitors,
    excludedVisitors,
    pendo: forVisitors ? visitors : truth.accounts,
    hubspot: (forVisitors ? truth.contacts : truth.companies).filter(
      (record) => !record.archived && record.mergedInto === undefined,
    ),
    excludedPendo: forVisitors ? excludedVisitors : new Set(forgottenPendo),
    excludedHubspot: new Set(setup.forgotten?.hubspot ?? []),
  };
}
