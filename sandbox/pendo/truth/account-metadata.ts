import type { PeoplePlan } from '../../world/people.ts';
import { hash, mix } from '../../world/random.ts';
import { DAY } from '../calendar.ts';
import type { Metadata } from './journal.ts';
import { addTo, moreAccountMetadata } from './more-metadata.ts';
import type { Visits } from './visits.ts';

const plans = ['free', 'team', 'business', 'enterprise'];

/** The account's own visits: around those of its visitors, and of some that are gone. */
export function accountVisits(seed: number, index: number, members: Iterable<Visits>): Visits {
  const dice = mix(seed, index);
  let first = 0;
  let last = 0;
  for (const visits of members) {
    if (visits.first > 0) first = first === 0 ? visits.first : Math.min(first, visits.first);
    last = Math.max(last, visits.last);
  }
  if (first === 0) return { first, last };
  return { first: dice % 3 === 0 ? first - ((dice >>> 4) % 300) * DAY : first, last };
}

/** What Pendo holds about a generated account. */
export function accountMetadata(options: {
  plan: PeoplePlan;
  index: number;
  id: string;
  visits: Visits;
  apps: { id: number }[];
  worldMade: number;
}): Metadata {
  const { plan, index, id, visits, apps, worldMade } = options;
  const dice = mix(hash(plan.seed, 'account metadata'), index);
  const { first, last } = visits;
  const out: Metadata = { agent: { name: plan.accountName(index), plan: plans[dice & 3] } };
  const doNotProcess = plan.isAccountDoNotProcess(index);
  // As for visitors: nothing that Pendo gathers itself.
  if (doNotProcess) out.pendo = { donotprocess: true };
  else out.auto = { id, idhash: hash(0, id), lastupdated: last || 1_600_000_000_000 };
  if (out.auto && (first > 0 || dice % 2 === 0)) Object.assign(out.auto, { firstvisit: first, lastvisit: last });
  const [main, second] = doNotProcess ? [] : apps;
  if (main) out[`auto__${Math.abs(main.id)}`] = { firstvisit: first, lastvisit: last };
  if (second && dice % 3 === 0) out[`auto__${Math.abs(second.id)}`] = { firstvisit: 0, lastvisit: 0 };
  if (dice % 4 === 0)
    out.custom = { segment: ['smb', 'mid', 'large'][(dice >>> 3) % 3], arr: ((dice >>> 5) % 1000) * 100 + 0.5 };
  if (!plan.tame && dice % 10 === 0) out.pendo_hubspot = { record_id: String(9_000_000 + index) };
  return plan.tame ? out : addTo(out, moreAccountMetadata(mix(dice, 0xe4), worldMade));
}
