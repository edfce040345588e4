import type { PendoKind, RawField, RawGuide, RawSubscription, WorldRequest } from '../../contract.ts';
import type { PeoplePlan } from '../../world/people.ts';
import { hash } from '../../world/random.ts';
import { itemsOf, pagesOf } from './definitions.ts';
import { moreAccountFields, moreVisitorFields } from './more-metadata.ts';
import { segmentsOf } from './segments.ts';

/** The id of the app that is read when a source names none (Pendo's own constant). */
const DEFAULT_APP = -323232;

/**
 * A new subscription, whose ids are those of no other world, be its people the same: three apps, the schema of both kinds,
 * its guides, its pages, features and track types, and its segments.
 */
export function createSubscription(request: WorldRequest, plan: PeoplePlan, accountIds: string[]): RawSubscription {
  const id = (salt: string) =>
    String(4_000_000_000_000_000 + hash(request.seed, 'subscription', request.world, salt) * 1_000_003);
  const apps = [
    { id: DEFAULT_APP, name: 'Northwind', default: true },
    { id: Number(id('second').slice(0, 15)), name: 'Northwind Admin', default: false },
    { id: Number(id('mobile').slice(0, 15)), name: 'Northwind Mobile', default: false },
  ];
  const own = id('own');
  const pages = pagesOf(own);
  return {
    id: own,
    name: `Northwind ${request.world}`,
    zone: request.zone ?? 'America/New_York',
    apps,
    schema: { visitor: schema('visitor', apps, plan.tame), account: schema('account', apps, plan.tame) },
    guides: guides(request, apps),
    pages: itemsOf('pageId', pages, DEFAULT_APP, plan.tame),
    features: itemsOf('featureId', pages, DEFAULT_APP, plan.tame),
    trackTypes: itemsOf('trackTypeId', pages, DEFAULT_APP, plan.tame),
    segments: segmentsOf(own, plan, accountIds),
  };
}

function fields(types: Record<string, RawField['type']>): Record<string, RawField> {
  return Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { type, displayName: displayName(name), isDeleted: false }]),
  );
}

function displayName(name: string): string {
  return name.replace(/(^|_)([a-z])/g, (_, space: string, letter: string) => (space ? ' ' : '') + letter.toUpperCase());
}

function schema(kind: PendoKind, apps: { id: number }[], tame: boolean): Record<string, Record<string, RawField>> {
  const groups = ownSchema(kind, apps);
  if (tame) return groups;
  for (const [group, types] of Object.entries(kind === 'visitor' ? moreVisitorFields : moreAccountFields))
    groups[group] = { ...groups[group], ...fields(types) };
  return groups;
}

function ownSchema(kind: PendoKind, apps: { id: number }[]): Record<string, Record<string, RawField>> {
  const visits = { firstvisit: 'time', lastvisit: 'time' } as const;
  const perApp = Object.fromEntries(apps.map((app) => [`auto__${Math.abs(app.id)}`, fields(visits)]));
  if (kind === 'account') {
    return {
      auto: fields({ id: 'string', idhash: 'integer', ...visits, lastupdated: 'time' }),
      ...perApp,
      agent: fields({ name: 'string', plan: 'string' }),
      custom: fields({ segment: 'string', arr: 'float' }),
      pendo: fields({ donotprocess: 'boolean', blacklistguides: 'boolean' }),
      pendo_hubspot: { record_id: { type: 'string', displayName: 'Record ID', isDeleted: false } },
    };
  }
  const custom = fields({ region: 'string', seats: 'integer', renewal: 'time', old_score: 'float' });
  custom.old_score!.isDeleted = true;
  return {
    auto: fields({
      id: 'string',
      idhash: 'integer',
      accountid: 'string',
      accountids: 'list',
      ...visits,
      lastupdated: 'time',
      createdat: 'time',
      lastbrowsername: 'string',
      lastbrowserversion: 'string',
      lastoperatingsystem: 'string',
    }),
    ...perApp,
    agent: fields({ full_name: 'string', email: 'string', role: 'string', language: '' }),
    custom,
    pendo: fields({ donotprocess: 'boolean', blacklistguides: 'boolean', designerenabled: 'boolean' }),
    salesforce: fields({ contactid: 'string' }),
  };
}

/**
 * Guides with polls. The type of a poll stands in one of two places and in more than one spelling; score and comment
 * come in either order; one survey is disabled, and one numeric poll is no NPS.
 */
function guides(request: WorldRequest, apps: { id: number }[]): RawGuide[] {
  const id = (name: string) => {
    const part = (salt: number) => hash(request.seed, 'guide', request.world, name, salt).toString(36);
    return (part(1) + part(2) + part(3) + part(4)).slice(0, 27);
  };
  const [main, second] = apps as [{ id: number }, { id: number }];
  const score = (name: string, type: RawGuide['polls'][number] | object): RawGuide['polls'][number] => ({
    id: id(`${name} score`),
    question: 'How likely are you to recommend us?',
    ...type,
  });
  const comment = (name: string): RawGuide['polls'][number] => ({
    id: id(`${name} comment`),
    question: 'What is the main reason for your score?',
    attributes: { type: 'FreeForm' },
  });
  const surveys: RawGuide[] = [
    {
      id: id('nps'),
      name: 'NPS',
      state: 'public',
      appId: main.id,
      polls: [score('nps', { attributes: { type: 'NPSRating' } }), comment('nps')],
    },
    { id: id('welcome'), name: 'Welcome', state: 'public', appId: main.id, polls: [] },
  ];
  if (request.tame) return surveys;
  return [
    ...surveys,
    {
      id: id('nps old'),
      name: 'NPS 2019',
      state: 'disabled',
      appId: main.id,
      polls: [comment('nps old'), score('nps old', { type: 'npsrating' })],
    },
    {
      id: id('nps admin'),
      name: 'NPS Admin',
      state: 'staged',
      appId: second.id,
      polls: [score('nps admin', { attributes: { type: 'NpsRating' } })],
    },
    {
      id: id('effort'),
      name: 'Effort',
      state: 'public',
      appId: second.id,
      polls: [score('effort', { type: 'NumberScale', attributes: { type: 'NumberScale' } })],
    },
    {
      id: id('draft'),
      name: 'NPS next',
      state: 'draft',
      appId: main.id,
      polls: [score('draft', { attributes: { type: 'NPSRating' } })],
    },
  ];
}

/** The poll's type, wherever it stands. */
export function pollType(poll: RawGuide['polls'][number]): string {
  return poll.type ?? poll.attributes?.type ?? '';
}
