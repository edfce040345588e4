/** Names of the things that the console speaks of, and the tone of each state. */
import type { Tone } from '../parts/tone.tsx';

export const objects = {
  visitor: {
    sync: 'Contacts and visitors',
    hubspot: 'contact',
    pendo: 'visitor',
    hubspots: 'contacts',
    pendos: 'visitors',
  },
  account: {
    sync: 'Companies and accounts',
    hubspot: 'company',
    pendo: 'account',
    hubspots: 'companies',
    pendos: 'accounts',
  },
} as const;
export type SyncObject = keyof typeof objects;

export const vendors = { hubspot: 'HubSpot', pendo: 'Pendo' } as const;
export const legs = { pull: 'HubSpot to Pendo', push: 'Pendo to HubSpot' } as const;
export type Leg = keyof typeof legs;

interface Said {
  tone: Tone;
  word: string;
  /** What it means, in a sentence. */
  means: string;
}

export const healths: Record<string, Said> = {
  stopped: { tone: 'act', word: 'Stopped', means: 'Something must be fixed before this sync can continue.' },
  reconnect: {
    tone: 'act',
    word: 'Reconnect',
    means: 'A credential is no longer accepted. Connect the account again.',
  },
  held: { tone: 'act', word: 'Held', means: 'A guard stopped the run before it wrote anything. Review and decide.' },
  failed: { tone: 'act', word: 'Failing', means: 'The last run failed. The next one tries again.' },
  unscheduled: {
    tone: 'act',
    word: 'Not scheduled',
    means: 'Temporal does not accept the schedule, so no run starts by itself.',
  },
  quiet: { tone: 'act', word: 'Quiet', means: 'No run has succeeded for too long.' },
  degraded: { tone: 'wait', word: 'Degraded', means: 'The vendors refused some rows. They are tried again.' },
  paused: { tone: 'idle', word: 'Paused', means: 'A person paused this sync.' },
  ok: { tone: 'good', word: 'In step', means: 'The last run succeeded.' },
  draft: { tone: 'idle', word: 'Not enabled', means: 'Configured, but not switched on yet.' },
  disabled: { tone: 'idle', word: 'Disabled', means: 'Switched off.' },
};

export const runStates: Record<string, Said> = {
  queued: { tone: 'wait', word: 'Queued', means: 'The run starts as soon as a worker is free.' },
  running: { tone: 'wait', word: 'Running', means: 'The run is in progress.' },
  paused: { tone: 'idle', word: 'Paused', means: 'The run is paused until the sync is resumed.' },
  waiting: {
    tone: 'wait',
    word: 'Waiting',
    means: 'HubSpot or Pendo asked to be called later. The run continues automatically.',
  },
  held: { tone: 'act', word: 'Held', means: 'A guard stopped the run before it wrote anything.' },
  succeeded: { tone: 'good', word: 'Succeeded', means: 'Everything that was owed was written.' },
  degraded: { tone: 'wait', word: 'Degraded', means: 'The vendors refused some rows.' },
  failed: { tone: 'act', word: 'Failed', means: 'The run ended before it was done. Nothing is lost.' },
  cancelled: { tone: 'idle', word: 'Cancelled', means: 'The run was ended early. What was written stays.' },
};

export const triggers: Record<string, string> = {
  enable: 'First run',
  daily: 'Scheduled',
  manual: 'Started by hand',
  preview: 'Preview',
  retry: 'Retry',
};

/** What a run reads. */
export const scopes = { full: 'full', delta: 'changes only', record: 'one record' } as const;

export const outcomes: Record<string, Said> = {
  written: { tone: 'good', word: 'written', means: 'At least one field was written.' },
  unchanged: { tone: 'good', word: 'unchanged', means: 'Both sides already hold the same values.' },
  rejected: { tone: 'act', word: 'refused', means: 'The vendor refused the row. It is tried again in the next run.' },
  held: { tone: 'act', word: 'held', means: 'A guard stopped this direction. Nothing was written.' },
  notReached: { tone: 'wait', word: 'not reached', means: 'The run ended before this record was written.' },
  ambiguous: { tone: 'wait', word: 'ambiguous', means: 'Several records share the key. None of them is written.' },
  unmatched: { tone: 'idle', word: 'unmatched', means: 'No record on the other side has this key.' },
  blank: { tone: 'idle', word: 'without key', means: 'The join key is empty.' },
  invalidKey: {
    tone: 'wait',
    word: 'invalid key',
    means: 'The key cannot be used: it is too long or holds unreadable text.',
  },
  invalidField: { tone: 'wait', word: 'unreadable value', means: 'A value could not be read, so it was not written.' },
  altered: {
    tone: 'wait',
    word: 'stored differently',
    means: 'The vendor stores another value than the one that was sent.',
  },
  kept: { tone: 'idle', word: 'kept', means: 'The source is empty and the setting keeps the old value.' },
  excluded: { tone: 'idle', word: 'excluded', means: 'Marked do-not-process in Pendo, or forgotten here.' },
};

/** In the order in which a person wants to see them: worst first. */
export const outcomeOrder = [
  'rejected',
  'held',
  'notReached',
  'ambiguous',
  'altered',
  'invalidField',
  'invalidKey',
  'written',
  'unchanged',
  'kept',
  'unmatched',
  'blank',
  'excluded',
];
