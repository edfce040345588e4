/** Delivering one record now: a run of its own. Its id goes in the body, as for a check. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { deliverRecord } from '../control/runs/one-record.ts';
import { namedRecord, sideAndId } from './record-check.ts';
import { body, createRouter, json, needs, objectParam, problems, tenantParam } from './route.ts';
import { runSchema, toRun } from './run-schema.ts';

const deliver = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/records/deliver',
  operationId: 'deliverRecord',
  summary: 'Deliver one record now',
  description:
    'Starts a run of this record only: it reads both sides, compares them under the same guards as any run, and writes what differs, in both directions. All other records, the schedule and what later runs build on stay as they were. Refused while another run of the sync is active or held, and where only a full run will do. Name one side; the partner is found by the join key.',
  tags: ['Records'],
  ...needs('operate'),
  request: {
    params: z.object({ tenant: tenantParam, object: objectParam }),
    body: body(namedRecord, { hubspotId: '33451' }),
  },
  responses: { 202: json(runSchema, 'Queued.'), ...problems },
});

export function recordDeliverRoutes(control: Control) {
  return createRouter().openapi(deliver, async (c) => {
    const { tenant, object } = c.req.valid('param');
    const [side, id] = sideAndId(c.req.valid('json'));
    const run = await deliverRecord(control, c.get('caller'), tenant, object, side, id);
    return c.json(toRun(run, control.clock()), 202);
  });
}
