/** `crosswalk replay`: a run's history, once more through the workflow code of this installation. */
import { writeFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Command } from 'commander';
import { fetchRunHistories, replayHistory } from '../orchestration/replay.ts';
import type { ApiClient } from './api-client.ts';
import type { Terminal } from './terminal.ts';

export function replayCommand(program: Command, client: () => ApiClient, terminal: Terminal): void {
  program
    .command('replay')
    .description(
      'fetch the history of a run from Temporal and replay it here; exit code 1 where it decides otherwise now',
    )
    .argument('<tenant>', "the tenant's id")
    .argument('<run>')
    .option('--temporal <address>', 'host:port of Temporal (TEMPORAL_ADDRESS)')
    .option('--namespace <name>', 'Temporal namespace (TEMPORAL_NAMESPACE)')
    .option('--save <prefix>', 'also write each history to <prefix>-<n>.json')
    .action(
      async (tenantId: string, runId: string, options: { temporal?: string; namespace?: string; save?: string }) => {
        const address = options.temporal ?? terminal.env.TEMPORAL_ADDRESS;
        if (!address) throw new Error('Where is Temporal? Set TEMPORAL_ADDRESS, or name it with --temporal.');
        const { object } = await client().call(
          'GET',
          `/v1/tenants/${encodeURIComponent(tenantId)}/runs/${encodeURIComponent(runId)}`,
        );
        const connection = await Connection.connect({ address });
        try {
          const namespace = options.namespace ?? terminal.env.TEMPORAL_NAMESPACE ?? 'default';
          const temporal = new Client({ connection, namespace });
          const histories = await fetchRunHistories(temporal, { tenantId, object, runId });
          if (histories.length === 0) throw new Error(`Temporal keeps no history of run ${runId} (any more).`);
          for (const [n, { workflowId, executionId, history }] of histories.entries()) {
            if (options.save !== undefined) writeFileSync(`${options.save}-${n + 1}.json`, historyToJSON(history));
            const what = `${workflowId}, execution ${executionId}, ${history.events?.length ?? 0} events`;
            try {
              await replayHistory(history, { workflowId });
              terminal.print(`${what}: decides as it did.`);
            } catch (error) {
              terminal.print(`${what}: decides otherwise. ${error instanceof Error ? error.message : String(error)}`);
              terminal.exit(1);
            }
          }
        } finally {
          await connection.close();
        }
      },
    );
}
