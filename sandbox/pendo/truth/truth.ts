import type { PendoKind, RawEvent, RawPollEvent, RawSubscription, Switches, WorldRequest } from '../../contract.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { PeoplePlan } from '../../world/people.ts';
import { hash } from '../../world/random.ts';
import { type Calendar, createCalendar } from '../calendar.ts';
import { compareUtf8 } from '../order.ts';
import { indexByAccount } from './account-index.ts';
import { accountMetadata, accountVisits } from './account-metadata.ts';
import { type ActiveDays, type Activity, createActivity, FORMER } from './activity.ts';
import { type Answers, createAnswers } from './answers.ts';
import { pagesOf } from './definitions.ts';
import { createDirectory, type SortedIds } from './directory.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';
import { createSubscription } from './subscription.ts';
import { visitorMetadata } from './visitor-metadata.ts';
import { type Visits, visitsOf } from './visits.ts';

/** All that is true in one subscription, whoever asks. */
export interface Truth {
  plan: PeoplePlan;
  subscription: RawSubscription;
  calendar(): Calendar;
  clock: SandboxClock;
  switches(): Switches;
  records: Record<PendoKind, RecordStore>;
  activity: Activity;
  answers: Answers;
  /** Rows added by hand or by passing days, by visitor. */
  addedEvents: Map<string, RawEvent[]>;
  addedPollEvents: Map<string, RawPollEvent[]>;
  /** Visitors whose every trace was deleted (`bulkdelete`). */
  forgotten: Set<string>;
  /** Accounts that were deleted so. Pendo keeps the ids of both, as do-not-process. */
  forgottenAccounts: Set<string>;
  /** Pages that generated rows name, whatever became of them since. */
  taggedPages: string[];
  /** Ids of accounts by their index in the plan. */
  accountIds: string[];
  /** How many visitors and accounts have appeared since the world was made. */
  arrived: Record<PendoKind, number>;
  /** Starts of the days with activity that passed since. */
  laterDays: number[];
  /** For each account index, the places (in these sorted visitor ids) of those whose event rows can carry it. */
  visitorsByAccount(view: SortedIds): (account: number) => Int32Array;
  /** Forgets what was worked out from the activity: call when days or people were added. */
  changed(): void;
}

export function createTruth(options: {
  request: WorldRequest;
  people: PeoplePlan;
  clock: SandboxClock;
  switches: () => Switches;
}): Truth {
  const { request, people: plan, clock, switches } = options;
  const { tame } = plan;
  const worldMade = clock.now();
  const accountIds = Array.from({ length: plan.counts.accounts }, (_, i) => plan.accountId(i));
  const subscription = createSubscription(request, plan, accountIds);
  let calendar = createCalendar(subscription.zone);
  const currentCalendar = () => {
    if (calendar.zone !== subscription.zone) calendar = createCalendar(subscription.zone);
    return calendar;
  };

  const arrived = { visitor: 0, account: 0 };
  const today = calendar.dayNumber(worldMade);
  const days: ActiveDays = {
    first: today - (request.activityDays ?? 400),
    last: today,
    idle: new Set(),
    cut: new Map([[today, worldMade]]),
    arrivals: [],
  };
  const laterDays: number[] = [];
  const apps = subscription.apps.map((app) => app.id);
  const taggedPages = pagesOf(subscription.id);
  const activity = createActivity({ plan, calendar: currentCalendar, accountIds, apps, taggedPages, days });
  const answers = createAnswers({
    seed: plan.seed,
    tame,
    guides: structuredClone(subscription.guides),
    accountsOf: (index) => (index < 0 ? [] : activity.accountsOf(index).map((account) => accountIds[account]!)),
    newcomer: (index) => index >= plan.counts.visitors && index < FORMER,
    worldMade,
    laterDays,
  });

  const visitSeed = hash(plan.seed, 'visits');
  const visitsOfVisitor = (index: number) => visitsOf(activity, visitSeed, index, worldMade);
  const accountVisitsKnown = new Map<number, Visits>();
  let byAccount: { view: SortedIds; of: (account: number) => Int32Array } | undefined;

  const former = tame ? 0 : Math.ceil(plan.counts.visitors / 100);
  const visitorDirectory = createDirectory(
    (function* () {
      for (let i = 0; i < plan.counts.visitors; i++) yield [plan.visitorId(i), i] as [string, number];
      for (let i = 0; i < former; i++)
        yield [`former.${hash(plan.seed, 'former', i).toString(36)}.${i}@left.example`, FORMER + i] as [string, number];
    })(),
  );
  // Sorted here and now: a million ids take seconds, which no caller of the API should wait for.
  visitorDirectory.sorted(compareUtf8);
  const accountDirectory = createDirectory(accountIds.map((id, index) => [id, index]));

  const records = {
    visitor: createRecordStore({
      kind: 'visitor',
      directory: visitorDirectory,
      hasRecord: (index) => index < plan.counts.visitors + arrived.visitor,
      generate: (index, id) =>
        index < 0 || index >= FORMER
          ? undefined
          : visitorMetadata({
              plan,
              index,
              id,
              visits: visitsOfVisitor(index),
              apps: subscription.apps,
              accountIds,
              worldMade,
            }),
      subscription: () => subscription,
      clock,
      switches,
    }),
    account: createRecordStore({
      kind: 'account',
      directory: accountDirectory,
      hasRecord: (index) => index < plan.counts.accounts + arrived.account,
      generate: (index, id) => {
        if (index < 0) return undefined;
        let visits = accountVisitsKnown.get(index);
        if (!visits) {
          visits = accountVisits(visitSeed ^ 0xacc, index, membersVisits(index));
          accountVisitsKnown.set(index, visits);
        }
        return accountMetadata({ plan, index, id, visits, apps: subscription.apps, worldMade });
      },
      subscription: () => subscription,
      clock,
      switches,
    }),
  };

  function* membersVisits(account: number): Iterable<Visits> {
    const view = byAccount?.view ?? visitorDirectory.sorted(compareUtf8);
    for (const place of visitorsByAccount(view)(account)) {
      const index = view.indexes[place]!;
      const span = index >= FORMER ? activity.span(index) : null;
      if (index < FORMER) yield visitsOfVisitor(index);
      else if (span) yield span;
    }
  }

  function visitorsByAccount(view: SortedIds) {
    if (byAccount?.view !== view) byAccount = { view, of: indexByAccount(view, activity, accountIds.length) };
    return byAccount.of;
  }

  return {
    plan,
    subscription,
    calendar: currentCalendar,
    clock,
    switches,
    records,
    activity,
    answers,
    addedEvents: new Map(),
    addedPollEvents: new Map(),
    forgotten: new Set(),
    forgottenAccounts: new Set(),
    taggedPages,
    accountIds,
    arrived,
    laterDays,
    visitorsByAccount,
    changed() {
      accountVisitsKnown.clear();
      byAccount = undefined;
    },
  };
}
