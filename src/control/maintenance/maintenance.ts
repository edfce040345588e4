/** What has to be looked after now and then, whoever asks for it: alerts to raise and to deliver, evidence to let go. */
import { queueAuditEntries } from '../alerts/audit-feed.ts';
import { checkAlerts } from '../alerts/check.ts';
import { deliverAlerts } from '../alerts/delivery.ts';
import { deliverAlertMails } from '../alerts/mail-delivery.ts';
import { signHeads } from '../audit/chains.ts';
import { sendToOperator } from '../audit/operators-feed.ts';
import { pruneAudit } from '../audit/prune.ts';
import { endAbandonedLogins } from '../connections/login-states.ts';
import type { Control } from '../control.ts';
import { pruneDisabled } from '../evidence/disabled-retention.ts';
import { pruneEvidence } from '../evidence/retention.ts';
import { dayMs } from '../quota.ts';
import { pruneRuns } from '../runs/retention.ts';
import { pruneUsage, sumUsage } from '../usage/summed.ts';

export interface MaintenanceOptions {
  /** Between two rounds. Default 30 s. */
  everyMs?: number | undefined;
  evidenceDays: number;
  runDays: number;
  auditDays: number;
  disabledDays?: number | undefined;
}

const hourMs = 3_600_000;

/** Runs until stopped; any number of processes may have one. A round that fails is logged, and the next one tries again. */
export function startMaintenance(
  control: Control,
  { everyMs = 30_000, evidenceDays, runDays, auditDays, disabledDays }: MaintenanceOptions,
): () => Promise<void> {
  let prunedAt = Number.NEGATIVE_INFINITY;
  let signedAt = Number.NEGATIVE_INFINITY;
  const round = async (): Promise<void> => {
    await attempt(control, 'checking alerts', () => checkAlerts(control));
    await attempt(control, 'queueing audit entries', () => queueAuditEntries(control));
    await attempt(control, 'sending audit entries to the operator', () => sendToOperator(control));
    await attempt(control, 'delivering alerts', () => deliverAlerts(control));
    await attempt(control, 'sending alerts by e-mail', () => deliverAlertMails(control));
    await attempt(control, 'ending logins', () => endAbandonedLogins(control));
    if (performance.now() - signedAt > hourMs) {
      signedAt = performance.now();
      await attempt(control, 'signing the audit trail', () => signHeads(control));
    }
    if (performance.now() - prunedAt < dayMs) return;
    prunedAt = performance.now();
    // In this order: a run may go when the evidence of it has gone.
    await attempt(control, 'pruning evidence', () => pruneEvidence(control, evidenceDays));
    await attempt(control, 'pruning runs', () => pruneRuns(control, runDays));
    await attempt(control, 'erasing values of disabled syncs', () => pruneDisabled(control, disabledDays));
    await attempt(control, 'pruning the audit trail', () => pruneAudit(control, auditDays));
    await attempt(control, 'summing usage', () => sumUsage(control));
    await attempt(control, 'pruning usage', () => pruneUsage(control));
  };
  let stopped = false;
  let timer: NodeJS.Timeout;
  let going: Promise<void>;
  const next = (): void => {
    going = round().finally(() => {
      if (stopped) return;
      timer = setTimeout(next, everyMs);
      timer.unref();
    });
  };
  next();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await going;
  };
}

async function attempt(control: Control, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    control.log.error({ err: error }, `${what} failed`);
  }
}
