import { count, counted, relativeTime, shortTime } from './numbers.ts';

interface Said {
  state: string;
  running: string | null;
  lastAt: string | null;
  read: number;
  written: number;
  refused: number;
  nextAt: string | null;
}

const next = (at: string | null): string => (at === null ? '' : ` Next run at ${shortTime(at)} (${relativeTime(at)}).`);

/** `daily at 03:00 in Europe/Berlin`, or the expression where it says more than that. */
export function scheduleWords(cron: string, zone: string): string {
  const daily = /^(\d{1,2}) (\d{1,2}) \* \* \*$/.exec(cron.trim());
  if (daily === null) return `by the schedule “${cron}” in ${zone}`;
  return `daily at ${daily[2]!.padStart(2, '0')}:${daily[1]!.padStart(2, '0')} in ${zone}`;
}

export const sync = {
  /** The first line: how the sync is doing, in a sentence with number, time and the next event. */
  answer: ({ state, running, lastAt, read, written, refused, nextAt }: Said): string => {
    if (state === 'draft') return 'Configured, but not enabled. Nothing is written yet.';
    if (state === 'disabled') return 'Disabled. Nothing is read or written.';
    if (running !== null) return 'A run is in progress.';
    if (lastAt === null)
      return state === 'paused' ? 'Paused before its first run.' : `No run has finished yet.${next(nextAt)}`;
    const said = `${counted(read, 'record')} read ${relativeTime(lastAt)}, ${count(written)} written, ${count(refused)} refused.`;
    if (state === 'paused') return `Paused. ${said}`;
    return `In step. ${said}${next(nextAt)}`;
  },
  notConfigured: 'This sync is not set up yet.',
  setUp: 'Set up',
  goOn: 'Continue the set-up',
  runNow: 'Run now',
  dryRun: 'Dry run',
  retry: 'Retry refused',
  pause: 'Pause',
  resume: 'Resume',
  disable: 'Disable…',
  disableTitle: 'Disable this sync',
  disableText:
    'A run in progress writes nothing more. Nothing is deleted in HubSpot or Pendo, and the configuration stays.',
  enable: 'Enable…',
  started: 'The run has started.',
  alreadyRunning: 'A run is in progress already.',
  month: 'Last 30 days',
  monthLegend: 'One bar for each day with a full run. Its height shows how much was written; red: rows were refused.',
  lastRun: 'Last run',
  trends: 'Last 90 days',
  trendsLater: 'One full run so far. From the second one on, lines show how these figures develop.',
  matchShare: 'Matched of HubSpot',
  writtenTrend: 'Written per run',
  refusedTrend: 'Refused per run',
  secondsTrend: 'Run time',
  runs: 'Recent runs',
  allRuns: 'All runs',
  mapping: 'Mapping',
  from: { pull: 'HubSpot property', push: 'From Pendo' },
  to: { pull: 'Pendo field', push: 'HubSpot property' },
  noField: 'No field is mapped in this direction.',
  joinKey: (property: string, id: string) =>
    `Records match where HubSpot’s “${property}” equals the ${id} id in Pendo.`,
  settings: 'Settings',
  setting: 'Setting',
  value: 'Value',
  changed: 'Changed',
  version: (n: number) => `Version ${n}`,
  edit: 'Edit the mapping',
  schedule: (cron: string, zone: string) => `Runs ${scheduleWords(cron, zone)}`,
  notYet: 'Figures appear here after the first run.',
};

export const tenant = {
  connections: 'Connections',
  notConnected: 'Not connected',
  connect: 'Connect',
  feed: 'Recent runs',
  pause: 'Pause everything',
  resume: 'Resume everything',
  empty: 'Connect both accounts and map some fields to start.',
  setUp: 'Start the set-up',
  open: 'Open',
};

export const connectionStates: Record<string, { tone: 'act' | 'wait' | 'idle' | 'good'; word: string }> = {
  ok: { tone: 'good', word: 'Connected' },
  unchecked: { tone: 'wait', word: 'Not checked yet' },
  reconnect: { tone: 'act', word: 'Connect again' },
  disconnected: { tone: 'idle', word: 'Disconnected' },
};

/** What each push field means, as shown beside it. */
export const metrics: Record<string, { label: string; means: string; group: 'Usage' | 'NPS' }> = {
  firstVisit: {
    label: 'First Visit',
    means: 'The day on which Pendo first saw the visitor or account.',
    group: 'Usage',
  },
  lastVisit: { label: 'Last Visit', means: 'The most recent day with a visit.', group: 'Usage' },
  daysActive: { label: 'Days Active', means: 'Days with activity in the window. 0 if there was none.', group: 'Usage' },
  timeOnApp: { label: 'Time on App', means: 'Minutes in the window. 0 if there were none.', group: 'Usage' },
  usageTrending: {
    label: 'Usage Trending',
    means: 'Change of the minutes against the window before, in percent. Empty without earlier use.',
    group: 'Usage',
  },
  totalVisitors: { label: '# of Total Visitors', means: 'Visitors that belong to the account.', group: 'Usage' },
  latestNps: { label: 'Latest NPS Response', means: 'The newest score, 0 to 10.', group: 'NPS' },
};

/** Pendo's data centres. */
export const regions: Record<string, string> = {
  us: 'United States',
  us1: 'United States (US1)',
  eu: 'Europe',
  jp: 'Japan',
  au: 'Australia',
};

interface Account {
  identity: Record<string, unknown>;
  settings: Record<string, unknown>;
}

/** Which account it is. A portal's name is often its number. */
export function accountOf({ identity: { portalName, portalId }, settings: { region, zone } }: Account): string {
  const id = String(portalName).includes(String(portalId)) ? undefined : portalId;
  const place = typeof region === 'string' ? (regions[region] ?? region) : undefined;
  return [portalName, id, place, zone].filter((text) => typeof text === 'string' && text !== '').join(', ');
}
