/** A tenant's two syncs: configured, previewed, switched on, run. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { queueRun, type Sync } from '../control/runs/start.ts';
import { type ScheduleStanding, scheduleStanding } from '../control/syncs/schedule-state.ts';
import { disableSync, enableSync, pauseSync, resumeSync } from '../control/syncs/state.ts';
import { checkSync, getSync, listSyncs, putSync } from '../control/syncs/syncs.ts';
import { syncConfigSchema, syncObjects } from '../sync/config.ts';
import { namedPull, pushDefinitions } from '../sync/mapping.ts';
import { fieldProblemSchema } from './problem.ts';
import {
  body,
  createRouter,
  instant,
  json,
  needs,
  objectParam,
  problems,
  reasonSchema,
  tenantParam,
  toInstant,
} from './route.ts';
import { runSchema, toRun } from './run-schema.ts';

const tags = ['Syncs'];
const params = z.object({ tenant: tenantParam, object: objectParam });

const syncSchema = z
  .object({
    object: z.enum(syncObjects),
    state: z.enum(['draft', 'enabled', 'paused', 'disabled']),
    reason: reasonSchema.nullable().openapi({ description: 'Why it is paused.' }),
    version: z.number().openapi({ description: 'Rises with each change of the configuration.' }),
    config: syncConfigSchema,
    fields: z
      .object({
        pull: z.array(z.object({ property: z.string(), field: z.string() })),
        push: z.array(
          z.object({
            metric: z.string().optional(),
            source: z.string().optional(),
            property: z.string(),
            label: z.string().openapi({ description: 'What it is, in words. Names of Pendo are not looked up here.' }),
          }),
        ),
      })
      .openapi({ description: 'What each mapping writes to: the Pendo field, and the HubSpot property.' }),
    updatedAt: instant,
    nextRunAt: instant
      .nullable()
      .openapi({ description: 'When Temporal starts the next full run. Null if none is scheduled.' }),
    nextDeltaAt: instant.nullable().openapi({ description: 'The same for the next delta run.' }),
    scheduleProblem: reasonSchema
      .nullable()
      .openapi({ description: 'Why the schedule is not as configured. Null if it is.' }),
  })
  .openapi('Sync');

export const configuredSchema = syncSchema
  .extend({ warnings: z.array(fieldProblemSchema).openapi({ description: 'Stored, but worth a second look.' }) })
  .openapi('ConfiguredSync');

const checkSchema = z
  .object({
    ok: z
      .boolean()
      .openapi({ description: 'The configuration would be stored, and the sync could be enabled with it.' }),
    problems: z.array(fieldProblemSchema).openapi({ description: 'Problems that must be fixed first.' }),
    warnings: z.array(fieldProblemSchema).openapi({ description: 'Allowed, but worth a second look.' }),
    push: z.array(z.object({ property: z.string(), label: z.string(), type: z.string() }).nullable()).openapi({
      description: 'The HubSpot property of each push entry, in order. Null: the object has no such field.',
    }),
    events: z.array(z.object({ name: z.string(), label: z.string() })).openapi({
      description: 'The custom event of HubSpot that each entry of `events` is sent as, in order.',
    }),
    nextRunsAt: z
      .array(instant)
      .openapi({ description: 'The next starts of the schedule, as Temporal computes them.' }),
  })
  .openapi('SyncCheck');

const startedSchema = z
  .object({
    run: runSchema,
    started: z.boolean().openapi({ description: 'False: a run was active already, and this is it.' }),
  })
  .openapi('StartedRun');

export function toSync(row: Sync, schedule: ScheduleStanding): z.infer<typeof syncSchema> {
  const { object, state, reason, version, config } = row;
  return {
    object,
    state,
    reason,
    version,
    config,
    fields: {
      pull: namedPull(config.pull).map(({ property, field }) => ({ property, field })),
      push: pushDefinitions(object, config).map((field) => ({
        ...('metric' in field ? { metric: field.metric } : { source: field.source }),
        property: field.property,
        label: field.label,
      })),
    },
    updatedAt: row.updated_at.toISOString(),
    nextRunAt: toInstant(schedule.next),
    nextDeltaAt: toInstant(schedule.nextDelta),
    scheduleProblem: schedule.problem,
  };
}

const example = {
  joinKey: { property: 'email' },
  pull: [{ property: 'lifecyclestage' }, { property: 'jobtitle', onEmpty: 'keep' }],
  push: [{ metric: 'lastVisit' }, { metric: 'daysActive' }, { metric: 'latestNps' }],
};

const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/syncs',
  operationId: 'listSyncs',
  summary: 'List both syncs',
  tags,
  ...needs('read'),
  request: { params: z.object({ tenant: tenantParam }) },
  responses: {
    200: json(z.object({ syncs: z.array(syncSchema) }).openapi('SyncList'), 'The configured syncs.'),
    ...problems,
  },
});

const get = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/syncs/{object}',
  operationId: 'getSync',
  summary: 'Get a sync',
  tags,
  ...needs('read'),
  request: { params },
  responses: { 200: json(syncSchema, 'The sync.'), ...problems },
});

const put = createRoute({
  method: 'put',
  path: '/v1/tenants/{tenant}/syncs/{object}',
  operationId: 'configureSync',
  summary: 'Set the configuration of a sync',
  description:
    'Changes are checked against what the vendors define, and the schedule by Temporal. An active run keeps the configuration it opened with.',
  tags,
  ...needs('operate'),
  request: {
    params,
    query: z.strictObject({
      version: z.coerce
        .number()
        .int()
        .min(0)
        .optional()
        .openapi({
          param: { name: 'version', in: 'query' },
          description:
            'The version that the change was made from; 0: there was none. If it is no longer the present one, the answer is 409 CHANGED_MEANWHILE with who changed what, and nothing is stored. Left out: whatever there is is replaced.',
        }),
    }),
    body: body(syncConfigSchema, example),
  },
  responses: {
    200: json(configuredSchema, 'The present state.'),
    ...problems,
  },
});

const check = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/check',
  operationId: 'checkSync',
  summary: 'Check a configuration without storing it',
  description:
    'Checks what enabling would check: the mapping, the schedule, and what other syncs write. Without `config`, the stored one is checked.',
  tags,
  ...needs('operate'),
  request: {
    params,
    body: body(z.strictObject({ config: syncConfigSchema.optional() }), { config: example }),
  },
  responses: { 200: json(checkSchema, 'What was found.'), ...problems },
});

const preview = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/preview',
  operationId: 'previewSync',
  summary: 'Preview a sync',
  description: 'A dry run: both sides are read and compared, nothing is written. Its result is `preview` of the run.',
  tags,
  ...needs('operate'),
  request: { params },
  responses: { 202: json(startedSchema, 'Accepted.'), ...problems },
});

const run = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/runs',
  operationId: 'startRun',
  summary: 'Start a run',
  description:
    'One run at a time: while a run is active, a second request returns that one. A full run replaces a held one; a request for a delta returns the held one. A delta reads everything if there is no good full run to build on, or if a full run is due. With `retry`, a full run tries again what was refused, with the values of now, and is listed as a retry.',
  tags,
  ...needs('operate'),
  request: {
    params,
    body: body(
      z
        .strictObject({
          dryRun: z.boolean().default(false),
          scope: z.enum(['full', 'delta']).default('full'),
          retry: z.boolean().default(false),
        })
        .refine(
          ({ retry, dryRun, scope }) => !retry || (!dryRun && scope === 'full'),
          'A retry is a full run that writes: leave out dryRun and scope, or retry.',
        ),
      { dryRun: true },
    ),
  },
  responses: { 202: json(startedSchema, 'Accepted.'), ...problems },
});

const enable = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/enable',
  operationId: 'enableSync',
  summary: 'Enable a sync',
  description: 'Tests both connections and the mapping, starts a first run at once, then runs on schedule.',
  tags,
  ...needs('operate'),
  request: { params },
  responses: {
    200: json(z.object({ sync: syncSchema, run: runSchema, started: z.boolean() }).openapi('EnabledSync'), 'Enabled.'),
    ...problems,
  },
});

const disable = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/disable',
  operationId: 'disableSync',
  summary: 'Disable a sync',
  description: 'An active run delivers nothing more. Nothing is deleted in HubSpot or Pendo.',
  tags,
  ...needs('operate'),
  request: {
    params,
    body: body(
      z.strictObject({
        eraseValues: z.boolean().default(false).openapi({ description: 'Also erase stored values and evidence.' }),
      }),
      { eraseValues: false },
    ),
  },
  responses: { 200: json(syncSchema, 'Disabled.'), ...problems },
});

const pause = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/pause',
  operationId: 'pauseSync',
  summary: 'Pause a sync',
  tags,
  ...needs('operate'),
  request: { params },
  responses: { 200: json(syncSchema, 'Paused.'), ...problems },
});

const resume = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/resume',
  operationId: 'resumeSync',
  summary: 'Resume a paused sync',
  tags,
  ...needs('operate'),
  request: { params },
  responses: { 200: json(syncSchema, 'Enabled.'), ...problems },
});

export function syncRoutes(control: Control) {
  const now = () => control.clock();
  const show = async (row: Sync) => toSync(row, await scheduleStanding(control, row));
  return createRouter()
    .openapi(list, async (c) => {
      const rows = await listSyncs(control, c.get('caller'), c.req.valid('param').tenant);
      return c.json({ syncs: await Promise.all(rows.map(show)) }, 200);
    })
    .openapi(get, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(await show(await getSync(control, c.get('caller'), tenant, object)), 200);
    })
    .openapi(put, async (c) => {
      const { tenant, object } = c.req.valid('param');
      const { version: from } = c.req.valid('query');
      const { sync, warnings } = await putSync(control, c.get('caller'), tenant, object, c.req.valid('json'), { from });
      return c.json({ ...(await show(sync)), warnings }, 200);
    })
    .openapi(check, async (c) => {
      const { tenant, object } = c.req.valid('param');
      const found = await checkSync(control, c.get('caller'), tenant, object, c.req.valid('json').config);
      const against = [...found.problems, ...found.conflicts];
      const nextRunsAt = found.next.map((date) => date.toISOString());
      const push = found.push.map(
        (field) => field && { property: field.property, label: field.label, type: field.hubspotType },
      );
      const ok = against.length === 0;
      const { warnings, events } = found;
      return c.json({ ok, problems: against, warnings, push, events, nextRunsAt }, 200);
    })
    .openapi(preview, async (c) => {
      const { tenant: tenantId, object } = c.req.valid('param');
      const queued = await queueRun(control, c.get('caller'), { tenantId, object, trigger: 'preview' });
      return c.json({ run: toRun(queued.run, now()), started: queued.started }, 202);
    })
    .openapi(run, async (c) => {
      const { tenant: tenantId, object } = c.req.valid('param');
      const { retry, ...how } = c.req.valid('json');
      const request = { tenantId, object, trigger: retry ? 'retry' : 'manual', ...how } as const;
      const queued = await queueRun(control, c.get('caller'), request);
      return c.json({ run: toRun(queued.run, now()), started: queued.started }, 202);
    })
    .openapi(enable, async (c) => {
      const { tenant, object } = c.req.valid('param');
      const { sync, queued } = await enableSync(control, c.get('caller'), tenant, object);
      return c.json({ sync: await show(sync), run: toRun(queued.run, now()), started: queued.started }, 200);
    })
    .openapi(disable, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(await show(await disableSync(control, c.get('caller'), tenant, object, c.req.valid('json'))), 200);
    })
    .openapi(pause, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(await show(await pauseSync(control, c.get('caller'), tenant, object)), 200);
    })
    .openapi(resume, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(await show(await resumeSync(control, c.get('caller'), tenant, object)), 200);
    });
}
