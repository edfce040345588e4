import type { RawGuide } from '../contract.ts';
import { NotFound } from './refusals.ts';
import { definitions, stamps } from './truth/definitions.ts';
import type { Truth } from './truth/truth.ts';

const kinds = {
  page: { idField: 'pageId', list: 'pages' },
  feature: { idField: 'featureId', list: 'features' },
  tracktype: { idField: 'trackTypeId', list: 'trackTypes' },
} as const;

/** `GET page`, `GET feature`, `GET tracktype`: all of the default app, or those that `id=a,b` names. */
export function shownDefinitions(truth: Truth, kind: keyof typeof kinds, query: URLSearchParams): unknown[] {
  const ids = query.get('id')?.split(',');
  const app = truth.subscription.apps.find((each) => each.default);
  const { idField, list } = kinds[kind];
  const all = definitions(idField, truth.subscription[list]);
  return all.filter(({ id, appId }) => (ids ? ids.includes(id) : appId === app?.id));
}

/** `GET segment`: every one of the subscription. */
export function shownSegments({ subscription }: Truth): unknown[] {
  return subscription.segments.map(({ id, name, shared = false }) => ({
    id,
    name,
    shared,
    ...stamps(id, 'Segment'),
    subscriptionId: subscription.id,
  }));
}

/** `GET guide`: those of the default app, of every app with `expand=*`, or those that `id=a,b` names. */
export function shownGuides(truth: Truth, query: URLSearchParams): unknown[] {
  const { guides, apps } = truth.subscription;
  const ids = query.get('id')?.split(',');
  if (ids) {
    const found = guides.filter((guide) => ids.includes(guide.id));
    if (found.length === 0) throw new NotFound('guide not found');
    return found.map(shownGuide);
  }
  const standard = apps.find((app) => app.default)?.id;
  const everyApp = query.get('expand') === '*' && truth.switches().pendoGuideList === 'allApps';
  return guides.filter((guide) => everyApp || guide.appId === standard).map(shownGuide);
}

/** A guide as Pendo shows it, in the list and in the source of aggregations. */
export function shownGuide(guide: RawGuide) {
  return {
    id: guide.id,
    name: guide.name,
    state: guide.state,
    appId: guide.appId,
    ...stamps(guide.id, 'Guide'),
    launchMethod: 'auto',
    isMultiStep: false,
    steps: [
      {
        id: `${guide.id.slice(0, 20)}-step-1`,
        guideId: guide.id,
        type: 'lightbox',
        pollIds: guide.polls.map((poll) => poll.id),
      },
    ],
    polls: guide.polls,
  };
}
