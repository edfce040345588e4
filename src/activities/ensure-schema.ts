/**
 * Reads the definitions of both sides, freezes the run's plan from them, and makes the targets that do not exist yet.
 * Runs before any record is touched; a dry run only plans.
 */
import { toJsonb } from '../db/jsonb.ts';
import { forgetFields } from '../db/memory.ts';
import { findBaseRun } from '../db/runs/base-run.ts';
import { noteLearnt } from '../db/runs/learnt.ts';
import type { PropertyDefinition } from '../hubspot/index.ts';
import { crmTypeOf } from '../hubspot/index.ts';
import { definitionsOf, readItemNames } from '../pendo/index.ts';
import { eventsOf } from '../sync/event-mapping.ts';
import { followLabels, type Relabelled } from '../sync/follow-labels.ts';
import { buildPlan, madeAnew, targetsOf } from '../sync/mapping.ts';
import { itemKindsOf } from '../sync/pendo-items.ts';
import { hasOptions } from '../sync/push-sources.ts';
import type { Plan, PushDefinition, PushType } from '../sync/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { EngineDeps } from './deps.ts';
import { addEvents, createEvents } from './ensure-events.ts';
import { requireApps } from './read/require-apps.ts';
import { requireAssumptions } from './read/require-assumptions.ts';
import { requireSubscription } from './read/require-subscription.ts';
import { Blocked, runStep, type Step } from './step/step.ts';
import type { RunRef, StepResult } from './types.ts';

const group = { name: 'pendo', label: 'Pendo' };

/** Of the field types that go with each type (HubSpot's reference of properties), the plainest. */
const fieldTypes: Record<PushType, string> = {
  string: 'text',
  number: 'number',
  bool: 'booleancheckbox',
  date: 'date',
  datetime: 'date',
  enumeration: 'select',
};

/** HubSpot shows a yes/no property by two options, too. */
const yesAndNo = [
  { value: 'true', label: 'Yes' },
  { value: 'false', label: 'No' },
];

function optionsOf({ hubspotType, options = hubspotType === 'bool' ? yesAndNo : [] }: PushDefinition) {
  if (options.length === 0) return {};
  return { options: options.map((option, displayOrder) => ({ ...option, displayOrder, hidden: false })) };
}

export function ensureSchema(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  return runStep(deps, ref, 'schema', 'schema', async (step) => {
    const { hubspot, pendo, pendoSettings } = await step.vendors();
    const { config } = step.run;
    const items = await readItemNames(pendo, itemKindsOf(config.push, eventsOf(config)));
    await requireSubscription(step, ref.tenantId, items);
    const [hubspotProperties, schema, previous] = await Promise.all([
      hubspot.listProperties(crmTypeOf[ref.object]),
      pendo.schema(ref.object),
      previousPlan(step, ref),
    ]);
    const pendoSchema = definitionsOf(schema);
    const { object } = ref;
    const { activity } = pendoSettings;
    const plan = buildPlan({ object, config, activity, hubspotProperties, pendoSchema, items, previous });
    const eventTargets = await addEvents(step, plan, items);
    const given = await lastPlan(step, ref);
    const relabelled = followLabels(plan, { object, config, items, hubspotProperties, given });
    requireJoinKey(plan);
    await requireApps(step, pendoSchema);
    const otherWays = await requireAssumptions(deps, step, ref);
    // A run of one record finds its definitions as the last full run left them, or does nothing.
    if (!step.run.dry_run && step.run.scope !== 'record') {
      await forgetMadeAnew(step, ref, plan, given);
      await relabel(step, plan, relabelled);
      await createTargets(step, ref, plan, hubspotProperties);
      await createEvents(step, plan, eventTargets);
    }
    await step.write(async (tx) => {
      await tx
        .updateTable('runs')
        .set({ plan: toJsonb(plan) })
        .where('id', '=', ref.runId)
        .execute();
      await noteLearnt(tx, ref.runId, { otherWays });
    });
    return { kind: 'done' };
  });
}

