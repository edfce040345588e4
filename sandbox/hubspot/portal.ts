import type {
  CrmType,
  RawCalculation,
  RawEventDefinition,
  RawOccurrence,
  RawPortal,
  RawPropertyDefinition,
  RawValidationRule,
  Switches,
  WorldRequest,
} from '../contract.ts';
import type { SandboxClock } from '../world/clock.ts';
import type { PeoplePlan } from '../world/people.ts';
import { hash } from '../world/random.ts';
import { setCalculations } from './calculations.ts';
import { companyProperties } from './company-properties.ts';
import { contactProperties } from './contact-properties.ts';
import type { ValueMaker } from './define.ts';
import { createMakers } from './makers.ts';
import { RecordStore } from './record-store.ts';

export interface PortalGroup {
  name: string;
  label: string;
  displayOrder: number;
  archived: boolean;
}

/** One HubSpot account: its definitions, its records and what its admin set. */
export interface Portal {
  portalId: number;
  /** The private app that the world's own token belongs to. */
  appId: number;
  seed: number;
  tier: number;
  dailyLimit: number;
  timeZone: string;
  scopes: string[];
  validationRules: RawValidationRule[];
  calculations: RawCalculation[];
  blockedEmails: Set<string>;
  plan: PeoplePlan;
  clock: SandboxClock;
  switches: () => Switches;
  groups: Record<CrmType, Map<string, PortalGroup>>;
  properties: Record<CrmType, Map<string, RawPropertyDefinition>>;
  /** Real time from which a property that was just created can be seen. */
  visibleFrom: Map<RawPropertyDefinition, number>;
  records: Record<CrmType, RecordStore>;
  customEvents: boolean;
  monthlyOccurrences: number;
  /** By name. */
  eventDefinitions: Map<string, RawEventDefinition>;
  occurrences: RawOccurrence[];
}

/** What custom events need, which not every mission has. */
export const eventScopes = ['behavioral_events.event_definitions.read_write', 'analytics.behavioral_events.send'];

/** Everything the mission needs; no sensitive data, no other objects. */
export const missionScopes = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.objects.companies.read',
  'crm.objects.companies.write',
  'crm.schemas.contacts.read',
  'crm.schemas.contacts.write',
  'crm.schemas.companies.read',
  'crm.schemas.companies.write',
  ...eventScopes,
];

/** Calls a day by tier, as HubSpot publishes them (Free, Professional, with the limit increase). */
const dailyLimits: Record<number, number> = { 0: 0, 100: 250_000, 110: 0, 190: 625_000, 250: 1_625_000 };

const groupNames: Record<CrmType, [string, string][]> = {
  contacts: [
    ['contactinformation', 'Contact information'],
    ['customer', 'Customer'],
  ],
  companies: [
    ['companyinformation', 'Company information'],
    ['account', 'Account'],
  ],
};

export function createPortal(
  request: WorldRequest,
  plan: PeoplePlan,
  clock: SandboxClock,
  switches: () => Switches,
): Portal {
  const seed = hash(request.seed, 'portal');
  const today = Math.floor(clock.now() / 86_400_000) * 86_400_000;
  const makers = createMakers(seed, today, plan.tame);
  const specs = { contacts: contactProperties(plan, makers), companies: companyProperties(plan, makers) };
  const tier = request.tier ?? 190;

  const properties = (type: CrmType) => new Map(specs[type].map(({ definition }) => [definition.name, definition]));
  const groups = (type: CrmType) =>
    new Map(
      groupNames[type].map(([name, label], displayOrder) => [name, { name, label, displayOrder, archived: false }]),
    );
  const records = (type: CrmType, count: number) => {
    const values = new Map<string, ValueMaker>();
    for (const spec of specs[type]) if (spec.make) values.set(spec.definition.name, spec.make);
    return new RecordStore(type, seed, count, today, plan.tame, values);
  };

  return {
    portalId: 10_000_000 + (hash(request.seed, 'portal id', request.world) % 40_000_000),
    appId: 1_000_000 + (hash(request.seed, 'app id', request.world) % 9_000_000),
    seed,
    tier,
    dailyLimit: dailyLimits[tier] ?? 0,
    timeZone: 'US/Eastern',
    scopes: [...missionScopes],
    validationRules: [],
    calculations: [],
    blockedEmails: new Set(),
    plan,
    clock,
    switches,
    groups: { contacts: groups('contacts'), companies: groups('companies') },
    properties: { contacts: properties('contacts'), companies: properties('companies') },
    visibleFrom: new Map(),
    records: { contacts: records('contacts', request.contacts), companies: records('companies', request.companies) },
    customEvents: true,
    monthlyOccurrences: 30_000_000,
    eventDefinitions: new Map(),
    occurrences: [],
  };
}

