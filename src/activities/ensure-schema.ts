/**
 * Reads the definitions of both sides, freezes the run's plan from them, and makes the takers that do not exist yet.
 * Runs before any record is touched; a dry run only plans.
 */
import { toJsonb } from '../db/jsonb.ts';
import type { PendoSchema as ListedSchema } from '../pendo/index.ts';
import { buildPlan } from '../sync/mapping.ts';
import type { PendoSchema, Plan } from '../sync/types.ts';
import { crmTypeOf } from './crm-type.ts';
import type { EngineDeps } from './deps.ts';
import { requireApps } from './require-apps.ts';
import { Blocked, runStep, type Step } from './step.ts';
import type { RunRef, StepResult } from './types.ts';

const group = { name: 'pendo', label: 'Pendo' };

export function ensureSchema(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  return runStep(deps, ref, 'schema', 'schema', async (step) => {
    const { hubspot, pendo } = await step.vendors();
    const [hubspotProperties, schema, previous] = await Promise.all([
      hubspot.listProperties(crmTypeOf(ref.object)),
      pendo.schema(ref.object),
      previousPlan(step, ref),
    ]);
    const pendoSchema = schemaOf(schema);
    const { config } = step.run;
    const plan = buildPlan({ object: ref.object, config, hubspotProperties, pendoSchema, previous });
    requireJoinKey(plan);
    await requireApps(step, pendoSchema);
    if (!step.run.dry_run) await createTakers(step, ref, plan);
    await step.write(async (tx) => {
      await tx
        .updateTable('runs')
        .set({ plan: toJsonb(plan) })
        .where('id', '=', ref.runId)
        .execute();
    });
    return { kind: 'done' };
  });
}

function schemaOf(listed: ListedSchema): PendoSchema {
  const groups = Object.entries(listed);
  return Object.fromEntries(
    groups.map(([name, fields]) => [name, Object.fromEntries(fields.map((field) => [field.name, field]))]),
  );
}

/** The plan of the last run of this version of the mapping: a type that has changed since then stops its field. */
async function previousPlan(step: Step, ref: RunRef): Promise<Plan | null> {
  const row = await step.read((tx) =>
    tx
      .selectFrom('runs')
      .select('plan')
      .where('tenant_id', '=', ref.tenantId)
      .where('object', '=', ref.object)
      .where('config_version', '=', step.run.config_version)
      .where('id', '<', ref.runId)
      .where('plan', 'is not', null)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst(),
  );
  return row?.plan ?? null;
}

function requireJoinKey({ joinKey }: Plan): void {
  if (joinKey.stopped === undefined) return;
  throw new Blocked({
    code: 'JOIN_KEY_STOPPED',
    message: `The join property "${joinKey.property}" is gone from HubSpot, or has another type than before.`,
    fix: 'Bring the property back, or choose another join key; then resume the sync.',
  });
}

async function createTakers(step: Step, ref: RunRef, plan: Plan): Promise<void> {
  const { hubspot, pendo } = await step.vendors();
  const type = crmTypeOf(ref.object);
  if (plan.create.pendo.length > 0) {
    await pendo.createFields(
      ref.object,
      step.run.config.pendoGroup,
      plan.create.pendo.map(({ field, type, displayName }) => ({ name: field, type, displayName })),
    );
  }
  if (plan.push.length > 0) await hubspot.createGroup(type, group);
  if (plan.create.hubspot.length === 0) return;
  const { present, refused } = await hubspot.createProperties(
    type,
    plan.create.hubspot.map((definition) => ({
      name: definition.property,
      label: definition.label,
      description: definition.description,
      groupName: group.name,
      type: definition.hubspotType,
      fieldType: definition.hubspotType === 'number' ? 'number' : 'date',
    })),
  );
  const first = refused[0];
  if (first) {
    throw new Blocked({
      code: 'PROPERTY_REFUSED',
      message: `HubSpot refuses to create the property "${first.name}" (${first.code}).`,
      fix: 'Free the name or a place among the custom properties in HubSpot, then resume the sync.',
    });
  }
  for (const field of plan.push) {
    const made = present.find((definition) => definition.name === field.property);
    if (made && made.type !== field.hubspotType) field.stopped = 'takerType';
  }
}
