import type { Fault, PendoRegion, Switches, World, WorldRequest } from '../contract.ts';
import { createHubSpotHalf, type HubSpotHalf } from '../hubspot/index.ts';
import { createPendoHalf, type PendoHalf } from '../pendo/index.ts';
import type { SandboxClock } from '../world/clock.ts';
import { createPeoplePlan } from '../world/people.ts';
import { hash } from '../world/random.ts';
import { type CallLog, createCallLog } from './call-log.ts';
import { createFaults, type Faults } from './faults.ts';
import { LastPages } from './last-pages.ts';
import { changedSwitches, defaultSwitches } from './switches.ts';

/** A portal and a subscription that belong together, with what may go wrong between them and the client. */
export interface LiveWorld {
  world: World;
  hubspot: HubSpotHalf;
  pendo: PendoHalf;
  faults: Faults;
  log: CallLog;
  switches(): Switches;
  setSwitches(change: Record<string, unknown>): Switches;
  /** The only one where its Pendo keys are good. */
  region: PendoRegion;
  /** Credentials that the `revoked` fault killed. */
  revoked: Set<string>;
  lastPages: LastPages;
}

export function createWorld(request: WorldRequest, clock: SandboxClock): LiveWorld {
  let switches = defaultSwitches();
  const people = createPeoplePlan(request);
  const options = { request, people, clock, switches: () => switches };
  const hubspot = createHubSpotHalf(options);
  const pendo = createPendoHalf(options);
  const part = (name: string) => hash(request.seed, request.world, name).toString(16).padStart(8, '0');
  const token = `pat-na1-${part('a')}-${part('b').slice(0, 4)}-${part('b').slice(4)}-${part('c').slice(0, 4)}-${part('d')}${part('c').slice(4)}`;
  const subscription = pendo.subscription();
  return {
    region: request.region ?? 'us',
    world: {
      world: request.world,
      portalId: hubspot.portalId,
      subscriptionId: subscription.id,
      hubspotToken: token,
      pendoKey: pendo.keys.write,
      pendoReadKey: pendo.keys.read,
      zone: subscription.zone,
      joinKeys: { visitor: 'email', account: 'pendo_account_key' },
    },
    hubspot,
    pendo,
    faults: createFaults(),
    log: createCallLog(),
    switches: () => switches,
    setSwitches(change) {
      switches = changedSwitches(switches, change);
      return switches;
    },
    revoked: new Set(),
    lastPages: new LastPages(),
  };
}

/** All worlds of one sandbox. */
export interface Worlds {
  readonly clock: SandboxClock;
  /** Those that hit requests of every world, and of none. */
  readonly faults: Faults;
  create(request: WorldRequest): LiveWorld;
  named(world: string): LiveWorld | undefined;
  delete(world: string): boolean;
  all(): LiveWorld[];
  withPendoKey(key: string): LiveWorld | undefined;
  withHubSpotToken(token: string): LiveWorld | undefined;
  withPortal(portalId: number): LiveWorld | undefined;
}

export function createWorlds(clock: SandboxClock): Worlds {
  const worlds = new Map<string, LiveWorld>();
  const byCredential = new Map<string, LiveWorld>();
  const credentials = ({ world }: LiveWorld) => [
    `hubspot ${world.hubspotToken}`,
    `pendo ${world.pendoKey}`,
    `pendo ${world.pendoReadKey}`,
  ];
  return {
    clock,
    faults: createFaults(),
    create(request) {
      const live = createWorld(request, clock);
      worlds.set(request.world, live);
      for (const credential of credentials(live)) byCredential.set(credential, live);
      return live;
    },
    named: (world) => worlds.get(world),
    delete(world) {
      const live = worlds.get(world);
      if (live) for (const credential of credentials(live)) byCredential.delete(credential);
      return worlds.delete(world);
    },
    all: () => [...worlds.values()],
    withPendoKey: (key) => byCredential.get(`pendo ${key}`),
    withHubSpotToken: (token) => byCredential.get(`hubspot ${token}`),
    withPortal: (portalId) => [...worlds.values()].find((live) => live.hubspot.portalId === portalId),
  };
}

export type Vendor = Fault['vendor'];
