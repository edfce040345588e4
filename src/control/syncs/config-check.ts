/**
 * Whether a configuration can be used: by its own rules, by what the vendors define, by Temporal, and beside the other syncs of
 * this installation. Only what changes can be refused, so that a vendor's outage or a clash of long ago keeps nobody from
 * changing another setting.
 */
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import { eventsOf } from '../../sync/event-mapping.ts';
import { eventLabel, eventNames } from '../../sync/event-names.ts';
import { itemKindsOf } from '../../sync/pendo-items.ts';
import { pushDefinitions } from '../../sync/push-definitions.ts';
import { resolvedConfig } from '../../sync/resolved-config.ts';
import type { PushDefinition } from '../../sync/types.ts';
import type { Control } from '../control.ts';
import type { FieldProblem } from '../errors.ts';
import type { Sync } from '../runs/start.ts';
import { isSameJson } from '../same-json.ts';
import { type Definitions, mappingProblems, readDefinitions } from './definitions.ts';
import { otherWriters, readPlaces, writtenFields } from './other-writers.ts';
import { scheduleProblem, scheduleWarnings } from './schedule-check.ts';

export interface ConfigCheck {
  /** As it is to be stored: with the names and windows that are fixed when a configuration is saved. */
  config: SyncConfig;
  /** Keep the configuration from being stored. */
  problems: FieldProblem[];
  /** What other syncs write already: kept apart, for it is about the state of things and not about the configuration. */
  conflicts: FieldProblem[];
  /** May be stored, and is worth a second look. */
  warnings: FieldProblem[];
  /** What each entry of the push becomes in HubSpot, in their order. Null: the object has no such field. */
  push: (PushDefinition | null)[];
  /** The custom event that each entry of the events is sent as, in their order. */
  events: { name: string; label: string }[];
  /** The next starts as Temporal works them out; empty where the schedule was not asked about. */
  next: Date[];
}

/**
 * @param standing the sync as it is, whose configuration is not held against this one. Left out: everything is.
 * @throws VendorError when a vendor does not answer that is needed to judge what changes
 */
export async function checkConfig(
  control: Control,
  tenantId: string,
  object: SyncObject,
  given: SyncConfig,
  standing?: Sync,
): Promise<ConfigCheck> {
  const before = standing?.config;
  const schedule = await checkSchedule(control, given, before);
  const definitions = await neededDefinitions(control, tenantId, object, given, before);
  const config = resolvedConfig(object, given, before, definitions.items ?? {});
  const events = eventsOf(config);
  const names = eventNames(object, events, definitions.items);
  const fields = pushDefinitions(object, config, { schema: definitions.pendo, items: definitions.items });
  const known = new Set(before ? mappingProblems(object, before, definitions).map(sameness) : []);
  const mapping = mappingProblems(object, config, definitions);
  const taken = await otherWriters(control, { tenantId, object, config, places: await readPlaces(control, tenantId) });
  const own = new Set(isOn(standing) ? writtenFields(object, standing.config).map(({ name }) => name) : []);
  const fresh = new Set(writtenFields(object, config).flatMap(({ name, path }) => (own.has(name) ? [] : [path])));
  return {
    config,
    problems: [...schedule.problems, ...mapping.filter((problem) => !known.has(sameness(problem)))],
    conflicts: taken.filter(({ path }) => fresh.has(path)),
    warnings: [
      ...schedule.warnings,
      ...mapping.filter((problem) => known.has(sameness(problem))),
      ...taken.filter(({ path }) => !fresh.has(path)),
    ],
    push: config.push.map((_, at) => fields.find(({ index }) => index === at) ?? null),
    events: events.map((entry, at) => ({
      name: names[at] as string,
      label: eventLabel(object, entry, definitions.items),
    })),
    next: schedule.next,
  };
}

export function isOn(sync: Sync | undefined): sync is Sync {
  return sync?.state === 'enabled' || sync?.state === 'paused';
}

async function checkSchedule(
  control: Control,
  { schedule }: SyncConfig,
  before: SyncConfig | undefined,
): Promise<Pick<ConfigCheck, 'problems' | 'warnings' | 'next'>> {
  const problems = scheduleProblem(schedule);
  const warnings = scheduleWarnings(schedule, control.clock());
  if (problems.length > 0 || isSameJson(schedule, before?.schedule)) return { problems, warnings, next: [] };
  try {
    const trial = await control.schedules.tryOut(schedule);
    if (trial.accepted) return { problems, warnings, next: trial.next };
    problems.push({
      path: 'schedule',
      code: 'SCHEDULE_REFUSED',
      message: `Temporal does not accept the schedule "${schedule.cron}" in the time zone "${schedule.timeZone}".`,
      fix: 'Set another schedule.timeZone, such as Europe/Berlin or UTC, or another schedule.cron.',
    });
  } catch (error) {
    control.log.warn({ err: error }, 'a schedule could not be tried out');
    warnings.push({
      path: 'schedule',
      code: 'SCHEDULE_NOT_TRIED',
      message: 'Temporal does not answer, so the schedule was checked here only.',
      fix: 'Read nextRunAt of the sync later: it has a value once Temporal has stored the schedule.',
    });
  }
  return { problems, warnings, next: [] };
}

/** What of a configuration is judged by HubSpot's definitions, and what by Pendo's. */
const ofHubSpot = ['joinKey', 'pull', 'push', 'create', 'secondaryEmails', 'window', 'visitType'] as const;
const ofPendo = ['pull', 'pendoGroup', 'apps'] as const;

async function neededDefinitions(
  control: Control,
  tenantId: string,
  object: SyncObject,
  config: SyncConfig,
  before: SyncConfig | undefined,
): Promise<Definitions> {
  const differs = (names: readonly (keyof SyncConfig)[]): boolean =>
    before === undefined || names.some((name) => !isSameJson(config[name], before[name]));
  const apps = config.apps !== null && differs(['apps']);
  const pushDiffers = differs(['push']);
  const eventsDiffer = differs(['events']);
  const hasMetadata = config.push.some((mapping) => 'source' in mapping && mapping.source === 'metadata');
  return readDefinitions(control, tenantId, object, {
    hubspot: differs(ofHubSpot),
    pendo: differs(ofPendo) || (pushDiffers && hasMetadata),
    apps,
    items: itemKindsOf(pushDiffers ? config.push : [], eventsDiffer ? config.events : []),
  });
}

/** A mapping may move in its list and is the same problem still: messages name properties and fields. */
function sameness({ code, message }: FieldProblem): string {
  return `${code} ${message}`;
}
