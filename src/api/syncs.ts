/** A tenant's two syncs: configured, previewed, switched on, run. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { queueRun, type Sync } from '../control/runs.ts';
import { disableSync, enableSync, pauseSync, resumeSync } from '../control/sync-state.ts';
import { getSync, listSyncs, putSync } from '../control/syncs.ts';
import { syncConfigSchema, syncObjects } from '../sync/config.ts';
import { body, createRouter, instant, json, needs, objectParam, problems, reasonSchema, tenantParam } from './route.ts';
import { runSchema, toRun } from './run-schema.ts';

const tags = ['Syncs'];
const params = z.object({ tenant: tenantParam, object: objectParam });

const syncSchema = z
  .object({
    object: z.enum(syncObjects),
    state: z.enum(['draft', 'enabled', 'paused', 'disabled']),
    reason: reasonSchema.nullable().openapi({ description: 'Why it is paused.' }),
    version: z.number().openapi({ description: 'Counts the changes of the configuration.' }),
    config: syncConfigSchema,
    updatedAt: instant,
  })
  .openapi('Sync');

const startedSchema = z
  .object({
    run: runSchema,
    started: z.boolean().openapi({ description: 'False: a run was going on already, and this is it.' }),
  })
  .openapi('StartedRun');

export function toSync(row: Sync): z.infer<typeof syncSchema> {
  const { object, state, reason, version, config } = row;
  return { object, state, reason, version, config, updatedAt: row.updated_at.toISOString() };
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
  summary: 'Both syncs as they stand',
  tags,
  ...needs('read'),
  request: { params: z.object({ tenant: tenantParam }) },
  responses: {
    200: json(z.object({ syncs: z.array(syncSchema) }).openapi('SyncList'), 'The configured ones.'),
    ...problems,
  },
});

const get = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/syncs/{object}',
  operationId: 'getSync',
  summary: 'One sync',
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
  description: 'Checked against what the vendors define. A run that is going on keeps the one it opened with.',
  tags,
  ...needs('operate'),
  request: { params, body: body(syncConfigSchema, example) },
  responses: { 200: json(syncSchema, 'As it is now.'), ...problems },
});

const preview = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/preview',
  operationId: 'previewSync',
  summary: 'See what the sync would do',
  description: 'A dry run: both sides are read and compared, nothing is written. Its result is `preview` of the run.',
  tags,
  ...needs('operate'),
  request: { params },
  responses: { 202: json(startedSchema, 'Going on.'), ...problems },
});

const run = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/runs',
  operationId: 'startRun',
  summary: 'Run now',
  description:
    'One run at a time: a second request answers with the one that is going on. A full run takes the place of one that is held; a delta is answered with the held one. A delta reads everything where no finished full run stands behind what was read last, and where a full run is due. With `retry`, a full run that is listed as such: what was refused is tried again, with the values of now.',
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
        .refine(({ retry, dryRun, scope }) => !retry || (!dryRun && scope === 'full'), 'a retry is full, and writes'),
      { dryRun: true },
    ),
  },
  responses: { 202: json(startedSchema, 'Going on.'), ...problems },
});

const enable = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/enable',
  operationId: 'enableSync',
  summary: 'Switch a sync on',
  description: 'Tests both connections and the mapping, starts a first run of both legs at once, then runs daily.',
  tags,
  ...needs('operate'),
  request: { params },
  responses: {
    200: json(z.object({ sync: syncSchema, run: runSchema, started: z.boolean() }).openapi('EnabledSync'), 'On.'),
    ...problems,
  },
});

const disable = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/disable',
  operationId: 'disableSync',
  summary: 'Switch a sync off',
  description: 'A run that is going on delivers nothing more. Nothing is deleted at the vendors.',
  tags,
  ...needs('operate'),
  request: {
    params,
    body: body(
      z.strictObject({
        eraseValues: z
          .boolean()
          .default(false)
          .openapi({ description: 'Also erase the values kept here, and the evidence.' }),
      }),
      { eraseValues: false },
    ),
  },
  responses: { 200: json(syncSchema, 'Off.'), ...problems },
});

const pause = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/pause',
  operationId: 'pauseSync',
  summary: 'Pause a sync where it is',
  tags,
  ...needs('operate'),
  request: { params },
  responses: { 200: json(syncSchema, 'Paused.'), ...problems },
});

const resume = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/resume',
  operationId: 'resumeSync',
  summary: 'Let a paused sync go on',
  tags,
  ...needs('operate'),
  request: { params },
  responses: { 200: json(syncSchema, 'On.'), ...problems },
});

export function syncRoutes(control: Control) {
  const now = () => control.clock();
  return createRouter()
    .openapi(list, async (c) => {
      const rows = await listSyncs(control, c.get('caller'), c.req.valid('param').tenant);
      return c.json({ syncs: rows.map(toSync) }, 200);
    })
    .openapi(get, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(toSync(await getSync(control, c.get('caller'), tenant, object)), 200);
    })
    .openapi(put, async (c) => {
      const { tenant, object } = c.req.valid('param');
      const { sync } = await putSync(control, c.get('caller'), tenant, object, c.req.valid('json'));
      return c.json(toSync(sync), 200);
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
      return c.json({ sync: toSync(sync), run: toRun(queued.run, now()), started: queued.started }, 200);
    })
    .openapi(disable, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(toSync(await disableSync(control, c.get('caller'), tenant, object, c.req.valid('json'))), 200);
    })
    .openapi(pause, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(toSync(await pauseSync(control, c.get('caller'), tenant, object)), 200);
    })
    .openapi(resume, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(toSync(await resumeSync(control, c.get('caller'), tenant, object)), 200);
    });
}
