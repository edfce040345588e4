/** Whether a tenant's accounts work as Crosswalk takes for granted: asked on demand, reading only. */
import { askAll, neededFor } from '../../assumptions/ask.ts';
import { assumptions } from '../../assumptions/registry.ts';
import { type Assumption, isAsked, type Need } from '../../assumptions/types.ts';
import { answerOf } from '../../assumptions/written.ts';
import { keepAnswers, readAnswers } from '../../db/answers.ts';
import type { Tx } from '../../db/index.ts';
import type { Vendor } from '../../db/schema.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { Answered, Answers } from '../../sync/verdicts.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { ControlError } from '../errors.ts';

export interface AssumptionView {
  assumption: Assumption;
  /** A configured sync rests on it. */
  needed: boolean;
  /** Undefined: this account was not asked yet. */
  answer: Answered | undefined;
}

export function listAssumptions(control: Control, caller: Caller, tenantId: string): Promise<AssumptionView[]> {
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const needs = await readNeeded(tx, tenantId);
    const known = await readAnswers(tx, tenantId);
    return assumptions.map((assumption) => ({
      assumption,
      needed: needs.some((need) => assumption.neededBy(need)),
      answer: isAsked(assumption)
        ? known[assumption.vendor][assumption.id]
        : answerOf(assumption, known[assumption.vendor]),
    }));
  });
}

/**
 * Asks both accounts everything that the configured syncs rest on, at most some twenty calls.
 * @throws `VENDOR_UNREACHABLE`; what was answered before that is kept.
 */
export async function verifyAssumptions(control: Control, caller: Caller, tenantId: string): Promise<AssumptionView[]> {
  const { needs, connected } = await inTenant(control, caller, 'operate', tenantId, async (tx) => ({
    needs: await readNeeded(tx, tenantId),
    connected: await tx
      .selectFrom('connections')
      .select('vendor')
      .where('tenant_id', '=', tenantId)
      .where('state', '!=', 'disconnected')
      .execute(),
  }));
  for (const { vendor } of connected) {
    const answers = await ask(control, tenantId, vendor, needs);
    await control.db.tenant(tenantId, (tx) => keepAnswers(tx, tenantId, vendor, answers));
  }
  return listAssumptions(control, caller, tenantId);
}

async function ask(control: Control, tenantId: string, vendor: Vendor, needs: readonly Need[]): Promise<Answers> {
  const list = neededFor(vendor, needs);
  if (list.length === 0) return {};
  try {
    const now = control.clock();
    if (vendor === 'hubspot')
      return await askAll(list, needs, {
        hubspot: await control.vendors.hubspot(tenantId),
        zone: 'UTC',
        now,
      });
    const { client, settings } = await control.vendors.pendo(tenantId);
    return await askAll(list, needs, { pendo: client, zone: settings.zone, now });
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    throw new ControlError({
      kind: 'vendor',
      code: 'VENDOR_UNREACHABLE',
      message: `${vendor === 'pendo' ? 'Pendo' : 'HubSpot'} cannot be asked now: ${error.message}`,
      fix: 'Try again in a few minutes. Runs ask by themselves before they write.',
    });
  }
}

async function readNeeded(tx: Tx, tenantId: string): Promise<Need[]> {
  return tx.selectFrom('syncs').select(['object', 'config']).where('tenant_id', '=', tenantId).execute();
}