/** The portal as the admin API shows it. */
export function rawPortal(portal: Portal): RawPortal {
  const groups = (type: CrmType) =>
    [...portal.groups[type].values()].map(({ name, label, archived }) => ({ name, label, archived }));
  return {
    portalId: portal.portalId,
    tier: portal.tier,
    dailyLimit: portal.dailyLimit,
    timeZone: portal.timeZone,
    scopes: portal.scopes,
    groups: { contacts: groups('contacts'), companies: groups('companies') },
    properties: {
      contacts: [...portal.properties.contacts.values()],
      companies: [...portal.properties.companies.values()],
    },
    validationRules: portal.validationRules,
    calculations: portal.calculations,
    blockedEmails: [...portal.blockedEmails],
    customEvents: portal.customEvents,
    monthlyOccurrences: portal.monthlyOccurrences,
    eventDefinitions: [...portal.eventDefinitions.values()],
  };
}

/** Sets what is given; groups and properties are replaced per type. */
export function patchPortal(portal: Portal, change: Partial<RawPortal>): void {
  if (change.tier !== undefined) portal.tier = change.tier;
  if (change.dailyLimit !== undefined) portal.dailyLimit = change.dailyLimit;
  if (change.timeZone !== undefined) portal.timeZone = change.timeZone;
  if (change.scopes !== undefined) portal.scopes = change.scopes;
  if (change.validationRules !== undefined) portal.validationRules = change.validationRules;
  if (change.blockedEmails !== undefined) portal.blockedEmails = new Set(change.blockedEmails);
  for (const type of ['contacts', 'companies'] as const) {
    const groups = change.groups?.[type];
    if (groups)
      portal.groups[type] = new Map(groups.map((group, displayOrder) => [group.name, { ...group, displayOrder }]));
    const properties = change.properties?.[type];
    if (properties) portal.properties[type] = new Map(properties.map((definition) => [definition.name, definition]));
  }
  if (change.customEvents !== undefined) portal.customEvents = change.customEvents;
  if (change.monthlyOccurrences !== undefined) portal.monthlyOccurrences = change.monthlyOccurrences;
  if (change.eventDefinitions !== undefined)
    portal.eventDefinitions = new Map(change.eventDefinitions.map((definition) => [definition.name, definition]));
  if (change.calculations !== undefined) setCalculations(portal, change.calculations);
}

/** The definition if it is there for API clients by now: not archived, and past the delay after its creation. */
export function visibleProperty(portal: Portal, type: CrmType, name: string): RawPropertyDefinition | undefined {
  const definition = propertyNamed(portal, type, name);
  if (definition === undefined || definition.archived) return undefined;
  return isVisible(portal, definition) ? definition : undefined;
}

/** Names are found in any case; those with capitals were made long ago or by HubSpot's own integrations. */
export function propertyNamed(portal: Portal, type: CrmType, name: string): RawPropertyDefinition | undefined {
  const exact = portal.properties[type].get(name);
  if (exact !== undefined) return exact;
  const folded = name.toLowerCase();
  for (const definition of portal.properties[type].values())
    if (definition.name.toLowerCase() === folded) return definition;
  return undefined;
}

export function isVisible(portal: Portal, definition: RawPropertyDefinition): boolean {
  if (definition.name === 'hs_additional_emails' && portal.switches().hubspotAdditionalEmails === 'hidden')
    return false;
  const from = portal.visibleFrom.get(definition);
  if (from === undefined) return true;
  if (Date.now() < from) return false;
  portal.visibleFrom.delete(definition);
  return true;
}
