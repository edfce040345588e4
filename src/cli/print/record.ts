/** One record: what became of it, and why. */
import { typeableId } from '../../sync/typed-id.ts';
import type { RecordAnswer } from '../answers.ts';
import type { Page } from './page.ts';
import { toneOf } from './tones.ts';
import { reasonText, shownValue } from './value.ts';

type Leg = RecordAnswer['legs']['pull'];
type Field = Leg['fields'][number];

export const legNames = { pull: 'pull (HubSpot to Pendo)', push: 'push (Pendo to HubSpot)' } as const;

export function sideName(side: string): string {
  return side === 'hubspot' ? 'HubSpot' : 'Pendo';
}

export function showRecord(page: Page, answer: RecordAnswer): void {
  const { match, legs, known, forgotten, deliveries } = answer;
  page.facts([
    ['Record', `${sideName(answer.side)} ${typeableId(answer.id)}, ${answer.object}`],
    ['Match', match.state, toneOf(match.state)],
    match.partnerId !== null && ['Partner', typeableId(match.partnerId)],
    match.key !== null && ['Key', shownValue(match.key)],
    match.state === 'ambiguous' && ['Shared with', sharedWith(answer)],
    ['Near misses', match.nearMisses.map((key) => shownValue(key)).join(', ')],
    ['Last read', answer.lastRead === null ? '' : `run ${answer.lastRead.run}, ${page.exactly(answer.lastRead.at)}`],
  ]);
  if (forgotten) page.line('Forgotten: this person is left out of every run.');
  if (!known) page.line('The last read did not find it.');
  for (const name of ['pull', 'push'] as const) showLeg(page, name, legs[name]);
  showOccurrences(page, answer.occurrences);
  const last = deliveries[0];
  if (last !== undefined) {
    const refused = Object.entries(last.refused ?? {});
    page.line();
    page.line(`Last delivery: run ${last.run}, ${last.leg}, ${last.state}. ${reasonText(last.reason)}`.trimEnd());
    for (const [field, { code, vendorText }] of refused)
      page.line(`${field} was refused (${code}). The vendor said: ${vendorText}`, 2);
  }
}

function showLeg(page: Page, name: keyof typeof legNames, leg: Leg): void {
  page.line();
  const since = leg.since === null ? '' : ` since run ${leg.since.run}`;
  page.line(`${legNames[name]}: ${page.paint(toneOf(leg.outcome), leg.outcome)}${since}. ${leg.explanation}`);
  if (leg.fields.length === 0) return;
  page.table(leg.fields, [
    { title: 'Field', value: ({ field }) => field, wraps: 'name' },
    { title: 'Now', value: (field) => value(field, field.holds), wraps: 'text' },
    { title: 'Should be', value: (field) => value(field, field.wants), wraps: 'text' },
    {
      title: 'State',
      value: fieldState,
      wraps: 'text',
      tone: ({ owed, withheld }) => (owed ? 'wait' : withheld ? 'idle' : 'good'),
    },
  ]);
}

/** Of as many as a screen holds. */
const shownOccurrences = 10;

function showOccurrences(page: Page, occurrences: RecordAnswer['occurrences']): void {
  if (occurrences.length === 0) return;
  page.line();
  page.table(occurrences.slice(0, shownOccurrences), [
    { title: 'Custom event of', value: ({ source, id }) => `${source} ${id}`, wraps: 'name' },
    { title: 'Day', value: ({ day }) => day },
    { title: 'Count', value: ({ count }) => String(count), right: true },
    { title: 'State', value: ({ state, reason }) => `${state} ${reasonText(reason)}`.trimEnd(), wraps: 'text' },
  ]);
}

function sharedWith({ match: { sharedWith: shared } }: RecordAnswer): string {
  const parts = (['hubspot', 'pendo'] as const).flatMap((side) =>
    shared[side].length === 0 ? [] : [`${sideName(side)} ${shared[side].map(typeableId).join(', ')}`],
  );
  return parts.join('; ');
}

/** Values are null where none is known. */
function value({ withheld }: Field, held: unknown): string {
  const unknown = withheld === 'stopped' || withheld === 'notRead' || withheld === 'notCompared';
  return unknown ? '' : shownValue(held);
}

const withheldTexts: Record<NonNullable<Field['withheld']>, string> = {
  keep: 'kept: the source is empty',
  invalid: 'not written: the value cannot be read',
  alreadySent: 'sent already; the vendor stores another value',
  stopped: 'stopped: its definition changed',
  notRead: 'not known: the vendor left it out of what was read',
  notCompared: 'not compared yet: mapped since the last run',
};

function fieldState({ owed, withheld, stopped }: Field): string {
  if (withheld !== undefined) return `${withheldTexts[withheld]}${stopped === undefined ? '' : ` (${stopped})`}`;
  return owed ? 'would be written' : 'as it should be';
}
