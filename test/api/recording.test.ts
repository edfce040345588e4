/** A recording of what accounts answered says the same as they did, and nothing of who they are. */
import { describe, expect, test } from 'vitest';
import type { RawCrmRecord, RawPendoRecord, RawSubscription, Switches, World } from '../../sandbox/contract.ts';
import type { Recording } from '../../src/control/connections/recording/recording.ts';
import { replay } from '../assumptions/replay.ts';
import { startWithVendors } from './with-vendors.ts';

const { vendors, api, admin, connected } = await startWithVendors();

async function record(switches: Partial<Switches>): Promise<{ world: World; recording: Recording }> {
  const size = { contacts: 60, visitors: 60, companies: 12, accounts: 12, doNotProcessAccounts: 0.4 };
  const world = await vendors.world({ ...size, activityDays: 20 });
  await vendors.admin('PUT', `/worlds/${world.world}/switches`, switches);
  const tenant = await connected(world);
  const { status, body } = await api.call(admin, 'POST', `/v1/tenants/${tenant}/assumptions/verify?record=true`);
  expect(status).toBe(200);
  return { world, recording: body.recording };
}

const lines = async <T>(path: string): Promise<T[]> =>
  (await (await vendors.admin('GET', path)).text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** Every text that is somebody's or something's of this world. */
async function secretsOf({ world, portalId, hubspotToken, pendoKey, pendoReadKey }: World): Promise<Set<string>> {
  const at = `/worlds/${world}`;
  const records = [...(await lines<RawCrmRecord>(`${at}/contacts`)), ...(await lines<RawCrmRecord>(`${at}/companies`))];
  const people = [
    ...(await lines<RawPendoRecord>(`${at}/visitors`)),
    ...(await lines<RawPendoRecord>(`${at}/accounts`)),
  ];
  const { id, name, guides } = (await (await vendors.admin('GET', `${at}/subscription`)).json()) as RawSubscription;
  return new Set([
    ...[id, name, String(portalId), hubspotToken, pendoKey, pendoReadKey],
    ...records.flatMap((one) => [one.id, one.properties.email ?? '', one.properties.firstname ?? '']),
    ...people.map((one) => one.id),
    ...guides.flatMap((guide) => [guide.id, guide.name, ...guide.polls.flatMap((poll) => [poll.id, poll.question])]),
  ]);
}

const decoded = (text: string): string => (/%[0-9a-f]{2}/i.test(text) ? decodeURIComponent(text) : text);

const isNoFigure = (text: string): boolean => !/^\d{1,5}$/.test(text);

/** All texts and numbers, keys among them, and what stands in quotes inside of texts; figures that are no ids could be anything. */
function textsIn(value: unknown, name = ''): string[] {
  if (typeof value === 'number' || (typeof value === 'string' && !isNoFigure(value)))
    return /id$/i.test(name) ? [String(value)] : [];
  if (typeof value === 'string')
    return [
      value,
      ...value
        .split(/["/?&=,]|%22/)
        .map(decoded)
        .filter(isNoFigure),
    ];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([member, one]) => [
    member,
    ...textsIn(one, Array.isArray(value) ? name : member),
  ]);
}

const cases: [string, Partial<Switches>][] = [
  ['as assumed', {}],
  ['that work otherwise', { pendoCountIf: 'rows', pendoPollApps: 'refused', hubspotAfter: 'ownCursors' }],
  ['that hide who must not be processed', { pendoDoNotProcessFlag: 'listOnly', pendoGuideList: 'defaultApp' }],
  ['of odd shapes', { oddShapes: 'yes', hubspotSearch: 'ignoresIds', pendoEvents: 'alsoIdentify' }],
];

describe.each(cases)('accounts %s', (_, switches) => {
  test('give the same verdicts from their recording, which names nobody', async () => {
    const { world, recording } = await record(switches);
    expect(Object.keys(recording.verdicts).length).toBeGreaterThan(10);
    expect(recording.exchanges.length).toBeGreaterThan(12);
    const texts = new Set(textsIn(recording));
    const secrets = [...(await secretsOf(world))].filter((text) => text.trim().length > 2);
    expect(secrets.length).toBeGreaterThan(100);
    expect(secrets.filter((secret) => texts.has(secret))).toEqual([]);
    const whole = JSON.stringify(recording);
    for (const secret of [world.hubspotToken, world.pendoKey]) expect(whole).not.toContain(secret);
    const { verdicts, unanswered } = await replay(recording);
    expect(unanswered).toEqual([]);
    expect(verdicts).toEqual(recording.verdicts);
  });
});
