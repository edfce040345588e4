/** What this process did, counted. Every label is one of a closed set: no tenant, no record, no word of a vendor's. */
import { Counter, Histogram } from 'prom-client';
import { processMetrics } from './process-metrics.ts';

const registers = [processMetrics()];

const vendorCalls = new Histogram({
  name: 'crosswalk_vendor_call_seconds',
  help: 'Calls of HubSpot and Pendo, by what limits them and by status; a kind of fault where there was no status.',
  labelNames: ['vendor', 'limit', 'status'],
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  registers,
});

const slotWaits = new Histogram({
  name: 'crosswalk_vendor_slot_wait_seconds',
  help: 'How long calls waited for their turn under a limit of HubSpot or Pendo.',
  labelNames: ['vendor', 'limit'],
  buckets: [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30],
  registers,
});

const limitShares = new Histogram({
  name: 'crosswalk_vendor_limit_used_ratio',
  help: 'Calls by the share of their limit that was used with them: of its window, and of the day where the vendor tells.',
  labelNames: ['vendor', 'limit'],
  buckets: [0.1, 0.25, 0.5, 0.75, 0.9, 0.99],
  registers,
});

const runs = new Histogram({
  name: 'crosswalk_run_seconds',
  help: 'Runs that this process closed, from when they were queued, by how they ended.',
  labelNames: ['object', 'scope', 'state'],
  buckets: [5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600],
  registers,
});

const records = new Counter({
  name: 'crosswalk_records_total',
  help: 'Records of runs that this process closed, by leg and outcome.',
  labelNames: ['object', 'leg', 'outcome'],
  registers,
});

const recordsRead = new Counter({
  name: 'crosswalk_records_read_total',
  help: 'Records that runs which this process closed had read, by side.',
  labelNames: ['object', 'vendor'],
  registers,
});

const recordsMatched = new Counter({
  name: 'crosswalk_records_matched_total',
  help: 'Pairs that runs which this process closed had matched.',
  labelNames: ['object'],
  registers,
});

const waits = new Counter({
  name: 'crosswalk_waits_total',
  help: 'Steps that ended to wait, by whom they wait for and why.',
  labelNames: ['of', 'why'],
  registers,
});

export function noteVendorCall(vendor: string, limit: string, status: number | string, seconds: number): void {
  vendorCalls.observe({ vendor, limit, status: String(status) }, seconds);
}

export function noteSlotWait(vendor: string, limit: string, seconds: number): void {
  slotWaits.observe({ vendor, limit }, seconds);
}

/** @param limit a class of calls, or `day` */
export function noteLimitUsed(vendor: string, limit: string, used: number, of: number): void {
  if (of > 0) limitShares.observe({ vendor, limit }, used / of);
}

export function noteWait(of: string, why: string): void {
  waits.inc({ of, why });
}

export interface ClosedRun {
  object: string;
  scope: string;
  state: string;
  seconds: number;
  read: Readonly<Record<string, number>>;
  /** Pairs. */
  matched: number;
  /** By leg: records by outcome. */
  legs: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export function noteClosedRun({ object, scope, state, seconds, read, matched, legs }: ClosedRun): void {
  runs.observe({ object, scope, state }, seconds);
  for (const [vendor, n] of Object.entries(read)) recordsRead.inc({ object, vendor }, n);
  recordsMatched.inc({ object }, matched);
  for (const [leg, outcomes] of Object.entries(legs)) {
    for (const [outcome, n] of Object.entries(outcomes)) records.inc({ object, leg, outcome }, n);
  }
}