/** As the run that this one builds on had planned it: a type that has changed since then stops its field. */
async function previousPlan(step: Step, ref: RunRef): Promise<Plan | null> {
  const base = await step.read((tx) => findBaseRun(tx, ref));
  // Another version of the mapping accepts the types of its day.
  return base?.configVersion === step.run.config_version ? base.plan : null;
}

/** The plan of the last run that was no dry one, whatever became of it. */
function lastPlan(step: Step, ref: RunRef): Promise<Plan | null> {
  return step.read(async (tx) => {
    const before = await tx
      .selectFrom('runs')
      .select('plan')
      .where('tenant_id', '=', ref.tenantId)
      .where('object', '=', ref.object)
      .where('dry_run', '=', false)
      .where('id', '<', ref.runId)
      .where('plan', 'is not', null)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return before?.plan ?? null;
  });
}

/** Before they are made: a step that dies in between leaves no memory of fields that are gone. */
async function forgetMadeAnew(step: Step, ref: RunRef, plan: Plan, before: Plan | null): Promise<void> {
  const { config } = step.run;
  await step.write(async (tx) => {
    const { pull, push } = madeAnew(plan, config, before);
    await forgetFields(tx, ref, 'pull', pull, targetsOf(plan, config));
    await forgetFields(tx, ref, 'push', push);
  });
}

/** A label is for the eye: one that HubSpot refuses stays as it is, and is tried again by the next run. */
async function relabel(step: Step, plan: Plan, changes: readonly Relabelled[]): Promise<void> {
  const { hubspot } = await step.vendors();
  for (const { property, from, to } of changes) {
    const field = plan.push.find((one) => one.property === property);
    try {
      await hubspot.updateProperty(crmTypeOf[plan.object], property, { label: to });
      if (field) field.label = to;
    } catch (error) {
      if (!(error instanceof VendorError) || error.kind !== 'rejected') throw error;
      if (field) field.label = from;
    }
  }
}

function requireJoinKey({ joinKey }: Plan): void {
  if (joinKey.stopped === undefined) return;
  throw new Blocked({
    code: 'JOIN_KEY_STOPPED',
    message: `The join property "${joinKey.property}" is gone from HubSpot, or has another type than before.`,
    fix: 'Bring the property back, or choose another join key; then resume the sync.',
  });
}

async function createTargets(
  step: Step,
  ref: RunRef,
  plan: Plan,
  listed: readonly PropertyDefinition[],
): Promise<void> {
  const { hubspot, pendo } = await step.vendors();
  const type = crmTypeOf[ref.object];
  if (plan.create.pendo.length > 0) {
    await pendo.createFields(
      ref.object,
      step.run.config.pendoGroup,
      plan.create.pendo.map(({ field, type, displayName }) => ({ name: field, type, displayName })),
    );
  }
  if (plan.create.hubspot.length === 0) return;
  // Only what is made needs the group. HubSpot counts refusals against an app, "exists already" among them: it is looked for.
  const known =
    listed.some(({ groupName }) => groupName === group.name) ||
    (await hubspot.listGroups(type)).some(({ name }) => name === group.name);
  if (!known) await hubspot.createGroup(type, group);
  const { present, refused } = await hubspot.createProperties(
    type,
    plan.create.hubspot.map((definition) => ({
      name: definition.property,
      label: definition.label,
      description: definition.description,
      groupName: group.name,
      type: definition.hubspotType,
      fieldType: fieldTypes[definition.hubspotType],
      ...optionsOf(definition),
    })),
  );
  const first = refused[0];
  if (first) {
    throw new Blocked({
      code: 'PROPERTY_REFUSED',
      message: `HubSpot refuses to create the property "${first.name}" (${first.code}).`,
      fix: 'Free the name, or delete a custom property in HubSpot that is no longer needed. Then resume the sync.',
    });
  }
  for (const field of plan.push) {
    const made = present.find((definition) => definition.name === field.property);
    if (made?.createdAt) field.createdAt = made.createdAt;
    const wanted = plan.create.hubspot.find(({ property }) => property === field.property);
    if (made && (made.type !== field.hubspotType || !hasOptions(made, wanted?.options))) field.stopped = 'takerType';
  }
}
