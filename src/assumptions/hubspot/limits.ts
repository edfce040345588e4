import { readsRecords } from '../needs.ts';
import { type HubSpotAssumption, proved, unknown } from '../types.ts';

const said = (count: number | undefined): string => (count === undefined ? 'an unnamed number' : String(count));

export const namesLimits: HubSpotAssumption = {
  id: 'hubspot.namesLimits',
  vendor: 'hubspot',
  assumed: 'Answers name the limits of the account: calls in ten seconds, and calls of the day.',
  matters: 'Syncs would be slower than the account allows, or use up calls that other apps need.',
  source: "HubSpot's page on usage limits; logins by OAuth get no daily figures.",
  check: "The headers of the account's details are read.",
  calls: 1,
  otherwise: 'otherWay',
  fix: 'Nothing to do: 100 calls in ten seconds are made, which every account allows, and a refused call waits.',
  neededBy: readsRecords,
  async ask(client) {
    const { perTenSeconds, perDay, leftToday } = await client.limits();
    if (perTenSeconds === undefined) return unknown('No limit is named: 100 calls in ten seconds are made.');
    const day =
      perDay === undefined ? 'No limit of the day is named.' : `${said(leftToday)} of ${perDay} are left today.`;
    return proved(`${perTenSeconds} calls in ten seconds. ${day}`);
  },
};
