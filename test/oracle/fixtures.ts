/** A small world, written out by hand: everything is absent until a test puts it there. */
import type { EventFact, OracleSetup, Truth } from '../../oracle/index.ts';
import type {
  RawCrmRecord,
  RawField,
  RawPendoRecord,
  RawPollEvent,
  RawPropertyDefinition,
  Switches,
} from '../../sandbox/contract.ts';
import { defaultSwitches } from '../../sandbox/server/switches.ts';
import { type SyncConfigInput, syncConfigSchema } from '../../src/sync/config.ts';

export const DAY = 86_400_000;
/** 2026-06-15 12:00 in UTC. */
export const NOON = Date.UTC(2026, 5, 15, 12);
/** Start of that day, the end of every window. */
export const T0 = Date.UTC(2026, 5, 15);

export const switches: Switches = { ...defaultSwitches(), hubspotPropertyLagMs: 0, hubspotResultOrder: 'asSent' };

export function property(name: string, more: Partial<RawPropertyDefinition> = {}): RawPropertyDefinition {
  return {
    name,
    label: name,
    type: 'string',
    fieldType: 'text',
    groupName: 'contactinformation',
    description: '',
    options: [],
    hasUniqueValue: false,
    calculated: false,
    hidden: false,
    hubspotDefined: false,
    readOnlyValue: false,
    dataSensitivity: 'non_sensitive',
    archived: false,
    createdAt: 0,
    updatedAt: 0,
    ...more,
  };
}

export function crm(id: number | string, properties: Record<string, string> = {}): RawCrmRecord {
  return { id: String(id), properties, archived: false, createdAt: 0, updatedAt: 0 };
}

export function pendo(id: string, metadata: RawPendoRecord['metadata'] = {}): RawPendoRecord {
  return { id, metadata };
}

export function field(type: RawField['type'], displayName = ''): RawField {
  return { type, displayName, isDeleted: false };
}

/** `daysAgo` 1 is yesterday, the last day of the current window; in UTC. */
export function event(visitorId: string, daysAgo: number, minutes: number, more: Partial<EventFact> = {}): EventFact {
  const items = { pageId: '', featureId: '', trackTypeId: '' };
  const row = { visitorId, accountId: '', appId: 1, day: T0 - daysAgo * DAY, minutes, events: 0, blacklisted: false };
  return { ...row, ...items, ...more };
}

export function answer(visitorId: string, at: number, pollResponse: unknown, more: Partial<RawPollEvent> = {}) {
  return {
    visitorId,
    accountId: '',
    guideId: 'g1',
    pollId: 'p1',
    appId: 1,
    pollResponse,
    pollType: 'NPSRating',
    browserTime: at,
    ...more,
  } satisfies RawPollEvent;
}

export interface Parts {
  contacts?: RawCrmRecord[];
  companies?: RawCrmRecord[];
  visitors?: RawPendoRecord[];
  accounts?: RawPendoRecord[];
  events?: EventFact[];
  pollEvents?: RawPollEvent[];
  /** Of both contacts and companies. `email`, `key` and `hs_additional_emails` are there anyway. */
  properties?: RawPropertyDefinition[];
  /** Group `custom` of both kinds. */
  custom?: Record<string, RawField>;
  guides?: Truth['subscription']['guides'];
  zone?: string;
  subscription?: Partial<Truth['subscription']>;
  switches?: Partial<Switches>;
  scopes?: string[];
}

export function truth(parts: Parts = {}): Truth {
  const always = ['email', 'key', 'hs_additional_emails'].map((name) => property(name));
  const properties = [...always, ...(parts.properties ?? [])];
  const fallback = {
    id: 'g1',
    name: 'NPS',
    state: 'disabled',
    appId: 1,
    polls: [{ id: 'p1', attributes: { type: 'npsRATING' }, question: '' }],
  } satisfies Truth['subscription']['guides'][number];
  return {
    world: 'hand-made',
    takenAt: NOON,
    switches: { ...switches, ...parts.switches },
    portal: {
      portalId: 1,
      tier: 100,
      dailyLimit: 1000,
      validationRules: [],
      calculations: [],
      blockedEmails: [],
      customEvents: true,
      monthlyOccurrences: 30_000_000,
      eventDefinitions: [],
      timeZone: 'UTC',
      scopes: parts.scopes ?? [],
      groups: { contacts: [], companies: [] },
      properties: { contacts: structuredClone(properties), companies: structuredClone(properties) },
    },
    subscription: {
      id: 's',
      name: 's',
      zone: parts.zone ?? 'UTC',
      apps: [1, 2, 5, 8, 99, -7].map((id) => ({ id, name: `app ${id}`, default: id === 1 })),
      schema: {
        visitor: { custom: structuredClone(parts.custom ?? {}) },
        account: { custom: structuredClone(parts.custom ?? {}) },
      },
      guides: parts.guides ?? [fallback],
      pages: [],
      features: [],
      trackTypes: [],
      segments: [],
      ...parts.subscription,
    },
    contacts: parts.contacts ?? [],
    companies: parts.companies ?? [],
    visitors: parts.visitors ?? [],
    accounts: parts.accounts ?? [],
    events: parts.events ?? [],
    pollEvents: parts.pollEvents ?? [],
  };
}

export function setup(
  config: Partial<SyncConfigInput> = {},
  more: Partial<Omit<OracleSetup, 'syncConfig'>> = {},
): OracleSetup {
  return {
    object: 'visitor',
    asOf: NOON,
    pendo: { zone: 'UTC', clear: 'null' },
    ...more,
    syncConfig: syncConfigSchema.parse({ joinKey: { property: 'email' }, ...config }),
  };
}

/** Contact `n` and visitor `n`, matched by e-mail. */
export function pairOf(
  n: number,
  properties: Record<string, string> = {},
  metadata: RawPendoRecord['metadata'] = {},
): { contact: RawCrmRecord; visitor: RawPendoRecord } {
  const email = `p${n}@x.test`;
  return { contact: crm(n, { email, ...properties }), visitor: pendo(email, metadata) };
}
