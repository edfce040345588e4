import type { Tone } from '../parts/tone.tsx';
import { counted } from './numbers.ts';
import { objects, type SyncObject } from './things.ts';

export const records = {
  title: 'Find a record',
  label: 'E-mail address, id, company name, or the address of a record’s page',
  hint: 'For example ann@example.com, 33451, Acme Inc., or a link copied from HubSpot or Pendo.',
  find: 'Find',
  empty: 'Ask about one person or company: why was it written, or why not?',
  none: (text: string) => `No record that was read so far has “${text}”.`,
  noneWhy: 'It may be newer than the last run, or spelled differently. Try its id in HubSpot or Pendo.',
  named: 'HubSpot found these by name:',
  askedInVain: 'HubSpot has no record of this name either.',
  notAnswered: 'HubSpot did not answer when it was asked for the name. Try again, or use an id or e-mail address.',
  forgotten: 'A person with this name was forgotten on request, so nothing of them is kept.',
  foundAs: (object: SyncObject, side: 'hubspot' | 'pendo') =>
    `${side === 'hubspot' ? 'HubSpot' : 'Pendo'} ${objects[object][side]}`,
};

export const record = {
  crumb: 'Records',
  match: 'Match',
  key: 'Key',
  partner: 'Partner',
  shared: 'Others with this key',
  near: 'Differs only in spelling',
  fields: (leg: string) => `Fields, ${leg}`,
  field: 'Field',
  wants: { pull: 'From HubSpot', push: 'From Pendo' },
  holds: { pull: 'In Pendo', push: 'In HubSpot' },
  sent: 'Last sent',
  state: 'State',
  equal: 'equal',
  owed: 'to be written',
  kept: 'kept, because the source is empty',
  invalid: 'not readable',
  alreadySent: 'stored differently by the vendor',
  stopped: 'stopped: its definition changed',
  notRead: 'not shown by the vendor',
  notCompared: 'mapped since the last run',
  confirmed: 'read back',
  unconfirmed: 'not read back yet',
  history: 'History',
  /** What became of a delivery. Dry runs send nothing. */
  deliveryStates: {
    accepted: { tone: 'good', word: 'written' },
    rejected: { tone: 'act', word: 'refused' },
    owed: { tone: 'idle', word: 'not sent' },
  } as Record<string, { tone: Tone; word: string }>,
  historyEmpty: 'Nothing was written to or from this record yet.',
  which: (object: SyncObject, side: 'hubspot' | 'pendo', id: string) => `${records.foundAs(object, side)} ${id}`,
  run: (id: string) => `Run ${id}`,
  since: 'since run',
  lastRead: 'Last read',
  forgotten: 'This record was forgotten: nothing of it is read or written.',
  answers: {
    unknown: 'No run has read a record with this id.',
    matched: (object: SyncObject, partner: string) =>
      `It matches the ${objects[object].pendo} or ${objects[object].hubspot} ${partner}.`,
  } as const,
  openAt: (vendor: string) => `Open in ${vendor}`,
  deliver: {
    button: 'Deliver now…',
    title: 'Deliver only this record',
    text: 'A run reads only this record and its partner, and writes the fields that differ, in both directions, under the same guards as every run. At most one record changes in HubSpot and one in Pendo.',
    confirm: 'Deliver this record',
    fullRunWhy:
      'Since the last full run something changed that decides which records match. Start a full run: it reads and matches all records again. After it, single records can be delivered.',
    fullRun: 'Start a full run',
    /** How its run stands, in a sentence. */
    answer: ({ state, written, refused }: { state: string; written: number; refused: number }) => {
      switch (state) {
        case 'queued':
        case 'running':
          return 'The record is being read and delivered.';
        case 'waiting':
          return 'The run is waiting for HubSpot or Pendo and continues automatically.';
        case 'paused':
          return 'The run is paused until the sync is resumed.';
        case 'held':
          return 'A guard stopped it before anything was written. Look at the run, then decide.';
        case 'cancelled':
          return 'It was cancelled. What was written stays.';
        default:
          if (refused > 0) return 'A vendor refused it. The reason is above.';
          return written > 0 ? 'It was delivered.' : 'Nothing was written: nothing differed.';
      }
    },
    run: (id: string) => `Run ${id}`,
  },
  check: {
    title: 'Right now',
    lead: 'The answer above is from the last run. “Check now” reads this record from HubSpot and Pendo and writes nothing. “Deliver now” reads it and writes what differs, without waiting for the next run.',
    button: 'Check now',
    again: 'Check again',
    /** What was found, in a sentence. */
    answer: ({
      hubspot,
      pendo,
      excluded,
      differ,
    }: {
      hubspot: boolean;
      pendo: boolean;
      excluded: boolean;
      differ: number;
    }) => {
      if (excluded) return 'Pendo marks it do-not-process, so nothing of it is compared.';
      if (!hubspot && !pendo) return 'Neither HubSpot nor Pendo has this record now.';
      if (!hubspot) return 'HubSpot has no partner for it now.';
      if (!pendo) return 'Pendo has no partner for it now.';
      if (differ === 0) return 'Both sides are equal now, in all fields that were read.';
      return `${counted(differ, 'field differs', 'fields differ')} now. The next run writes what differs, or deliver it now.`;
    },
    took: (calls: number) => `${counted(calls, 'call')}, read`,
    source: { pull: 'In HubSpot now', push: 'In Pendo now' },
    target: { pull: 'In Pendo now', push: 'In HubSpot now' },
    lastTarget: 'At the last run',
    equal: 'equal',
    differs: 'differs',
    left: 'not checked',
    leftWhy: 'It depends on more than this record: the next full run compares it.',
    allEqual: (n: number) => `Equal on both sides: ${counted(n, 'field')}.`,
    showEqual: 'Show them',
    hideEqual: 'Hide them',
    fields: (leg: string) => `Now, ${leg}`,
  },
};
