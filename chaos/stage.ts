/** What the actions of a round work on, and what they leave for the verdict. */
import type { Api } from '../demo/api.ts';
import type { Locks } from './locks.ts';
import type { Finding } from './log-evidence.ts';
import type { Model } from './model.ts';
import type { Temporal } from './temporal.ts';
import type { ChaosTenant } from './tenants.ts';

export interface Stage {
  api: Api;
  adminUrl: string;
  temporal: Temporal;
  /** What Crosswalk's clock says. */
  now(): number;
  tenants: readonly ChaosTenant[];
  models: readonly Model[];
  locks: Locks;
  /** Instants at which a request on its way may have been given up, for another reason than a kill. */
  interruptions: { world: number; at: number }[];
  /** When the faults of a world were cleared. */
  cleared: { world: number; at: number }[];
  /** By run id: when an approval was first asked for. */
  approvals: Map<string, number>;
  findings: Finding[];
  /** How often what happened: `action outcome`. */
  outcomes: Map<string, number>;
  /** No further action of several steps begins. */
  ending: boolean;
  /** Nothing disturbs anything any more: a case without a verdict has no excuse. */
  quiet: boolean;
}

export function count(stage: Pick<Stage, 'outcomes'>, what: string): void {
  stage.outcomes.set(what, (stage.outcomes.get(what) ?? 0) + 1);
}

/** A case came to no verdict. That is a finding of its own where nothing can have prevented it. */
export function unproved(stage: Pick<Stage, 'outcomes' | 'findings' | 'quiet'>, world: string, what: string): void {
  if (stage.quiet) stage.findings.push({ what: 'unproved', world, detail: what });
  else count(stage, what);
}
