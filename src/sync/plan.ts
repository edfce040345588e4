import type { PendoSettings, SyncConfig, SyncObject } from './config.ts';
import { namedPull } from './field-names.ts';
import type { Leg } from './legs.ts';
import type { ItemNames } from './pendo-items.ts';
import { pushDefinitions } from './push-definitions.ts';
import { hasOptions } from './push-sources.ts';
import { textFault } from './text.ts';
import type {
  HubSpotPropertyDefinition,
  PendoFieldDefinition,
  PendoSchema,
  Plan,
  PullPlan,
  PushDefinition,
  PushPlan,
  StopReason,
} from './types.ts';
import { canBeJoinKey, pendoTypeFor, pendoTypeMatches, valueTypeOf } from './value-types.ts';

export interface PlanInput {
  object: SyncObject;
  config: SyncConfig;
  /** Setting of the Pendo connection. */
  activity?: PendoSettings['activity'];
  /** As they are now, read at the start of the run. */
  hubspotProperties: readonly HubSpotPropertyDefinition[];
  pendoSchema: PendoSchema;
  /** What Pendo lists now of the kinds that the configuration names items of. */
  items?: ItemNames | undefined;
  /** The plan of the last run **of this version of the mapping**; left out after an edit, which accepts new types. */
  previous?: Plan | null | undefined;
}

/** Raised with each change of what is kept of a key, so that a delta does not build on keys that were read otherwise. */
const currentKeyRules = 2;

/**
 * The frozen plan of a run. A source property that is gone, or has another type than the previous plan had, stops its
 * field, for as long as that stays so; a target that is gone is created again, one with another type stops too. A stopped
 * field is not compared, sent or guarded; a stopped join key pauses the sync.
 */
export function buildPlan(input: PlanInput): Plan {
  const { object, config, activity, hubspotProperties, pendoSchema, items, previous } = input;
  const properties = new Map(hubspotProperties.filter(({ archived }) => !archived).map((p) => [p.name, p]));
  const fields = pendoSchema[config.pendoGroup] ?? {};
  const plan: Plan = {
    object,
    keyRules: currentKeyRules,
    joinKey: planJoinKey(config.joinKey.property, properties, previous?.joinKey),
    pull: [],
    push: [],
    create: { pendo: [], hubspot: [] },
    ...(activity === 'pagesAndFeatures' && { activity }),
  };

  for (const mapping of namedPull(config.pull)) {
    const property = properties.get(mapping.property);
    const before = previous?.pull.find((pull) => pull.property === mapping.property);
    const field = Object.hasOwn(fields, mapping.field) ? fields[mapping.field] : undefined;
    const pull = planPull(mapping, property, before, field);
    plan.pull.push(pull);
    if (!pull.stopped && (!field || field.isDeleted)) {
      const displayName = `HubSpot: ${property?.label || mapping.property}`;
      plan.create.pendo.push({ field: pull.field, type: pendoTypeFor(pull.valueType), displayName });
    }
  }

  for (const definition of pushDefinitions(object, config, { schema: pendoSchema, items })) {
    const property = properties.get(definition.property);
    const push = planPush(definition, property, previous?.push);
    plan.push.push(push);
    if (!property && !push.stopped) plan.create.hubspot.push(definition);
  }
  return plan;
}

/**
 * Targets that are about to be made, and properties that somebody has made anew since the last run: what was sent to others of
 * their name says nothing of them. Pull: fields of Pendo, with their group.
 */
export function madeAnew(
  plan: Plan,
  { pendoGroup }: Pick<SyncConfig, 'pendoGroup'>,
  previous?: Plan | null,
): Record<Leg, string[]> {
  const before = new Map(previous?.push.map(({ property, createdAt }) => [property, createdAt]));
  const isAnother = ({ property, createdAt }: PushPlan): boolean =>
    createdAt !== undefined && before.get(property) !== undefined && before.get(property) !== createdAt;
  return {
    pull: plan.create.pendo.map(({ field }) => `${pendoGroup}.${field}`),
    push: [
      ...plan.create.hubspot.map(({ property }) => property),
      ...plan.push.filter(isAnother).map(({ property }) => property),
    ],
  };
}

export interface Stopped {
  leg: Leg | 'joinKey';
  /** HubSpot property: the source in pull, the target in push. */
  property: string;
  reason: StopReason;
}

