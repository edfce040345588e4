/** Proofs of what was erased. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { listErasures } from '../control/tenants/erasures.ts';
import { createRouter, instant, json, limitQuery, needs, problems, runParam, tenantParam } from './route.ts';

const erasureSchema = z
  .object({
    id: z.string().openapi({ example: '7' }),
    tenantId: z.string(),
    kind: z.enum(['person', 'sync', 'tenant']),
    object: z.string().nullable().openapi({ example: 'visitor' }),
    at: instant,
    actor: z.string().openapi({ description: 'Who erased it.', example: 'key:k_9f2c4e6a8b0d1f3a5c' }),
    counts: z
      .record(z.string(), z.number())
      .openapi({ description: 'Rows that were erased, by table.', example: { hubspot_records: 1, outcomes: 4 } }),
    auditEntry: z.string().openapi({ description: 'The entry of the audit trail that holds the same counts.' }),
  })
  .openapi('Erasure');

const list = createRoute({
  method: 'get',
  path: '/v1/erasures',
  operationId: 'listErasures',
  summary: 'List proofs of erasure, newest first',
  description:
    'What was erased by forgetting a person, by erasing the values of a sync, and by deleting a tenant. Names nobody, and stays when the tenant is gone: an administrator of the deployment reads it then.',
  tags: ['Audit'],
  ...needs('admin'),
  request: {
    query: z.strictObject({
      tenantId: tenantParam.optional().openapi({
        param: { name: 'tenantId', in: 'query' },
        description: 'Default: everything that the key may see.',
      }),
      limit: limitQuery,
      before: runParam
        .optional()
        .openapi({ param: { name: 'before', in: 'query' }, description: '`next` of the previous page.' }),
    }),
  },
  responses: {
    200: json(
      z.object({ erasures: z.array(erasureSchema), next: z.string().nullable() }).openapi('ErasurePage'),
      'A page.',
    ),
    ...problems,
  },
});

export function erasureRoutes(control: Control) {
  return createRouter().openapi(list, async (c) => {
    const { rows, next } = await listErasures(control, c.get('caller'), c.req.valid('query'));
    const erasures = rows.map((row) => ({
      id: row.id,
      tenantId: row.tenant_id,
      kind: row.kind,
      object: row.object,
      at: row.at.toISOString(),
      actor: row.actor,
      counts: row.counts,
      auditEntry: row.audit_id,
    }));
    return c.json({ erasures, next }, 200);
  });
}
