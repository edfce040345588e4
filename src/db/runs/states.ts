/** Which states a run is active in: it has a workflow, or is about to have one. A sync has one such run at most. */
import { type RawBuilder, sql } from 'kysely';
import type { RunState } from '../schema.ts';

export const activeStates = ['queued', 'running', 'paused', 'waiting'] as const satisfies readonly RunState[];

/** For `state in ${active}`: written out, so that the partial index of active runs serves. */
export const active: RawBuilder<unknown> = sql.raw(`(${activeStates.map((state) => `'${state}'`).join(', ')})`);
