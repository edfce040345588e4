/** Versions of a sync's configuration: who made them, what they say, and back to one. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { scheduleStanding } from '../control/syncs/schedule-state.ts';
import { restoreVersion } from '../control/syncs/syncs.ts';
import { getVersion, type ListedVersion, listVersions } from '../control/syncs/versions.ts';
import { syncConfigSchema } from '../sync/config.ts';
import { createRouter, instant, json, needs, objectParam, problems, tenantParam } from './route.ts';
import { configuredSchema, toSync } from './syncs.ts';

const tags = ['Syncs'];
const params = z.object({ tenant: tenantParam, object: objectParam });
const versionParams = params.extend({
  version: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, "a version's number, in digits")
    .openapi({ param: { name: 'version', in: 'path' }, example: '1' }),
});

const listedSchema = z.object({
  version: z.number(),
  changedBy: z.string().nullable().openapi({ description: 'Null: not known.' }),
  changedAt: instant,
  restoredFrom: z.number().nullable().openapi({ description: 'The version that this one restores. Null: none.' }),
});

const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/syncs/{object}/versions',
  operationId: 'listVersions',
  summary: 'List the versions of a configuration, newest first',
  tags,
  ...needs('read'),
  request: { params },
  responses: {
    200: json(z.object({ versions: z.array(listedSchema) }).openapi('VersionList'), 'The newest 100.'),
    ...problems,
  },
});

const get = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/syncs/{object}/versions/{version}',
  operationId: 'getVersion',
  summary: 'Get a version of a configuration',
  tags,
  ...needs('read'),
  request: { params: versionParams },
  responses: {
    200: json(listedSchema.extend({ config: syncConfigSchema }).openapi('Version'), 'The version.'),
    ...problems,
  },
});

const restore = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/versions/{version}/restore',
  operationId: 'restoreVersion',
  summary: 'Restore an earlier configuration',
  description:
    'Makes its configuration the present one, as a new version. It is checked like any other change: what the vendors no longer define is refused.',
  tags,
  ...needs('operate'),
  request: { params: versionParams },
  responses: { 200: json(configuredSchema, 'The present state.'), ...problems },
});

const toListed = ({ version, changedBy, changedAt, restoredFrom }: ListedVersion) => ({
  version,
  changedBy,
  changedAt: changedAt.toISOString(),
  restoredFrom,
});

export function versionRoutes(control: Control) {
  return createRouter()
    .openapi(list, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json({ versions: (await listVersions(control, c.get('caller'), tenant, object)).map(toListed) }, 200);
    })
    .openapi(get, async (c) => {
      const { tenant, object, version } = c.req.valid('param');
      const found = await getVersion(control, c.get('caller'), tenant, object, Number(version));
      return c.json({ ...toListed(found), config: found.config }, 200);
    })
    .openapi(restore, async (c) => {
      const { tenant, object, version } = c.req.valid('param');
      const { sync, warnings } = await restoreVersion(control, c.get('caller'), tenant, object, Number(version));
      return c.json({ ...toSync(sync, await scheduleStanding(control, sync)), warnings }, 200);
    });
}
