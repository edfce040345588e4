/** Whether a tenant's accounts work as Crosswalk takes for granted: asked on demand, reading only. */
import { askAll, neededFor } from '../../assumptions/ask.ts';
import { everyNeed } from '../../assumptions/needs.ts';
import { assumptions } from '../../assumptions/registry.ts';
import { type Assumption, isAsked, type Need } from '../../assumptions/types.ts';
import { answerOf } from '../../assumptions/written.ts';
import { keepAnswers, readAnswers } from '../../db/answers.ts';
import type { Tx } from '../../db/index.ts';
import type { Vendor } from '../../db/schema.ts';
import type { PendoSettings } from '../../sync/config.ts';
import { vendorNames } from '../../sync/legs.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { Answered, Answers } from '../../sync/verdicts.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { ControlError } from '../errors.ts';
import { createRecorder, type Recording } from './recording/recording.ts';
import { findConnection } from './store.ts';
import type { VendorUse } from './vendor-use.ts';

export interface AssumptionView {
  assumption: Assumption;
  /** A configured sync rests on it; before there is one, a sync could. */
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

/** Of one account: a person waits. What was not asked in this time is asked by the first run. In ms. */
const askedWithin = 50_000;

interface Verify {
  /** Left out: both. */
  vendor?: Vendor | undefined;
  /** Also what was asked and answered, with everything that is the account's own replaced. */
  record?: boolean | undefined;
}

export interface Verified {
  views: AssumptionView[];
  recording?: Recording;
}

/**
 * Asks one account or both everything that the configured syncs rest on (before there is one, that a sync could rest on), at most
 * forty calls for each. Each answer is kept as it comes, so that others see how far it is.
 * @throws `VENDOR_UNREACHABLE`; what was answered before that is kept.
 */
export async function verifyAssumptions(
  control: Control,
  caller: Caller,
  tenantId: string,
  { vendor: only, record = false }: Verify = {},
): Promise<Verified> {
  const { needs, connected } = await inTenant(control, caller, 'operate', tenantId, async (tx) => ({
    needs: await readNeeded(tx, tenantId),
    connected: await tx
      .selectFrom('connections')
      .select(['vendor', 'settings'])
      .where('tenant_id', '=', tenantId)
      .where('state', '!=', 'disconnected')
      .execute(),
  }));
  const now = control.clock();
  const recorder = record ? createRecorder() : undefined;
  const answers: Answers = {};
  for (const { vendor } of connected.filter(({ vendor }) => only === undefined || vendor === only))
    Object.assign(answers, await ask(control, tenantId, vendor, needs, now, recorder?.of(vendor)));
  const views = await listAssumptions(control, caller, tenantId);
  const zone = String(connected.find(({ vendor }) => vendor === 'pendo')?.settings.zone ?? 'UTC');
  return recorder === undefined ? { views } : { views, recording: recorder.finish({ now, zone, needs, answers }) };
}

async function ask(
  control: Control,
  tenantId: string,
  vendor: Vendor,
  needs: readonly Need[],
  now: number,
  record: VendorUse['record'],
): Promise<Answers> {
  const list = neededFor(vendor, needs);
  if (list.length === 0) return {};
  const asking = {
    now,
    until: performance.now() + askedWithin,
    onAnswer: (answers: Answers) => control.db.tenant(tenantId, (tx) => keepAnswers(tx, tenantId, vendor, answers)),
  };
  try {
    if (vendor === 'hubspot') {
      const hubspot = await control.vendors.hubspot(tenantId, { record });
      return await askAll(list, needs, { ...asking, hubspot, zone: 'UTC' });
    }
    const { client, settings } = await control.vendors.pendo(tenantId, { record });
    return await askAll(list, needs, { ...asking, pendo: client, zone: settings.zone });
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    throw new ControlError({
      kind: 'vendor',
      code: 'VENDOR_UNREACHABLE',
      message: `${vendorNames[vendor]} cannot be asked now: ${error.message}`,
      fix: 'Try again in a few minutes. Runs ask by themselves before they write.',
    });
  }
}

async function readNeeded(tx: Tx, tenantId: string): Promise<Need[]> {
  const syncs = await tx.selectFrom('syncs').select(['object', 'config']).where('tenant_id', '=', tenantId).execute();
  const settings = (await findConnection(tx, tenantId, 'pendo'))?.settings;
  const needs: Need[] = syncs.length > 0 ? syncs : everyNeed();
  return needs.map((need) => ({ ...need, activity: settings?.activity as PendoSettings['activity'] | undefined }));
}
