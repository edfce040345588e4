/**
 * What a workflow reports to the process that runs it, for the trace of its run. Reporting makes no command: histories stay as they
 * are, and nothing is reported during a replay.
 */
import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { RunRef, WaitCause } from '../activities/types.ts';

export interface WorkflowSpans extends Sinks {
  spans: {
    /** @param failed the kind of the error that ended the workflow; null where none did */
    ended(ref: RunRef, failed: string | null): void;
    /** @param from epoch ms */
    waited(ref: RunRef, from: number, cause: WaitCause | null): void;
  };
}

export const { spans } = proxySinks<WorkflowSpans>();

/** Reports that the workflow has ended, or that it continues in a new history. */
export async function traced<T>(ref: RunRef, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    spans.ended(ref, null);
    return result;
  } catch (error) {
    const name = error instanceof Error ? error.name : 'other';
    spans.ended(ref, name === 'ContinueAsNew' ? null : name);
    throw error;
  }
}
