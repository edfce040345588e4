import type { NextDayRequest, RawEvent } from '../../contract.ts';
import { hash, mix } from '../../world/random.ts';
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

function churn(truth: Truth, seed: number, share: number, today: number): { visitors: number; accounts: number } {
  const { plan, arrived, records, accountIds } = truth;
  const result = { visitors: 0, accounts: 0 };
  const threshold = share * WEIGHT;
  for (let index = 0; index < plan.counts.visitors + arrived.visitor; index++) {
    const dice = mix(seed, index);
    if (dice >= threshold) continue;
    const id = plan.visitorId(index);
    if (!records.visitor.exists(id)) continue;
    if (mix(dice, 1) % 10 === 0) records.visitor.remove(id);
    else if (plan.isAnonymous(index)) continue;
    else records.visitor.write(id, 'agent', { role: ['admin', 'editor', 'viewer', 'owner'][mix(dice, 2) & 3] });
    result.visitors++;
  }
  for (let index = 0; index < plan.counts.accounts + arrived.account; index++) {
    const dice = mix(seed ^ 0xacc, index);
    if (dice >= threshold) continue;
    const id = accountIds[index]!;
    if (!records.account.exists(id)) continue;
    if (mix(dice, 1) % 20 === 0) records.account.remove(id);
    else records.account.write(id, 'agent', { plan: ['free', 'team', 'business', 'enterprise'][mix(dice, 2) & 3] });
    result.accounts++;
  }

  const newVisitors = Math.round(plan.counts.visitors * share * 0.1);
  const newAccounts = Math.round(plan.counts.accounts * share * 0.1);
  if (newVisitors > 0)
    truth.activity.days.arrivals.push({ index: plan.counts.visitors + arrived.visitor, day: today - 1 });
  for (let i = 0; i < newVisitors; i++, arrived.visitor++) {
    const index = plan.counts.visitors + arrived.visitor;
    records.visitor.directory.add(plan.visitorId(index), index);
  }
  for (let i = 0; i < newAccounts; i++, arrived.account++) {
    const index = plan.counts.accounts + arrived.account;
    const id = plan.accountId(index);
    accountIds[index] = id;
    records.account.directory.add(id, index);
  }
  return { visitors: result.visitors + newVisitors, accounts: result.accounts + newAccounts };
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
    const row: RawEvent = {
      visitorId,
      accountId: account === undefined ? '' : truth.accountIds[account]!,
      appId: truth.subscription.apps[0]!.id,
      pageId: 'page-late',
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
