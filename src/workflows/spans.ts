/**
 * What a workflow tells the process it runs in, for the trace of its run. Telling makes no command: histories stay as they are, and
 * nothing is told while one is replayed.
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

/** Tells of the workflow when it has ended, or has gone on in a new history. */
export async function told<T>(ref: RunRef, work: () => Promise<T>): Promise<T> {
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
