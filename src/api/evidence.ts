/** What became of each record in a run, a page at a time or as CSV. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { type EvidenceRow, listEvidence, streamEvidence } from '../control/evidence/evidence.ts';
import { getRun } from '../control/runs/list.ts';
import { outcomes } from '../sync/outcomes.ts';
import { csvLine, csvStream } from './csv.ts';
import { createRouter, json, limitQuery, needs, problems, runParam, tenantParam } from './route.ts';
import { legSchema, refusedSchema } from './run-schema.ts';

const tags = ['Evidence'];
const params = z.object({ tenant: tenantParam, run: runParam });
const filter = {
  leg: legSchema.openapi({
    param: { name: 'leg', in: 'query' },
    description: 'pull: HubSpot records; push: Pendo records.',
  }),
  outcome: z.enum(outcomes).optional().openapi({ example: 'rejected' }),
};

const recordSchema = z
  .object({
    id: z.string().openapi({
      description:
        "The source's record: HubSpot's on the pull leg, Pendo's on the push leg. `(forgotten 1)`: a record that was forgotten, of which nothing that names it is kept. `\\u0001` and 64 hex digits: stands for an id that cannot be stored (NUL, half of a surrogate pair, more than 1,024 bytes), and is the SHA-256 of the id as JSON text. `explainPendoRecord` accepts both.",
    }),
    partnerId: z.string().nullable(),
    outcome: z.enum(outcomes),
    sinceRun: z.string().openapi({ description: 'The run since which the record has had this outcome.' }),
    reason: z.record(z.string(), z.unknown()).nullable(),
    changes: z
      .record(z.string(), z.array(z.unknown()).length(2))
      .nullable()
      .openapi({
        description: 'Per field: the value that was held and the value that is wanted.',
        example: { jobtitle: ['Intern', 'Manager'] },
      }),
    refused: refusedSchema,
  })
  .openapi('RecordOutcome');

const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/runs/{run}/records',
  operationId: 'listRecordOutcomes',
  summary: 'List records of a run by outcome',
  tags,
  ...needs('read'),
  request: {
    params,
    query: z.strictObject({
      ...filter,
      limit: limitQuery,
      after: z.string().min(1).max(2048).optional().openapi({ description: '`next` of the previous page.' }),
    }),
  },
  responses: {
    200: json(
      z.object({ records: z.array(recordSchema), next: z.string().nullable() }).openapi('RecordPage'),
      'By id.',
    ),
    ...problems,
  },
});

const csv = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/runs/{run}/records.csv',
  operationId: 'exportRecordOutcomes',
  summary: 'Export records of a run as CSV',
  description: 'Cells that a spreadsheet would read as formulas begin with an apostrophe.',
  tags,
  ...needs('read'),
  request: { params, query: z.strictObject(filter) },
  responses: { 200: { description: 'CSV.', content: { 'text/csv': { schema: z.string() } } }, ...problems },
});

export function evidenceRoutes(control: Control) {
  return createRouter()
    .openapi(list, async (c) => {
      const { tenant, run } = c.req.valid('param');
      const query = c.req.valid('query');
      const { rows: records, next } = await listEvidence(control, c.get('caller'), tenant, run, query);
      return c.json({ records, next }, 200);
    })
    .openapi(csv, async (c) => {
      const { tenant, run } = c.req.valid('param');
      // Refusals have to come before the first line.
      await getRun(control, c.get('caller'), tenant, run);
      const rows = streamEvidence(control, c.get('caller'), tenant, run, c.req.valid('query'));
      c.header('Content-Disposition', `attachment; filename="run-${run}.csv"`);
      return c.body(csvStream(lines(rows)), 200, { 'Content-Type': 'text/csv; charset=utf-8' });
    });
}

async function* lines(rows: AsyncGenerator<EvidenceRow>): AsyncGenerator<string> {
  yield csvLine(['record', 'partner', 'outcome', 'since run', 'reason', 'field', 'from', 'to']);
  for await (const row of rows) {
    const reason = row.reason === null ? null : JSON.stringify(row.reason);
    const start = [row.id, row.partnerId, row.outcome, row.sinceRun, reason];
    const changes = Object.entries(row.changes ?? {});
    const refused = Object.entries(row.refused ?? {});
    if (changes.length + refused.length === 0) yield csvLine([...start, null, null, null]);
    for (const [field, [from, to]] of changes) yield csvLine([...start, field, text(from), text(to)]);
    // The record is written; this field of it is not.
    for (const [field, { change, ...why }] of refused) {
      const [from, to] = change;
      yield csvLine([
        row.id,
        row.partnerId,
        'rejected',
        row.sinceRun,
        JSON.stringify(why),
        field,
        text(from),
        text(to),
      ]);
    }
  }
}

const text = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