/** What stopped since the previous plan, for the report that is made once. */
export function newlyStopped(plan: Plan, previous?: Plan | null): Stopped[] {
  const before = previous ? stoppedFields(previous) : [];
  const same = (a: Stopped, b: Stopped): boolean =>
    a.leg === b.leg && a.property === b.property && a.reason === b.reason;
  return stoppedFields(plan).filter((now) => !before.some((then) => same(then, now)));
}

export function stoppedFields(plan: Plan): Stopped[] {
  const of = (leg: Stopped['leg'], fields: readonly { property: string; stopped?: StopReason }[]): Stopped[] =>
    fields.flatMap(({ property, stopped }) => (stopped ? [{ leg, property, reason: stopped }] : []));
  return [...of('joinKey', [plan.joinKey]), ...of('pull', plan.pull), ...of('push', plan.push)];
}

function planJoinKey(
  name: string,
  properties: ReadonlyMap<string, HubSpotPropertyDefinition>,
  previous: Plan['joinKey'] | undefined,
): Plan['joinKey'] {
  const property = properties.get(name);
  const before = previous?.property === name && previous.type !== '' ? previous.type : undefined;
  if (!property) return { property: name, type: before ?? '', stopped: 'gone' };
  if (before !== undefined && before !== property.type) return { property: name, type: before, stopped: 'typeChanged' };
  if (!canBeJoinKey(property)) return { property: name, type: property.type, stopped: 'unmappable' };
  return { property: name, type: property.type };
}

function planPull(
  mapping: SyncConfig['pull'][number] & { field: string },
  property: HubSpotPropertyDefinition | undefined,
  previous: PullPlan | undefined,
  held: PendoFieldDefinition | undefined,
): PullPlan {
  const now = property && valueTypeOf(property);
  const before = previous && !previous.typeUnknown ? previous.valueType : undefined;
  const valueType = before ?? now;
  const base = { property: mapping.property, field: mapping.field, onEmpty: mapping.onEmpty };
  const stop = (stopped: StopReason): PullPlan =>
    valueType ? { ...base, valueType, stopped } : { ...base, valueType: 'string', typeUnknown: true, stopped };

  if (!property) return stop('gone');
  if (before && now !== before) return stop('typeChanged');
  if (!valueType) return stop('unmappable');
  // A deleted field comes back with the type that it had.
  if (held && !pendoTypeMatches(valueType, held.type)) return stop('takerType');
  const labelled = mapping.options === 'label' && (valueType === 'enumeration' || valueType === 'multiEnumeration');
  if (!labelled) return { ...base, valueType };
  return { ...base, valueType, ...labelsOf(property) };
}

/** A plan is stored as `jsonb`. An option of NUL or half a surrogate pair counts like any other, and is reported with its record. */
function labelsOf({ options = [] }: HubSpotPropertyDefinition): Pick<PullPlan, 'labels' | 'oddLabels'> {
  const pairs = options.map(({ value, label }): [string, string] => [value, label]);
  const isUnstorable = (pair: [string, string]): boolean => pair.some((text) => textFault(text) !== null);
  const unstorable = pairs.filter(isUnstorable);
  const labels = pairs.filter((pair) => !isUnstorable(pair));
  return unstorable.length === 0 ? { labels } : { labels, oddLabels: JSON.stringify(unstorable) };
}

function planPush(
  definition: PushDefinition,
  held: HubSpotPropertyDefinition | undefined,
  previous: readonly PushPlan[] | undefined,
): PushPlan {
  const { index: _index, label: _label, description: _description, options, fault, ...plan } = definition;
  const base: PushPlan = plan;
  if (held?.createdAt) base.createdAt = held.createdAt;
  const before = previous?.find(({ property, typeUnknown }) => property === plan.property && !typeUnknown);
  if (fault)
    return before ? { ...known(base), hubspotType: before.hubspotType, stopped: fault } : { ...base, stopped: fault };
  if (isOfMetadata(base) && before && before.hubspotType !== base.hubspotType) {
    return { ...base, hubspotType: before.hubspotType, stopped: 'typeChanged' };
  }
  if (held && (held.type !== base.hubspotType || !hasOptions(held, options))) return { ...base, stopped: 'takerType' };
  if (held?.readOnlyValue || held?.calculated) return { ...base, stopped: 'readOnly' };
  return base;
}

const isOfMetadata = (plan: PushPlan): boolean => 'source' in plan && plan.source === 'metadata';

function known({ typeUnknown: _, ...plan }: PushPlan): PushPlan {
  return plan;
}
