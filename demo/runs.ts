/** Watches runs through the API, as anybody would. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.ts';

export interface StepFigures {
  done: number;
  total: number | null;
  rate: number | null;
  left: number | null;
}

export interface RunView {
  id: string;
  object: 'visitor' | 'account';
  state: string;
  phase: string;
  reason: { code: string; message: string; fix?: string } | null;
  asOf: string | null;
  progress: Partial<Record<'hubspot' | 'pendo' | 'pull' | 'push', StepFigures>>;
  counts: {
    read?: Record<string, number>;
    match?: Record<string, number>;
    legs?: Partial<Record<'pull' | 'push', Record<string, number>>>;
    sent?: Partial<Record<'pull' | 'push', number>>;
    fields?: unknown;
    events?: { found?: number; sent?: number };
  };
  held: { leg: string; subject: string; message: string }[];
  calls: Record<string, number>;
  preview?: unknown;
}

export const endStates = ['held', 'succeeded', 'degraded', 'failed', 'cancelled'];

export async function waitForRun(
  api: Api,
  tenant: string,
  runId: string,
  look: (run: RunView) => void = () => undefined,
  timeoutMs = 600_000,
): Promise<RunView> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const run = await api.get<RunView>(`/v1/tenants/${tenant}/runs/${runId}`);
    look(run);
    if (endStates.includes(run.state)) return run;
    if (Date.now() > until) throw new Error(`run ${runId} is still ${run.state} (${run.phase}) after ${timeoutMs} ms`);
    await sleep(250);
  }
}
