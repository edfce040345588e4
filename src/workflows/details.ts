/** What the Temporal UI shows of a run while it runs: numbers, and words from closed sets. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Figures, RunRef, SettleResult, WaitCause } from '../activities/types.ts';
import { type Leg, legs, targetOf, type Vendor, vendorNames } from '../sync/legs.ts';

/** Phase of the run, or `waiting`: to filter by in the UI. */
export const stateAttribute = defineSearchAttributeKey('CrosswalkState', SearchAttributeType.KEYWORD);

/** Work of a run that is done side by side; each track waits for itself. */
export type Track = 'run' | Vendor | Leg;

interface Wait {
  /** Epoch ms. */
  until: number;
  cause: WaitCause | undefined;
}

export interface Shown {
  phase: string;
  waits: Partial<Record<Track, Wait>>;
  /** Tracks that have met the pause; the one beside may not have yet. */
  paused: ReadonlySet<Track>;
  figures: Figures;
  settled: SettleResult | null;
  /** Why the run ended, where a person must know: a code. */
  why: string | null;
}

const tracks = {
  run: 'the run',
  hubspot: 'reading HubSpot',
  pendo: 'reading Pendo',
  pull: 'delivery to Pendo',
  push: 'delivery to HubSpot',
} as const;
const whys = {
  limit: 'its limit',
  quota: "its day's quota",
  outage: 'an outage',
  operator: 'a setting that the operator of Crosswalk has to correct',
} as const;

export function describe({ tenantId, object, runId }: RunRef, shown: Shown): string {
  const { waits, paused, figures, settled, why } = shown;
  const phase = paused.size > 0 ? 'paused' : shown.phase;
  const lines = [
    `**${object}** of tenant \`${tenantId}\`, run ${runId}: **${phase}**${why === null ? '' : ` (${why})`}`,
  ];
  if (phase === 'paused') lines.push('a person or a lost connection paused the sync: it continues when it is resumed');
  const { read } = figures;
  const counted = (side: 'hubspot' | 'pendo'): string[] =>
    read?.[side] === undefined ? [] : [`${read[side]} from ${vendorNames[side]}`];
  const reads = [...counted('hubspot'), ...counted('pendo')];
  if (reads.length > 0) lines.push(`read: ${reads.join(', ')}`);
  if (settled?.matched !== undefined) lines.push(`matched: ${settled.matched} pairs`);
  if (settled) lines.push(`owed: ${settled.owed.pull} rows to Pendo, ${settled.owed.push} to HubSpot`);
  for (const leg of legs) {
    const to = vendorNames[targetOf(leg)];
    const { accepted, rejected } = figures.delivered?.[leg] ?? {};
    if (accepted !== undefined)
      lines.push(`delivered to ${to}: ${accepted}${rejected ? `, refused: ${rejected}` : ''}`);
    if (settled?.held[leg]) {
      const test = settled.heldBy?.[leg];
      lines.push(`nothing goes to ${to}: held by a guard${test === undefined ? '' : ` (${test})`}, waits for approval`);
    }
  }
  for (const [track, { until, cause }] of Object.entries(waits)) {
    const awaited =
      cause === undefined ? 'the vendor' : cause.of === 'database' ? 'the database' : vendorNames[cause.of];
    const reason = cause === undefined ? '' : ` (${whys[cause.why]})`;
    lines.push(`${tracks[track as Track]} waits for ${awaited}${reason} until ${new Date(until).toISOString()}`);
  }
  return lines.join('\n\n');
}
