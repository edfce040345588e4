import { objects, type SyncObject } from './things.ts';

export const records = {
  title: 'Find a record',
  label: 'E-mail address, id, or the address of a record’s page',
  hint: 'For example ann@example.com, 33451, or a link copied from HubSpot or Pendo.',
  find: 'Find',
  empty: 'Ask about one person or company: why was it written, or why not?',
  none: (text: string) => `Nothing that was read so far is called “${text}”.`,
  noneWhy: 'It may be new since the last run, or spelled differently. Try the id from HubSpot or Pendo.',
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
  holds: 'Now',
  wants: 'Should be',
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
  historyEmpty: 'Nothing was written to or from this record yet.',
  since: 'since run',
  lastRead: 'Last read',
  forgotten: 'This record was forgotten: nothing of it is read or written.',
  answers: {
    unknown: 'No run has read a record with this id.',
    matched: (object: SyncObject, partner: string) =>
      `It matches the ${objects[object].pendo} or ${objects[object].hubspot} ${partner}.`,
  } as const,
  forget: 'Forget…',
  openPartner: 'Open',
};
