/** How long a tenant wants its things kept: less than the deployment keeps them, and never so little that nobody can look back. */

import type { Retention, Tenant } from '../control.ts';
import { type FieldProblem, invalid } from '../errors.ts';

/** Days; null: as the deployment has it. */
export interface OwnRetention {
  auditDays: number | null;
  evidenceDays: number | null;
  disabledDays: number | null;
}
export type RetentionInput = { [Name in keyof OwnRetention]?: number | null | undefined };

/** The audit trail keeps its last thirty days whatever anybody says. */
const least: Record<keyof OwnRetention, number> = { auditDays: 30, evidenceDays: 1, disabledDays: 1 };
const unbounded = 3650;
const variables: Record<keyof OwnRetention, string> = {
  auditDays: 'CROSSWALK_AUDIT_DAYS',
  evidenceDays: 'CROSSWALK_EVIDENCE_DAYS',
  disabledDays: 'CROSSWALK_DISABLED_DAYS',
};

export function ownRetention(tenant: Tenant): OwnRetention {
  return { auditDays: tenant.audit_days, evidenceDays: tenant.evidence_days, disabledDays: tenant.disabled_days };
}

export function retentionColumns({ auditDays, evidenceDays, disabledDays }: OwnRetention) {
  return { audit_days: auditDays, evidence_days: evidenceDays, disabled_days: disabledDays };
}

/** @throws `RETENTION_OUT_OF_BOUNDS` */
export function requireWithinBounds(deployment: Retention | undefined, input: RetentionInput = {}): void {
  const problems: FieldProblem[] = [];
  for (const [name, days] of Object.entries(input) as [keyof OwnRetention, number | null | undefined][]) {
    if (days === null || days === undefined) continue;
    const most = deployment?.[name] ?? unbounded;
    if (days >= least[name] && days <= most) continue;
    problems.push({
      path: `retention.${name}`,
      code: 'RETENTION_OUT_OF_BOUNDS',
      message: `${name} is ${days}, and may be from ${least[name]} to ${most}.`,
      fix: `Choose a number of days from ${least[name]} to ${most}, or null for what the deployment has (${variables[name]}).`,
    });
  }
  const first = problems[0];
  if (first !== undefined) throw invalid('RETENTION_OUT_OF_BOUNDS', first.message, first.fix ?? '', problems);
}
