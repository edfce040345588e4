/**
 * What the oracle says of a world after each change: every value that any target may have been given at any time, and
 * every key that may have been created. Whatever is written beyond that is wrong, even if it is mended later.
 */
import { canonical } from '../oracle/canonical.ts';
import { type Expectation, expect, type OracleSetup, snapshot, type Truth } from '../oracle/index.ts';
import type { SyncConfig, SyncObject } from '../src/sync/config.ts';
import type { ChaosTenant } from './tenants.ts';

export interface Model {
  truth: Truth;
  /** Takes a new snapshot and learns from it. */
  look(): Promise<Truth>;
  /** May this value have been wanted for this target at some time? */
  wasWanted(object: SyncObject, side: 'hubspot' | 'pendo', id: string, field: string, value: unknown): boolean;
  mayCreate(side: 'hubspot' | 'pendo', object: SyncObject, key: string): boolean;
  /** Cells that people overwrote, or that a vendor pretended to write: `object|side|id|field`. */
  untold: Set<string>;
}

/** Stands for every field of a target without a partner. */
export const lostMatch = '(lost match)';

/** A contact and a company of HubSpot's may have the same id. */
export const cell = (object: SyncObject, side: string, id: string, field: string): string =>
  `${object}|${side}|${id}|${field}`;

const unguarded: SyncConfig['guards'] = {
  valueShare: 1,
  valueFloor: 1e9,
  countShare: 0,
  countFloor: 1e9,
  creationShare: 1,
  creationFloor: 1e9,
};

/** The oracle's own setup for the state of things now. Guards are off: they say when, not what. */
export function setupNow(tenant: ChaosTenant, object: SyncObject, config: SyncConfig, asOf: number): OracleSetup {
  return {
    object,
    asOf,
    syncConfig: { ...config, guards: unguarded },
    pendo: { zone: tenant.world.zone, clear: 'null' },
  };
}

/** @param now Crosswalk's clock, which the vendors' may be ahead of */
export async function createModel(tenant: ChaosTenant, adminUrl: string, now: () => number): Promise<Model> {
  const wanted = new Map<string, Set<unknown>>();
  const creatable = new Set<string>();
  const learn = (key: string, value: unknown): void => {
    const known = wanted.get(key) ?? new Set();
    wanted.set(key, known.add(value));
  };
  const learnFrom = (truth: Truth): void => {
    for (const object of tenant.objects) {
      const setup = setupNow(tenant, object, tenant.full[object] as SyncConfig, now());
      learnExpectation(expect(truth, setup), learn, creatable);
    }
  };
  const model: Model = {
    truth: await snapshot(adminUrl, tenant.name),
    untold: new Set(),
    async look() {
      model.truth = await snapshot(adminUrl, tenant.name);
      learnFrom(model.truth);
      return model.truth;
    },
    wasWanted: (object, side, id, field, value) => wanted.get(cell(object, side, id, field))?.has(value) ?? false,
    mayCreate: (side, object, key) => creatable.has(`${side}|${object}|${key}`),
  };
  learnFrom(model.truth);
  return model;
}

function learnExpectation(
  expectation: Expectation,
  learn: (key: string, value: unknown) => void,
  creatable: Set<string>,
): void {
  const { object } = expectation;
  for (const leg of [expectation.pull, expectation.push]) {
    if (leg === undefined) continue;
    const target = leg.source === 'hubspot' ? 'pendo' : 'hubspot';
    for (const record of leg.records.values()) {
      if (record.partner === undefined) continue;
      for (const field of record.fields)
        learn(cell(object, target, record.partner, field.field), canonical(field.wanted));
    }
  }
  for (const { side, key, fields } of expectation.creates) {
    creatable.add(`${side}|${object}|${key}`);
    for (const [field, value] of Object.entries(fields)) learn(cell(object, side, `new ${key}`, field), value);
  }
  // Whom nobody matches any more may be cleared, where the configuration says so.
  for (const side of ['hubspot', 'pendo'] as const) {
    for (const [id, state] of expectation.match[side].states) {
      if (state === 'unmatched' || state === 'blank') learn(cell(object, side, id, lostMatch), null);
    }
  }
}
