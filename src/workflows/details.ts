/** What the Temporal UI shows of a run while it goes on. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { RunRef } from '../activities/types.ts';

/** Phase of the run, or `waiting`: to filter by in the UI. */
export const stateAttribute = defineSearchAttributeKey('CrosswalkState', SearchAttributeType.KEYWORD);

export interface Shown {
  phase: string;
  /** Epoch ms until which the run waits for a vendor. */
  waiting: number | null;
  owed: { pull: number; push: number } | null;
}

export function describe({ tenantId, object, runId }: RunRef, { phase, waiting, owed }: Shown): string {
  const lines = [`**${object}** of tenant \`${tenantId}\`, run ${runId}: **${phase}**`];
  if (owed) lines.push(`owed: ${owed.pull} rows to Pendo, ${owed.push} to HubSpot`);
  if (waiting !== null) lines.push(`waiting for the vendor until ${new Date(waiting).toISOString()}`);
  return lines.join('\n\n');
}
