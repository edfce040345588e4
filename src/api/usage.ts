/** What was used of the vendors' limits. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { allUsage, tenantUsage } from '../control/usage/usage.ts';
import { createRouter, json, needs, problems, tenantParam } from './route.ts';

const tags = ['Usage'];

const daySchema = z
  .object({
    day: z.string().openapi({ example: '2026-11-27', description: 'In UTC.' }),
    vendor: z.enum(['hubspot', 'pendo']),
    calls: z.number().openapi({ description: 'Requests that Crosswalk made: runs, previews, checks and tests.' }),
    throttled: z
      .number()
      .openapi({ description: 'Of these, refused for coming too often (429). They were made again.' }),
    written: z.number().openapi({ description: 'Records written there by runs that ended on this day.' }),
    limit: z
      .number()
      .nullable()
      .openapi({ description: "The account's calls a day, as the vendor last gave them. Null: it gives none." }),
    used: z.number().nullable().openapi({
      description: 'Calls that the vendor counted of everybody, other apps included, when it was last asked.',
    }),
  })
  .openapi('UsageDay');

const query = z.strictObject({
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(366)
    .default(30)
    .openapi({ param: { name: 'days', in: 'query' }, example: 30 }),
});

const ofTenant = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/usage',
  operationId: 'tenantUsage',
  summary: "Show what was used of the vendors' limits",
  description: 'A row for each day and vendor that had a call. Days without one are left out.',
  tags,
  ...needs('read'),
  request: { params: z.object({ tenant: tenantParam }), query },
  responses: {
    200: json(z.object({ days: z.array(daySchema) }).openapi('TenantUsage'), 'Oldest first.'),
    ...problems,
  },
});

const all = createRoute({
  method: 'get',
  path: '/v1/usage',
  operationId: 'allUsage',
  summary: "Show what all tenants used of the vendors' limits",
  description:
    'Summed up by day and vendor, without limits: each account has its own. With a key that is bound to a tenant: its own.',
  tags,
  ...needs('read'),
  request: { query },
  responses: {
    200: json(
      z
        .object({
          days: z.array(daySchema),
          tenants: z
            .array(
              z.object({
                id: z.string(),
                name: z.string(),
                calls: z.number(),
                throttled: z.number(),
                written: z.number(),
              }),
            )
            .openapi({ description: 'The twenty that made the most calls.' }),
        })
        .openapi('AllUsage'),
      'Oldest first.',
    ),
    ...problems,
  },
});

export function usageRoutes(control: Control) {
  return createRouter()
    .openapi(ofTenant, async (c) => {
      const { tenant } = c.req.valid('param');
      return c.json({ days: await tenantUsage(control, c.get('caller'), tenant, c.req.valid('query').days) }, 200);
    })
    .openapi(all, async (c) => c.json(await allUsage(control, c.get('caller'), c.req.valid('query').days), 200));
}
