import type { PeoplePlan } from '../../world/people.ts';
import { hash, mix } from '../../world/random.ts';
import { DAY } from '../calendar.ts';
import type { Metadata } from './journal.ts';
import { addTo, moreVisitorMetadata } from './more-metadata.ts';
import type { Visits } from './visits.ts';

const browsers = ['Chrome', 'Safari', 'Firefox', 'Edge'];
const systems = ['Windows', 'Mac OS X', 'Linux', 'iOS'];
const roles = ['admin', 'editor', 'viewer', 'owner', ''];
const languages = ['en-US', 'de-DE', 'pt-BR', 'ja-JP'];

/** What Pendo holds about a generated visitor. Which keys are there varies as it does between real subscriptions. */
export function visitorMetadata(options: {
  plan: PeoplePlan;
  index: number;
  id: string;
  visits: Visits;
  apps: { id: number }[];
  accountIds: string[];
  worldMade: number;
}): Metadata {
  const { plan, index, id, visits, apps, worldMade } = options;
  const { tame } = plan;
  const dice = mix(hash(plan.seed, 'visitor metadata'), index);
  const share = (salt: number) => mix(dice, salt) / 0x1_0000_0000;
  const anonymous = plan.isAnonymous(index);
  const doNotProcess = plan.isDoNotProcess(index);
  const out: Metadata = {};

  // Made through the API and never seen: hardly anything that Pendo gathers itself. Readers that page by
  // `auto.lastupdated` (Estuary) rely on that much.
  const unseen = !tame && visits.first === 0 && dice % 7 === 0;
  const { first, last } = visits;
  const created = first || worldMade - Math.floor(share(1) * 300 * DAY);

  if (unseen && !doNotProcess && !plan.beyondSources)
    out.auto = { id, idhash: hash(0, id), createdat: created, lastupdated: Math.max(created, last) };
  if (!doNotProcess && !unseen) {
    out.auto = {
      id,
      idhash: hash(0, id),
      ...accountKeys(
        plan.accountsOfVisitor(index).map((account) => options.accountIds[account]!),
        tame ? 0 : (dice >>> 4) % 100,
        plan.beyondSources,
      ),
      createdat: created,
      lastupdated: Math.max(created, last),
      lastbrowsername: browsers[dice & 3],
      lastbrowserversion: String(100 + (dice % 40)),
      lastoperatingsystem: systems[(dice >>> 2) & 3],
    };
    // Never seen: 0 in some, no key in others.
    if (first > 0 || (dice >>> 3) % 2 === 0) Object.assign(out.auto, { firstvisit: first, lastvisit: last });
    apps.forEach((app, i) => {
      const uses = i === 0 ? share(20) < 0.9 : share(20 + i) < 0.3;
      if (!uses && (dice >>> (5 + i)) % 2 === 0) return;
      const begin = first + Math.floor(share(30 + i) * 0.3 * (last - first));
      out[`auto__${Math.abs(app.id)}`] =
        uses && first > 0
          ? { firstvisit: begin, lastvisit: last - Math.floor(share(40 + i) * 0.5 * (last - begin)) }
          : { firstvisit: 0, lastvisit: 0 };
    });
  }
  if (!anonymous) {
    const name = plan.nameOf(plan.personOfVisitor(index));
    out.agent = {
      full_name: `${name.first} ${name.last}`,
      email: id,
      role: roles[dice % (tame ? 4 : 5)],
      language: languages[(dice >>> 6) & 3],
    };
    if (dice % 3 === 0)
      out.custom = {
        region: ['EMEA', 'AMER', 'APAC'][(dice % 5) % 3],
        seats: dice % 50,
        renewal: worldMade - (worldMade % DAY) + (dice % 400) * DAY,
      };
  }
  if (doNotProcess) out.pendo = { donotprocess: true };
  else if (!tame && dice % 12 === 0) out.pendo = { donotprocess: false };
  return tame || anonymous ? out : addTo(out, moreVisitorMetadata(mix(dice, 0xe4), index, worldMade));
}

/** `accountid` and `accountids`: a list, or only the one; beyond what sources show also as a string, null, empty. */
function accountKeys(accounts: string[], dice: number, beyondSources: boolean): Record<string, unknown> {
  const [main] = accounts;
  if (main === undefined) return dice < 30 ? { accountids: [] } : {};
  if (!beyondSources) return dice > 88 ? { accountid: main } : { accountid: main, accountids: accounts };
  if (dice > 94) return { accountid: main, accountids: main };
  if (dice > 88) return { accountid: main };
  if (dice > 86) return { accountid: main, accountids: [] };
  if (dice > 84) return { accountid: main, accountids: null };
  if (dice > 82) return { accountid: main, accountids: [...accounts, '', main] };
  return { accountid: main, accountids: accounts };
}
