/** The audit trail, listed and exported. */
import { createRoute, z } from '@hono/zod-openapi';
import { listAudit, streamAudit } from '../control/audit/list.ts';
import type { Control } from '../control/control.ts';
import { csvLine, csvStream } from './csv.ts';
import { createRouter, instant, json, limitQuery, needs, problems, runParam, tenantParam } from './route.ts';

const tags = ['Audit'];
const tenant = tenantParam
  .optional()
  .openapi({ param: { name: 'tenantId', in: 'query' }, description: 'Default: everything that the key may see.' });

const entrySchema = z
  .object({
    id: z.string(),
    at: instant,
    tenantId: z.string().nullable(),
    actor: z.string().openapi({ example: 'key:k_9f2c4e6a8b0d1f3a5c' }),
    action: z.string().openapi({ example: 'sync.enabled' }),
    subject: z.string().openapi({ example: 'sync:visitor' }),
    before: z.unknown(),
    after: z.unknown(),
    requestId: z.string().nullable(),
  })
  .openapi('AuditEntry');

const list = createRoute({
  method: 'get',
  path: '/v1/audit',
  operationId: 'listAudit',
  summary: 'List audit entries, newest first',
  tags,
  ...needs('admin'),
  request: {
    query: z.strictObject({
      tenantId: tenant,
      limit: limitQuery,
      before: runParam
        .optional()
        .openapi({ param: { name: 'before', in: 'query' }, description: '`next` of the previous page.' }),
    }),
  },
  responses: {
    200: json(z.object({ entries: z.array(entrySchema), next: z.string().nullable() }).openapi('AuditPage'), 'A page.'),
    ...problems,
  },
});

const csv = createRoute({
  method: 'get',
  path: '/v1/audit.csv',
  operationId: 'exportAudit',
  summary: 'Export the audit trail as CSV',
  tags,
  ...needs('admin'),
  request: { query: z.strictObject({ tenantId: tenant }) },
  responses: { 200: { description: 'CSV.', content: { 'text/csv': { schema: z.string() } } }, ...problems },
});

export function auditRoutes(control: Control) {
  return createRouter()
    .openapi(list, async (c) => {
      const { tenantId, limit, before } = c.req.valid('query');
      const { rows, next } = await listAudit(control, c.get('caller'), tenantId, { limit, before });
      const entries = rows.map((row) => ({
        id: row.id,
        at: row.at.toISOString(),
        tenantId: row.tenant_id,
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        before: row.before,
        after: row.after,
        requestId: row.request_id,
      }));
      return c.json({ entries, next }, 200);
    })
    .openapi(csv, async (c) => {
      const { tenantId } = c.req.valid('query');
      await listAudit(control, c.get('caller'), tenantId, { limit: 1 });
      c.header('Content-Disposition', 'attachment; filename="audit.csv"');
      const lines = toLines(streamAudit(control, c.get('caller'), tenantId));
      return c.body(csvStream(lines), 200, { 'Content-Type': 'text/csv; charset=utf-8' });
    });
}

async function* toLines(rows: ReturnType<typeof streamAudit>): AsyncGenerator<string> {
  yield csvLine(['id', 'at', 'tenant', 'actor', 'action', 'subject', 'before', 'after', 'request']);
  for await (const row of rows) {
    const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
    const { id, tenant_id, actor, action, subject, request_id } = row;
    yield csvLine([
      id,
      row.at.toISOString(),
      tenant_id,
      actor,
      action,
      subject,
      json(row.before),
      json(row.after),
      request_id,
    ]);
  }
}
