/** What Temporal keeps of a run, once more through the workflow code of this installation. */
import { writeFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TemporalCredentials } from '../config/temporal-access.ts';
import { fetchRunHistories, replayHistory } from '../orchestration/replay.ts';
import type { SyncObject } from '../sync/config.ts';
import { Problem } from './problem.ts';

export interface RunToReplay {
  address: string;
  credentials: TemporalCredentials;
  namespace: string;
  tenantId: string;
  object: SyncObject;
  runId: string;
  /** Where each history is written, too: the beginning of the files' names. */
  save?: string | undefined;
  /** File with the bundled workflows; else they are bundled now. */
  bundle?: string | undefined;
}

export interface Replayed {
  workflowId: string;
  execution: string;
  events: number;
  /** Whether the code decides as it did. */
  same: boolean;
  /** Where it does not. */
  message: string | null;
}

/** @throws Problem where nothing is kept. */
export async function replayRun({
  address,
  credentials,
  namespace,
  save,
  bundle,
  ...run
}: RunToReplay): Promise<Replayed[]> {
  const connection = await Connection.connect({ address, ...credentials }).catch((error: unknown) => {
    throw new Problem({
      code: 'NO_ANSWER',
      message: `Temporal does not answer at ${address} (${(error as Error).message}).`,
      fix: 'Give its address with --temporal or TEMPORAL_ADDRESS, and for a server with TLS the variables TEMPORAL_TLS… and TEMPORAL_API_KEY.',
    });
  });
  try {
    const histories = await fetchRunHistories(new Client({ connection, namespace }), run);
    if (histories.length === 0) {
      throw new Problem({
        code: 'NO_HISTORY',
        message: `Temporal keeps no history of run ${run.runId} in the namespace ${namespace}.`,
        fix: 'Histories are kept for some days after a run has ended. Check the namespace as well.',
      });
    }
    const replayed: Replayed[] = [];
    for (const [n, { workflowId, executionId, history }] of histories.entries()) {
      if (save !== undefined) writeFileSync(`${save}-${n + 1}.json`, historyToJSON(history));
      const known = { workflowId, execution: executionId, events: history.events?.length ?? 0 };
      try {
        await replayHistory(history, { workflowId, ...(bundle ? { workflowBundle: { codePath: bundle } } : {}) });
        replayed.push({ ...known, same: true, message: null });
      } catch (error) {
        replayed.push({ ...known, same: false, message: error instanceof Error ? error.message : String(error) });
      }
    }
    return replayed;
  } finally {
    await connection.close();
  }
}
