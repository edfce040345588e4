/** What a dry run found: who matches and who does not, what would change, and what it would cost. */
import type { Page } from './page.ts';
import { count, duration } from './times.ts';
import { change, shownValue } from './value.ts';

interface Sample {
  hubspotId: string | null;
  pendoId: string | null;
  from: unknown;
  to: unknown;
}

export interface Preview {
  match?: Record<string, number>;
  examples?: {
    ambiguous?: { key: string; hubspotIds: string[]; pendoIds: string[] }[];
    nearMisses?: { hubspotId: string; hubspotKey: string; pendoKey: string }[];
  };
  fields?: {
    leg: string;
    field: string;
    changes: number;
    cleared: number;
    zeroed: number;
    samples?: Sample[];
  }[];
  creations?: Record<string, number>;
  clears?: Record<string, number>;
  events?: {
    occurrences: number;
    entries: {
      name: string;
      occurrences: number;
      records: number;
      firstDay: string | null;
      lastDay: string | null;
      properties?: { property: string; occurrences: number }[];
    }[];
    month: { month: string; limit: number; used: number; left: number };
    waiting: number;
  };
  estimate?: { hubspotCalls: number; pendoCalls: number; seconds: number };
}

/** Of each kind of examples. */
const shown = 5;
const sides = [
  ['hubspot', 'HubSpot'],
  ['pendo', 'Pendo'],
] as const;

export function showPreview(page: Page, preview: Preview, read: Record<string, number>): void {
  const { match = {}, examples = {}, fields = [], creations = {}, clears = {}, estimate } = preview;
  page.line();
  page.table(sides, [
    { title: 'Side', value: ([, name]) => name },
    { title: 'Read', value: ([side]) => count(read[side] ?? 0), right: true },
    { title: 'Matched', value: ([side]) => share(match.matched ?? 0, read[side] ?? 0), right: true },
    ...(['unmatched', 'blank', 'ambiguous', 'invalid', 'excluded'] as const).map((state) => ({
      title: state.slice(0, 1).toUpperCase() + state.slice(1),
      value: ([side]: (typeof sides)[number]) =>
        count(match[`${state}${side === 'hubspot' ? 'Hubspot' : 'Pendo'}`] ?? 0),
      right: true as const,
    })),
  ]);
  for (const { key, hubspotIds, pendoIds } of (examples.ambiguous ?? []).slice(0, shown))
    page.line(
      `Ambiguous: ${shownValue(key)} is the key of HubSpot ${hubspotIds.join(', ') || 'none'} and Pendo ${pendoIds.join(', ') || 'none'}`,
      2,
    );
  if ((match.nearMisses ?? 0) > 0)
    page.line(`Near misses: ${count(match.nearMisses ?? 0)} keys look the same and differ.`, 2);
  for (const { hubspotId, hubspotKey, pendoKey } of (examples.nearMisses ?? []).slice(0, shown))
    page.line(`HubSpot ${hubspotId} ${shownValue(hubspotKey)}, Pendo ${shownValue(pendoKey)}`, 4);
  if (fields.length > 0) {
    page.line();
    page.table(fields, [
      { title: 'Leg', value: ({ leg }) => leg },
      { title: 'Field', value: ({ field }) => field, wraps: 'name' },
      { title: 'Changes', value: ({ changes }) => count(changes), right: true },
      { title: 'Cleared', value: ({ cleared }) => count(cleared), right: true },
      { title: 'Zeroed', value: ({ zeroed }) => count(zeroed), right: true },
      {
        title: 'Example',
        value: ({ samples }) => samples?.[0] && exampleOf(samples[0]),
        wraps: 'text',
      },
    ]);
  }
  for (const leg of ['pull', 'push']) {
    const [created = 0, cleared = 0] = [creations[leg], clears[leg]];
    if (created > 0) page.line(`${leg}: ${count(created)} records would be created.`, 2);
    if (cleared > 0) page.line(`${leg}: ${count(cleared)} records lost their match and would be cleared.`, 2);
  }
  if (preview.events) showEvents(page, preview.events);
  if (estimate)
    page.line(
      `A run would take about ${count(estimate.hubspotCalls)} calls to HubSpot, ${count(estimate.pendoCalls)} to Pendo, and ${duration(estimate.seconds)}.`,
    );
}

function showEvents(page: Page, { occurrences, entries, month, waiting }: NonNullable<Preview['events']>): void {
  page.line();
  page.table(entries, [
    { title: 'Custom event', value: ({ name }) => name, wraps: 'name' },
    { title: 'Occurrences', value: (entry) => count(entry.occurrences), right: true },
    { title: 'Records', value: ({ records }) => count(records), right: true },
    { title: 'Days', value: ({ firstDay, lastDay }) => (firstDay === null ? '' : `${firstDay} to ${lastDay}`) },
  ]);
  for (const { name, properties = [] } of entries) {
    for (const { property, occurrences: carried } of properties)
      page.line(`${name}: ${count(carried)} occurrences with ${property}`, 2);
  }
  const { used, limit } = month;
  page.line(
    `A run would send ${count(occurrences)} occurrences. Of the limit for ${month.month} (${count(limit)}), ${count(used)} are used.`,
  );
  if (waiting > 0) page.line(`${count(waiting)} of them would wait for the next month.`, 2);
}

function exampleOf({ hubspotId, pendoId, from, to }: Sample): string {
  return `${hubspotId ?? pendoId}: ${change(from, to)}`;
}

function share(n: number, of: number): string {
  return of === 0 ? count(n) : `${count(n)} (${Math.round((100 * n) / of)} %)`;
}
