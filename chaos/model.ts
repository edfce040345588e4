/**
 * What the oracle says of a world after each change: every value that any target may have been given at any time, and
 * every key that may have been created. Whatever is written beyond that is wrong, even if it is repaired later.
 */
import { canonical } from '../oracle/canonical.ts';
import { type Expectation, expect, type OracleSetup, snapshot, type Truth } from '../oracle/index.ts';
import type { SyncConfig, SyncObject } from '../src/sync/config.ts';
import type { ChaosTenant } from './tenants.ts';

type Side = 'hubspot' | 'pendo';

/** A place is a vendor's account: `hubspot@world`. */
export const placeOf = (side: Side, world: string): string => `${side}@${world}`;

/** A contact and a company of HubSpot's may have the same id. */
export const cell = (object: SyncObject, place: string, id: string, field: string): string =>
  `${object}|${place}|${id}|${field}`;

/** What may have been wanted. */
export interface Wanted {
  /** May this value have been wanted for this target at some time? */
  wasWanted(object: SyncObject, place: string, id: string, field: string, value: unknown): boolean;
  mayCreate(place: string, object: SyncObject, key: string): boolean;
}

/** A state that a run may have read. */
interface Look {
  at: number;
  truth: Truth;
  places: Record<Side, string>;
  configs: Partial<Record<SyncObject, SyncConfig[]>>;
}

/** Targets that lost their values without a write of ours: a record or a field that was deleted. */
export interface Loss {
  at: number;
  object: SyncObject;
  place: string;
  id?: string;
  field?: string;
}

export interface Model extends Wanted {
  truth: Truth;
  /** Takes a new snapshot and learns from it. */
  look(): Promise<Truth>;
  /** Learns from a state that a run may have seen while records were changed one after the other. */
  learnTorn(truth: Truth): void;
  /** The same of all states between `from` and `until`, the two sides read at different moments. */
  between(from: number, until: number): Wanted;
  /** The states seen of a portal between two instants, epoch ms. */
  portalsBetween(place: string, from: number, until: number): Truth[];
  /** Join properties that some runs use beside the usual one. */
  otherJoins: Map<SyncObject, string>;
  /** The last state seen of each portal. */
  portals: Map<string, Truth>;
  /** Cells that people overwrote, or that a vendor pretended to write. */
  overwritten: Set<string>;
  losses: Loss[];
}

/** Stands for every field of a target without a partner. */
export const lostMatch = '(lost match)';

const unguarded: SyncConfig['guards'] = {
  valueShare: 1,
  valueFloor: 1e9,
  countShare: 0,
  countFloor: 1e9,
  creationShare: 1,
  creationFloor: 1e9,
};

/** The oracle's own setup for the state of things now. Guards are off: they say when, not what. */
export function setupNow(
  tenant: Pick<ChaosTenant, 'world'>,
  object: SyncObject,
  config: SyncConfig,
  asOf: number,
): OracleSetup {
  return {
    object,
    asOf,
    syncConfig: { ...config, guards: unguarded },
    pendo: { zone: tenant.world.zone, clear: 'null' },
  };
}

/** Both sides as the tenant is connected to them now. */
export async function snapshotOf(tenant: ChaosTenant, adminUrl: string): Promise<Truth> {
  const { hubspot, pendo } = tenant.connected;
  const truth = await snapshot(adminUrl, pendo.world);
  return hubspot.world === pendo.world ? truth : joined(await snapshot(adminUrl, hubspot.world), truth);
}

function joined({ portal, contacts, companies }: Truth, pendo: Truth): Truth {
  return { ...pendo, portal, contacts, companies };
}

/** @param now Crosswalk's clock, which the vendors' may be ahead of */
export async function createModel(tenant: ChaosTenant, adminUrl: string, now: () => number): Promise<Model> {
  const all = createKnowledge();
  const looks: Look[] = [];
  const learn = (look: Look, into: Knowledge = all): void => {
    for (const object of tenant.objects) {
      for (const config of look.configs[object] ?? []) {
        into.learn(expect(look.truth, setupNow(tenant, object, config, now())), look.places);
      }
    }
  };
  const note = (truth: Truth): void => {
    const places = {
      hubspot: placeOf('hubspot', tenant.connected.hubspot.world),
      pendo: placeOf('pendo', tenant.connected.pendo.world),
    };
    const look: Look = { at: Date.now(), truth, places, configs: {} };
    for (const object of tenant.objects) {
      const full = tenant.full[object] as SyncConfig;
      const other = model.otherJoins.get(object);
      look.configs[object] = [full, ...(other === undefined ? [] : [{ ...full, joinKey: { property: other } }])];
    }
    looks.push(look);
    learn(look);
  };
  const model: Model = {
    truth: await snapshotOf(tenant, adminUrl),
    otherJoins: new Map(),
    portals: new Map(),
    overwritten: new Set(),
    losses: [],
    async look() {
      model.truth = await snapshotOf(tenant, adminUrl);
      model.portals.set(placeOf('hubspot', tenant.connected.hubspot.world), model.truth);
      note(model.truth);
      return model.truth;
    },
    learnTorn: note,
    portalsBetween: (place, from, until) =>
      looks.filter(({ at, places }) => places.hubspot === place && at >= from && at <= until).map(({ truth }) => truth),
    between(from, until) {
      const first = looks.findLastIndex(({ at }) => at <= from);
      const some = looks.slice(Math.max(0, first)).filter(({ at }, n) => n === 0 || at <= until);
      const knowledge = createKnowledge();
      for (const hubspot of some) {
        for (const pendo of some) {
          const places = { hubspot: hubspot.places.hubspot, pendo: pendo.places.pendo };
          learn({ ...hubspot, truth: joined(hubspot.truth, pendo.truth), places }, knowledge);
        }
      }
      return knowledge;
    },
    wasWanted: all.wasWanted,
    mayCreate: all.mayCreate,
  };
  note(model.truth);
  return model;
}

interface Knowledge extends Wanted {
  learn(expectation: Expectation, places: Record<Side, string>): void;
}

function createKnowledge(): Knowledge {
  const wanted = new Map<string, Set<unknown>>();
  const creatable = new Set<string>();
  const want = (key: string, value: unknown): void => {
    const known = wanted.get(key) ?? new Set();
    wanted.set(key, known.add(value));
  };
  return {
    wasWanted: (object, place, id, field, value) => wanted.get(cell(object, place, id, field))?.has(value) ?? false,
    mayCreate: (place, object, key) => creatable.has(`${place}|${object}|${key}`),
    learn(expectation, places) {
      const { object } = expectation;
      for (const leg of [expectation.pull, expectation.push]) {
        if (leg === undefined) continue;
        const target = places[leg.source === 'hubspot' ? 'pendo' : 'hubspot'];
        for (const record of leg.records.values()) {
          if (record.partner === undefined) continue;
          for (const field of record.fields)
            want(cell(object, target, record.partner, field.field), canonical(field.wanted));
        }
      }
      for (const { side, key, fields } of expectation.creates) {
        creatable.add(`${places[side]}|${object}|${key}`);
        for (const [field, value] of Object.entries(fields))
          want(cell(object, places[side], `new ${key}`, field), value);
      }
      // Whom nobody matches any more may be cleared, where the configuration says so.
      for (const side of ['hubspot', 'pendo'] as const) {
        for (const [id, state] of expectation.match[side].states) {
          if (state === 'unmatched' || state === 'blank') want(cell(object, places[side], id, lostMatch), null);
        }
      }
    },
  };
}
