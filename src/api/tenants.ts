/** Tenants: one per customer of the installation. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control, Tenant } from '../control/control.ts';
import {
  createTenant,
  deleteTenant,
  getTenant,
  listTenants,
  setTenantState,
  updateTenant,
} from '../control/tenants/tenants.ts';
import { body, createRouter, instant, json, limitQuery, needs, problems, tenantParam } from './route.ts';

const tags = ['Tenants'];
const name = z.string().trim().min(1).max(200).openapi({ example: 'Acme Inc.' });
const settings = z
  .record(z.string().max(100), z.union([z.string().max(1000), z.number(), z.boolean(), z.null()]))
  .openapi({ description: 'Notes of your own, stored and returned as they are: at most 4 kB as JSON.' });

const tenantSchema = z
  .object({
    id: z.string().openapi({ example: 't_k3v9q2m8x7c4b6n5' }),
    externalId: z.string().nullable().openapi({ example: 'crm-4711' }),
    name,
    state: z.enum(['active', 'paused', 'disabled', 'deleted']),
    settings: z.record(z.string(), z.unknown()),
    fourEyes: z.boolean().openapi({
      description:
        'The four-eyes rule: whoever started a held run, or changed its configuration, may not approve it. It applies to every tenant if the installation sets CROSSWALK_FOUR_EYES.',
    }),
    createdAt: instant,
  })
  .openapi('Tenant');

export function toTenant(row: Tenant): z.infer<typeof tenantSchema> {
  return {
    id: row.id,
    externalId: row.external_id,
    name: row.name,
    state: row.state,
    settings: row.settings,
    fourEyes: row.four_eyes,
    createdAt: row.created_at.toISOString(),
  };
}

const create = createRoute({
  method: 'post',
  path: '/v1/tenants',
  operationId: 'createTenant',
  summary: 'Create a tenant',
  description: 'Idempotent by external id: if the tenant exists, it is returned with status 200.',
  tags,
  ...needs('admin'),
  request: {
    body: body(
      z.strictObject({
        name,
        externalId: z.string().min(1).max(200).optional().openapi({ example: 'crm-4711' }),
        settings: settings.optional(),
      }),
      { name: 'Acme Inc.', externalId: 'crm-4711' },
    ),
  },
  responses: { 201: json(tenantSchema, 'Created.'), 200: json(tenantSchema, 'It existed already.'), ...problems },
});

const list = createRoute({
  method: 'get',
  path: '/v1/tenants',
  operationId: 'listTenants',
  summary: 'List tenants',
  tags,
  ...needs('read'),
  request: {
    query: z.strictObject({
      limit: limitQuery,
      after: tenantParam
        .optional()
        .openapi({ param: { name: 'after', in: 'query' }, description: '`next` of the previous page.' }),
      externalId: z.string().min(1).max(200).optional(),
    }),
  },
  responses: {
    200: json(
      z.object({ tenants: z.array(tenantSchema), next: z.string().nullable() }).openapi('TenantPage'),
      'By id.',
    ),
    ...problems,
  },
});

const get = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}',
  operationId: 'getTenant',
  summary: 'Get a tenant',
  tags,
  ...needs('read'),
  request: { params: z.object({ tenant: tenantParam }) },
  responses: { 200: json(tenantSchema, 'The tenant.'), ...problems },
});

const update = createRoute({
  method: 'patch',
  path: '/v1/tenants/{tenant}',
  operationId: 'updateTenant',
  summary: 'Update the name or settings of a tenant',
  tags,
  ...needs('admin'),
  request: {
    params: z.object({ tenant: tenantParam }),
    body: body(
      z.strictObject({ name: name.optional(), settings: settings.optional(), fourEyes: z.boolean().optional() }),
      { name: 'Acme Ltd.' },
    ),
  },
  responses: { 200: json(tenantSchema, 'The present state.'), ...problems },
});

const stateRoute = <Verb extends 'pause' | 'resume' | 'disable'>(verb: Verb, summary: string) =>
  createRoute({
    method: 'post',
    path: `/v1/tenants/{tenant}/${verb}` as const,
    operationId: `${verb}Tenant`,
    summary,
    tags,
    ...needs('operate'),
    request: { params: z.object({ tenant: tenantParam }) },
    responses: { 200: json(tenantSchema, 'The present state.'), ...problems },
  });

const remove = createRoute({
  method: 'delete',
  path: '/v1/tenants/{tenant}',
  operationId: 'deleteTenant',
  summary: 'Delete a tenant permanently',
  description:
    'Deletes values, credentials and configuration at once. The audit trail stays. Nothing is deleted in HubSpot or Pendo.',
  tags,
  ...needs('admin'),
  request: {
    params: z.object({ tenant: tenantParam }),
    query: z.strictObject({ confirm: z.string().max(64).openapi({ description: "The tenant's id, once more." }) }),
  },
  responses: { 204: { description: 'Deleted.' }, ...problems },
});

export function tenantRoutes(control: Control) {
  return createRouter()
    .openapi(create, async (c) => {
      const { tenant, created } = await createTenant(control, c.get('caller'), c.req.valid('json'));
      return created ? c.json(toTenant(tenant), 201) : c.json(toTenant(tenant), 200);
    })
    .openapi(list, async (c) => {
      const query = c.req.valid('query');
      const { rows, next } = await listTenants(control, c.get('caller'), query);
      return c.json({ tenants: rows.map(toTenant), next }, 200);
    })
    .openapi(get, async (c) =>
      c.json(toTenant(await getTenant(control, c.get('caller'), c.req.valid('param').tenant)), 200),
    )
    .openapi(update, async (c) => {
      const { tenant } = c.req.valid('param');
      return c.json(toTenant(await updateTenant(control, c.get('caller'), tenant, c.req.valid('json'))), 200);
    })
    .openapi(stateRoute('pause', 'Pause a tenant'), async (c) =>
      c.json(toTenant(await setTenantState(control, c.get('caller'), c.req.valid('param').tenant, 'paused')), 200),
    )
    .openapi(stateRoute('resume', 'Resume a tenant'), async (c) =>
      c.json(toTenant(await setTenantState(control, c.get('caller'), c.req.valid('param').tenant, 'active')), 200),
    )
    .openapi(stateRoute('disable', 'Disable a tenant and cancel its runs'), async (c) =>
      c.json(toTenant(await setTenantState(control, c.get('caller'), c.req.valid('param').tenant, 'disabled')), 200),
    )
    .openapi(remove, async (c) => {
      await deleteTenant(control, c.get('caller'), c.req.valid('param').tenant, c.req.valid('query').confirm);
      return c.body(null, 204);
    });
}
