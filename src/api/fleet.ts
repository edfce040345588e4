/** All syncs at a glance, what waits for a person, and a sync's history. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { type AttentionItem, attentionKinds, listAttention } from '../control/fleet/attention.ts';
import { type FleetRow, listFleet } from '../control/fleet/fleet.ts';
import { healths } from '../control/fleet/health.ts';
import { syncHistory } from '../control/fleet/history.ts';
import { listAllRuns } from '../control/runs/list.ts';
import { createSharedReads } from '../control/shared-reads.ts';
import { syncObjects } from '../sync/config.ts';
import {
  createRouter,
  instant,
  json,
  limitQuery,
  longLimitQuery,
  needs,
  objectParam,
  problems,
  reasonSchema,
  runParam,
  tenantParam,
  toInstant,
} from './route.ts';
import { runSchema, runStates, toRun } from './run-schema.ts';

const tags = ['Fleet'];
const counts = z.record(z.string(), z.number());
const tenant = z.object({ id: z.string(), name: z.string(), state: z.string() });

const rowSchema = z
  .object({
    tenant,
    object: z.enum(syncObjects),
    health: z.enum(healths),
    since: instant.nullable(),
    reason: reasonSchema.nullable(),
    active: z
      .object({ run: z.string(), state: z.enum(runStates), trigger: z.string(), dryRun: z.boolean() })
      .nullable()
      .openapi({ description: 'The run that is active now.' }),
    lastGood: z
      .object({
        run: z.string(),
        at: instant,
        matched: z.number().nullable(),
        hubspot: z.number().nullable(),
        pendo: z.number().nullable(),
      })
      .nullable()
      .openapi({ description: 'The last full run that ended well, and what it read and matched.' }),
    strip: z
      .array(
        z.object({
          day: z.string().openapi({ example: '2026-11-27' }),
          state: z.enum(runStates),
          run: z.string(),
          written: z.number(),
          rejected: z.number(),
        }),
      )
      .openapi({ description: 'The last full run of each of the last 30 days that had one.' }),
  })
  .openapi('FleetRow');

const offsetQuery = z.coerce
  .number()
  .int()
  .min(0)
  .max(100_000)
  .default(0)
  .openapi({ param: { name: 'offset', in: 'query' } });

const listQuery = z.strictObject({
  health: z
    .string()
    .max(200)
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(healths)))
    .optional()
    .openapi({ param: { name: 'health', in: 'query' }, description: 'Separated by commas.', example: 'held,failed' }),
  q: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ param: { name: 'q', in: 'query' }, description: "Part of a tenant's name or external id." }),
  sort: z
    .enum(['worst', 'name', 'oldest'])
    .default('worst')
    .openapi({ param: { name: 'sort', in: 'query' } }),
  offset: offsetQuery,
  limit: limitQuery,
});

const list = createRoute({
  method: 'get',
  path: '/v1/syncs',
  operationId: 'listFleet',
  summary: 'List the syncs of all tenants, worst first',
  description: 'A key that is bound to a tenant sees only its own.',
  tags,
  ...needs('read'),
  request: { query: listQuery },
  responses: {
    200: json(
      z
        .object({
          syncs: z.array(rowSchema),
          total: z.number(),
          counts: counts.openapi({ description: 'Syncs by health.' }),
        })
        .openapi('FleetPage'),
      'A page.',
    ),
    ...problems,
  },
});

const itemSchema = z
  .object({
    kind: z.enum(attentionKinds),
    tenant: z.object({ id: z.string(), name: z.string() }),
    object: z.enum(syncObjects),
    since: instant,
    reason: reasonSchema.nullable(),
    run: runSchema.nullable(),
  })
  .openapi('AttentionItem');

const attention = createRoute({
  method: 'get',
  path: '/v1/attention',
  operationId: 'listAttention',
  summary: 'List what waits for a person, oldest first',
  tags,
  ...needs('read'),
  request: {
    query: z.strictObject({
      tenantId: tenantParam.optional().openapi({ param: { name: 'tenantId', in: 'query' } }),
      offset: offsetQuery,
      limit: longLimitQuery,
    }),
  },
  responses: {
    200: json(z.object({ items: z.array(itemSchema), total: z.number() }).openapi('Attention'), 'A page.'),
    ...problems,
  },
});

const runs = createRoute({
  method: 'get',
  path: '/v1/runs',
  operationId: 'listAllRuns',
  summary: 'List the runs of all tenants, newest first',
  description: 'A key that is bound to a tenant sees only its own.',
  tags,
  ...needs('read'),
  request: {
    query: z.strictObject({
      limit: limitQuery,
      object: z.enum(syncObjects).optional(),
      state: z.enum(runStates).optional(),
      trigger: z.enum(['enable', 'daily', 'manual', 'preview', 'retry']).optional(),
      before: runParam
        .optional()
        .openapi({ param: { name: 'before', in: 'query' }, description: '`next` of the previous page.' }),
    }),
  },
  responses: {
    200: json(
      z
        .object({
          runs: z.array(z.object({ tenant: z.object({ id: z.string(), name: z.string() }), run: runSchema })),
          next: z.string().nullable(),
        })
        .openapi('AllRuns'),
      'A page.',
    ),
    ...problems,
  },
});

const pointSchema = z
  .object({
    run: z.string(),
    state: z.enum(runStates),
    trigger: z.string(),
    dryRun: z.boolean(),
    scope: z.enum(['full', 'delta']),
    queuedAt: instant,
    closedAt: instant.nullable(),
    seconds: z.number().nullable(),
    read: counts,
    matched: z.number().nullable(),
    legs: z.record(z.string(), counts),
  })
  .openapi('HistoryPoint');

const history = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/syncs/{object}/history',
  operationId: 'syncHistory',
  summary: 'Show how a sync has done',
  description: 'A point for each run: read, matched, and per leg by outcome. Deltas that changed nothing are left out.',
  tags,
  ...needs('read'),
  request: {
    params: z.object({ tenant: tenantParam, object: objectParam }),
    query: z.strictObject({
      days: z.coerce
        .number()
        .int()
        .min(1)
        .max(366)
        .default(90)
        .openapi({ param: { name: 'days', in: 'query' }, example: 90 }),
    }),
  },
  responses: { 200: json(z.object({ runs: z.array(pointSchema) }).openapi('History'), 'Oldest first.'), ...problems },
});

export function fleetRoutes(control: Control) {
  const now = () => control.clock();
  const shared = createSharedReads();
  return createRouter()
    .openapi(list, async (c) => {
      const { rows, total, counts } = await listFleet(control, c.get('caller'), c.req.valid('query'));
      return c.json({ syncs: rows.map(toRow), total, counts: { ...counts } as Record<string, number> }, 200);
    })
    .openapi(attention, async (c) => {
      const { tenantId, ...page } = c.req.valid('query');
      const { items, total } = await listAttention(control, c.get('caller'), tenantId, page, shared);
      return c.json({ items: items.map((item) => toItem(item, now())), total }, 200);
    })
    .openapi(runs, async (c) => {
      const { rows, names, next } = await listAllRuns(control, c.get('caller'), c.req.valid('query'));
      const all = rows.map((row) => ({
        tenant: { id: row.tenant_id, name: names.get(row.tenant_id) ?? '' },
        run: toRun(row, now()),
      }));
      return c.json({ runs: all, next }, 200);
    })
    .openapi(history, async (c) => {
      const { tenant, object } = c.req.valid('param');
      const points = await syncHistory(control, c.get('caller'), tenant, object, c.req.valid('query').days);
      const runs = points.map((point) => ({
        run: point.run,
        state: point.state,
        trigger: point.trigger,
        dryRun: point.dryRun,
        scope: point.scope,
        queuedAt: point.queuedAt.toISOString(),
        closedAt: toInstant(point.closedAt),
        seconds: point.seconds,
        read: point.read,
        matched: point.matched,
        legs: point.legs,
      }));
      return c.json({ runs }, 200);
    });
}

function toRow(row: FleetRow): z.infer<typeof rowSchema> {
  const { tenantId: id, tenantName: name, tenantState: state, object, health, reason, active, strip } = row;
  return {
    tenant: { id, name, state },
    object,
    health,
    since: toInstant(row.since),
    reason,
    active,
    lastGood: row.lastGood && { ...row.lastGood, at: row.lastGood.at.toISOString() },
    strip,
  };
}

function toItem(item: AttentionItem, now: number): z.infer<typeof itemSchema> {
  const { kind, tenantId: id, tenantName: name, object, reason } = item;
  return {
    kind,
    tenant: { id, name },
    object,
    since: item.since.toISOString(),
    reason,
    run: item.run && toRun(item.run, now),
  };
}
