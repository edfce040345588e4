import type { NextDayRequest, PendoKind, RawEvent } from '../../contract.ts';
import { hash, mix } from '../../world/random.ts';
import { featureOf, trackTypeOf } from './definitions.ts';
import type { Truth } from './truth.ts';

const WEIGHT = 0x1_0000_0000;

/**
 * Lets a day pass, after the clock was moved: its activity comes into being, and a share of visitors and accounts
 * changes, appears or goes. Returns how many of those there were.
 */
export function nextDay(truth: Truth, request: NextDayRequest): { visitors: number; accounts: number } {
  const { activity = request.share > 0, share } = request;
  const today = truth.calendar().dayNumber(truth.clock.now());
  const passed = today - 1;
  if (activity) liveUntil(truth, today);
  let changed = { visitors: 0, accounts: 0 };
  if (share > 0) changed = churn(truth, hash(request.seed, 'next day', passed), share, today);
  if (activity && share > 0 && !truth.plan.tame)
    addLateEvents(truth, hash(request.seed, 'late', passed), share, passed);
  truth.changed();
  return changed;
}

/** The day that passed has all its rows, today those until now; days in between that nobody let pass stay idle. */
function liveUntil(truth: Truth, today: number): void {
  const { days } = truth.activity;
  days.cut.set(today, truth.clock.now());
  if (today <= days.last) return;
  for (let day = days.last + 1; day < today - 1; day++) days.idle.add(day);
  days.cut.delete(today - 1);
  days.last = today;
  truth.laterDays.push(truth.calendar().dayStart(today - 1));
}

/** As on HubSpot's side: a sixth of the share is new, a twentieth goes, the rest changes. */
const ARRIVE = 1 / 6;
const DEPART = 1 / 20;

function churn(truth: Truth, seed: number, share: number, today: number): { visitors: number; accounts: number } {
  const { plan } = truth;
  const arrivals = (count: number) => Math.floor(Math.round(count * share) * ARRIVE);
  const visitors = touch(truth, 'visitor', seed, share, (visitor) => plan.visitorId(visitor));
  const accounts = touch(truth, 'account', seed ^ 0xacc, share, (account) => truth.accountIds[account]!);
  const newVisitors = arrivals(plan.counts.visitors);
  const newAccounts = arrivals(plan.counts.accounts);
  const first = plan.counts.visitors + truth.arrived.visitor;
  if (newVisitors > 0) truth.activity.days.arrivals.push({ index: first, day: today - 1 });
  for (let index = first; index < first + newVisitors; index++) {
    truth.records.visitor.directory.add(plan.visitorId(index), index);
  }
  for (let i = 0; i < newAccounts; i++) {
    const index = plan.counts.accounts + truth.arrived.account + i;
    truth.accountIds[index] = plan.accountId(index);
    truth.records.account.directory.add(truth.accountIds[index], index);
  }
  truth.arrived.visitor += newVisitors;
  truth.arrived.account += newAccounts;
  return { visitors: visitors + newVisitors, accounts: accounts + newAccounts };
}

const roles = ['admin', 'editor', 'viewer', 'owner'];
const plans = ['free', 'team', 'business', 'enterprise'];

/** Changes or removes those of one kind that the share falls on. */
function touch(truth: Truth, kind: PendoKind, seed: number, share: number, idOf: (index: number) => string): number {
  const { plan, arrived } = truth;
  const store = truth.records[kind];
  const count = (kind === 'visitor' ? plan.counts.visitors : plan.counts.accounts) + arrived[kind];
  let touched = 0;
  for (let index = 0; index < count; index++) {
    const dice = mix(seed, index) / WEIGHT;
    if (dice >= share * (1 - ARRIVE)) continue;
    const id = idOf(index);
    if (!store.exists(id)) continue;
    const value = mix(seed ^ 0x7a1, index) & 3;
    if (dice < share * DEPART) store.remove(id);
    else if (kind === 'account') store.write(id, 'agent', { plan: plans[value] });
    else if (plan.isAnonymous(index)) continue;
    else store.write(id, 'agent', { role: roles[value] });
    touched++;
  }
  return touched;
}

/** Rows that arrive up to seven days late, on days that readers may have counted already. */
function addLateEvents(truth: Truth, seed: number, share: number, passed: number): void {
  const { plan, activity, addedEvents } = truth;
  for (let index = 0; index < plan.counts.visitors; index++) {
    const dice = mix(seed, index);
    if (dice >= share * 0.1 * WEIGHT || plan.isAnonymous(index)) continue;
    const visitorId = plan.visitorId(index);
    const day = truth.calendar().dayStart(passed - 1 - (mix(dice, 1) % 6));
    const account = activity.accountsOf(index)[0];
    const page = truth.taggedPages[dice % truth.taggedPages.length]!;
    const row: RawEvent = {
      visitorId,
      accountId: account === undefined ? '' : truth.accountIds[account]!,
      appId: truth.subscription.apps[0]!.id,
      pageId: 'page-late',
      featureId: featureOf(page),
      ...(dice % 3 === 0 ? { trackTypeId: trackTypeOf(page), properties: { plan: 'late', seats: dice % 7 } } : {}),
      day,
      server: 'app.northwind.example',
      remoteIp: '198.51.100.7',
      userAgent: 'Mozilla/5.0 (offline)',
      numEvents: 3,
      numMinutes: 1 + (dice % 20),
      firstTime: day + 43_200_000,
      lastTime: day + 43_200_000 + 1_140_000,
    };
    addedEvents.set(visitorId, [...(addedEvents.get(visitorId) ?? []), row]);
  }
}
