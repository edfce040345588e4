/** Runs: what was done, what is being done, and the two things that a person may do about one. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { approveRun, cancelRun } from '../control/runs/actions.ts';
import { getRun, listRuns } from '../control/runs/list.ts';
import { createSharedReads } from '../control/shared-reads.ts';
import { syncObjects } from '../sync/config.ts';
import { body, createRouter, json, limitQuery, needs, problems, runParam, tenantParam } from './route.ts';
import { legSchema, runDetailSchema, runSchema, runStates, toRun, toRunDetail } from './run-schema.ts';

const tags = ['Runs'];
const params = z.object({ tenant: tenantParam, run: runParam });

/** Why somebody decides as they do. */
const reason = z.string().trim().min(1).max(500).optional().openapi({
  description: 'Why, in your own words. Kept with the run and in the audit trail, so do not name people.',
});

const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/runs',
  operationId: 'listRuns',
  summary: 'List runs, newest first',
  tags,
  ...needs('read'),
  request: {
    params: z.object({ tenant: tenantParam }),
    query: z.strictObject({
      limit: limitQuery,
      object: z.enum(syncObjects).optional(),
      state: z.enum(runStates).optional(),
      before: runParam
        .optional()
        .openapi({ param: { name: 'before', in: 'query' }, description: '`next` of the previous page.' }),
    }),
  },
  responses: {
    200: json(z.object({ runs: z.array(runSchema), next: z.string().nullable() }).openapi('RunPage'), 'A page.'),
    ...problems,
  },
});

const get = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/runs/{run}',
  operationId: 'getRun',
  summary: 'Get a run',
  tags,
  ...needs('read'),
  request: { params },
  responses: { 200: json(runDetailSchema, 'The run; for a dry run with its preview.'), ...problems },
});

const approve = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/runs/{run}/approve',
  operationId: 'approveRun',
  summary: 'Approve a held run',
  description:
    'Covers this run only, including its re-reads. Under the four-eyes rule (a setting of the tenant or the installation), a key that started the run, or changed the configuration since the last good run, may not approve it, nor may one that made such a key or was made by it.',
  tags,
  ...needs('operate'),
  request: {
    params,
    body: body(
      z.strictObject({
        legs: z.array(legSchema).min(1).max(2).optional().openapi({ description: 'Default: every held leg.' }),
        reason,
      }),
      { legs: ['push'], reason: 'The old plan names were retired on purpose.' },
    ),
  },
  responses: { 200: json(runSchema, 'Queued again.'), ...problems },
});

const cancel = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/runs/{run}/cancel',
  operationId: 'cancelRun',
  summary: 'Cancel a run',
  description: 'What was delivered stays. Cancelling again changes nothing.',
  tags,
  ...needs('operate'),
  request: {
    params,
    body: { ...body(z.strictObject({ reason }), { reason: 'Started by mistake.' }), required: false },
  },
  responses: { 200: json(runSchema, 'The present state.'), ...problems },
});

export function runRoutes(control: Control) {
  const now = () => control.clock();
  const shared = createSharedReads();
  return createRouter()
    .openapi(list, async (c) => {
      const query = c.req.valid('query');
      const { rows, next } = await listRuns(control, c.get('caller'), c.req.valid('param').tenant, query);
      return c.json({ runs: rows.map((row) => toRun(row, now())), next }, 200);
    })
    .openapi(get, async (c) => {
      const { tenant, run } = c.req.valid('param');
      const found = await getRun(control, c.get('caller'), tenant, run, shared);
      // Every open tab asks for it each second, and it is small.
      if (found.run.closed_at === null) c.header('Cache-Control', 'no-store, no-transform');
      return c.json(toRunDetail(found.run, found.approval, now()), 200);
    })
    .openapi(approve, async (c) => {
      const { tenant, run } = c.req.valid('param');
      const approved = await approveRun(control, c.get('caller'), tenant, run, c.req.valid('json'));
      return c.json(toRun(approved, now()), 200);
    })
    .openapi(cancel, async (c) => {
      const { tenant, run } = c.req.valid('param');
      const { reason: why } = c.req.valid('json');
      return c.json(toRun(await cancelRun(control, c.get('caller'), tenant, run, why), now()), 200);
    });
}
