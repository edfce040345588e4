/** The audit trail: listed, exported, and checked. */
import { createRoute, z } from '@hono/zod-openapi';
import { auditExport, openAuditLines } from '../control/audit/export.ts';
import { listAudit, streamAudit } from '../control/audit/list.ts';
import { verifyAudit } from '../control/audit/verify.ts';
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

const lines = createRoute({
  method: 'get',
  path: '/v1/audit.jsonl',
  operationId: 'exportAuditLines',
  summary: 'Export the audit trail as JSON lines',
  description:
    'Oldest first, chain by chain: one for each tenant, and `deployment`. Each line has its place in its chain (`seq`), the hash of the line before it (`previous`) and its own: SHA-256 over the bytes of `previous` and the text of `entry`, exactly as it stands in the line. For a reader that comes again: one chain, and `after` the last place that it has.',
  tags,
  ...needs('admin'),
  request: {
    query: z.strictObject({
      chain: tenantParam.optional().openapi({
        param: { name: 'chain', in: 'query' },
        description: "A tenant's id, or `deployment`. Default: all that the key may see.",
        example: 'deployment',
      }),
      after: z
        .string()
        .regex(/^\d{1,18}$/, 'a place in the chain, in digits')
        .optional()
        .openapi({ param: { name: 'after', in: 'query' }, description: 'Entries after this place of the chain.' }),
    }),
  },
  responses: {
    200: { description: 'JSON lines.', content: { 'application/x-ndjson': { schema: z.string() } } },
    ...problems,
  },
});

const chainSchema = z
  .object({
    chain: z.string().openapi({ example: 'deployment' }),
    entries: z.number().openapi({ description: 'Entries that were checked.' }),
    head: z
      .object({ seq: z.string(), hash: z.string() })
      .nullable()
      .openapi({ description: 'The newest. Kept elsewhere, it shows later whether the trail was cut off.' }),
    signedTo: z.string().nullable().openapi({ description: 'The newest place whose hash is signed.' }),
    unchained: z.number().openapi({ description: 'Entries that are older than the chains, of version 0.1.0.' }),
    problems: z.array(
      z.object({
        code: z.enum(['CHANGED', 'MISSING', 'BEGINNING_MISSING', 'END_MISSING', 'NOT_LINKED', 'SIGNATURE_WRONG']),
        seq: z.string().nullable(),
        message: z.string(),
      }),
    ),
  })
  .openapi('AuditChain');

const verify = createRoute({
  method: 'get',
  path: '/v1/audit/verify',
  operationId: 'verifyAudit',
  summary: 'Check that the audit trail is as it was written',
  description:
    'Calculates every hash of the chains anew, and checks the signatures. Takes about a minute for a few million entries.',
  tags,
  ...needs('admin'),
  request: { query: z.strictObject({ tenantId: tenant }) },
  responses: {
    200: json(
      z.object({ intact: z.boolean(), chains: z.array(chainSchema) }).openapi('AuditVerification'),
      'What was found.',
    ),
    ...problems,
  },
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
      await auditExport(control, c.get('caller'), tenantId ?? c.get('caller').tenantId, 'audit');
      c.header('Content-Disposition', 'attachment; filename="audit.csv"');
      const text = toLines(streamAudit(control, c.get('caller'), tenantId));
      return c.body(csvStream(text), 200, { 'Content-Type': 'text/csv; charset=utf-8' });
    })
    .openapi(lines, async (c) => {
      const text = await openAuditLines(control, c.get('caller'), c.req.valid('query'));
      c.header('Content-Disposition', 'attachment; filename="audit.jsonl"');
      // The router's types take everything that ends in json for JSON.
      return c.body(csvStream(text), 200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' }) as never;
    })
    .openapi(verify, async (c) => {
      const chains = await verifyAudit(control, c.get('caller'), c.req.valid('query').tenantId);
      const intact = chains.every((chain) => chain.problems.length === 0);
      return c.json({ intact, chains }, 200);
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
