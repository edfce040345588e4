import { count, counted, duration } from './numbers.ts';
import { legs } from './things.ts';

interface Said {
  state: string;
  dryRun: boolean;
  seconds: number;
  written: number;
  refused: number;
}

const refusedOf = (n: number): string => (n === 0 ? '' : `, ${count(n)} refused`);

export const run = {
  title: (id: string) => `Run ${id}`,
  /** The first line: what happened, in one sentence. */
  answer: ({ state, dryRun, seconds, written, refused }: Said): string => {
    if (dryRun) {
      if (state === 'succeeded') return `Dry run: nothing was written. It would write ${counted(written, 'record')}.`;
      return 'Dry run: nothing is written.';
    }
    switch (state) {
      case 'queued':
        return 'The run starts as soon as a worker is free.';
      case 'running':
        return `Running for ${duration(seconds)}.`;
      case 'waiting':
        return 'The run is waiting for HubSpot or Pendo and continues automatically.';
      case 'paused':
        return 'The run is paused. Resume the sync to continue it.';
      case 'held':
        return 'A guard stopped this run before it wrote anything. Review what it would change, then decide.';
      case 'succeeded':
        return written + refused === 0
          ? `Everything was up to date. Checked in ${duration(seconds)}.`
          : `${counted(written, 'record')} written${refusedOf(refused)} in ${duration(seconds)}.`;
      case 'degraded':
        return `${counted(written, 'record')} written${refusedOf(refused)}. What was refused is tried again in the next run.`;
      case 'cancelled':
        return `Cancelled after ${duration(seconds)}. What was written stays.`;
      default:
        return 'The run failed. Nothing is lost: the next run carries on.';
    }
  },
  started: 'Started',
  asOf: 'Data as of',
  took: 'Took',
  by: 'Started by',
  version: 'Configuration version',
  trigger: 'Started as',
  waitsUntil: 'until',
  progress: 'Progress',
  steps: {
    hubspot: 'Read HubSpot',
    pendo: 'Read Pendo',
    pull: 'Write Pendo',
    push: 'Write HubSpot',
  },
  progressOf: (done: number, total: number | null) =>
    total === null ? count(done) : `${count(done)} of ${count(total)}`,
  rate: (n: number) => `${count(Math.round(n))} a second`,
  left: (seconds: number) => `${duration(seconds)} left`,
  flow: (leg: keyof typeof legs) => `What happened, ${legs[leg]}`,
  wouldFlow: (leg: keyof typeof legs) => `What would happen, ${legs[leg]}`,
  match: 'Match',
  refused: 'Refused because',
  refusedRow: (rows: number) => counted(rows, 'row'),
  fields: 'Fields',
  field: 'Field',
  records: 'Records',
  recordsOf: (leg: keyof typeof legs) => legs[leg],
  anyOutcome: 'All',
  record: 'Record',
  partner: 'Partner',
  outcome: 'Outcome',
  changes: 'Old → new',
  since: 'Since run',
  csv: 'Download CSV',
  noRecords: 'No record has this outcome.',
  calls: 'API calls',
  call: 'API',
  callNames: {
    'hubspot.burst': 'HubSpot',
    'hubspot.search': 'HubSpot search',
    'pendo.aggregation': 'Pendo aggregation',
    'pendo.read': 'Pendo, reading',
    'pendo.write': 'Pendo, writing',
  } as Record<string, string>,
  callCount: 'Calls',
  approve: 'Approve…',
  approveTitle: 'Approve this run',
  approveText: 'The run writes what is shown here, in this run only. Approval is recorded in the audit.',
  approveButton: (rows: number) => `Approve and write ${counted(rows, 'record')}`,
  cancel: 'Cancel run',
  cancelTitle: 'Cancel this run',
  cancelText: 'What was written stays. What is still owed is written by the next run.',
  retry: 'Retry what was refused',
  reason: 'Reason',
  approveReasonHint: 'For whoever reads the audit later. Name no person.',
  cancelReasonHint: 'Optional. For whoever reads the audit later. Name no person.',
  fourEyes:
    'The four-eyes rule is on. Your key neither started this run nor changed its configuration, so you may approve it.',
  baseline: 'Compared with the last full run that ended well:',
  limit: {
    values: (limit: string) => `The guard lets a run pass that leaves at least ${limit}.`,
    counts: (limit: string) => `The guard lets a run pass from ${limit} on.`,
    creations: (limit: string) => `The guard lets a run pass that creates at most ${limit}.`,
  },
  decided: { approved: 'Approved by', cancelled: 'Cancelled by' },
  approved: 'Approved. The run continues.',
  cancelled: 'The run is being cancelled.',
  empty: 'empty',
  temporal: 'Open in Temporal',
  heldShare: (before: number, now: number) => `${count(before)} before, ${count(now)} now`,
  samples: 'Samples',
  dropped: 'Left out for the whole run',
  columns: {
    id: 'Run',
    tenant: 'Tenant',
    sync: 'Sync',
    state: 'State',
    trigger: 'Started as',
    when: 'Started',
    took: 'Took',
    written: 'Written',
    refused: 'Refused',
  },
  list: 'Runs',
  listEmpty: 'The first run starts when you enable the sync.',
  dryRun: 'dry run',
  anyState: 'Any state',
  anyTrigger: 'Any start',
  listNone: 'No run matches these filters.',
  allLead: 'Runs of all tenants, newest first, dry runs included.',
  anySync: 'Both syncs',
  state: 'State',
  sync: 'Sync',
};
