/** Reading one record from both vendors now. Its id goes in the body: e-mail addresses in paths end up in logs. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { checkRecord } from '../control/evidence/check-record.ts';
import { body, createRouter, instant, json, needs, objectParam, problems, tenantParam } from './route.ts';

const checkedField = z.object({
  field: z.string(),
  read: z.boolean().openapi({
    description:
      'False: the value cannot be read for a single record, such as an NPS score or a sum over the visitors of an account. Only runs read it.',
  }),
  source: z.unknown().openapi({ description: 'What the source has now. Null: nothing, or not read.' }),
  target: z.unknown().openapi({ description: 'What the target holds now.' }),
  equal: z.boolean(),
});

const checkSchema = z
  .object({
    at: instant,
    calls: z.number().openapi({ description: 'Requests to the vendors that this took.' }),
    hubspotId: z.string().nullable().openapi({ description: 'Null: HubSpot has no such record, or no partner.' }),
    pendoId: z.string().nullable().openapi({ description: 'Null: Pendo has no such record, or no partner.' }),
    excluded: z.boolean().openapi({ description: 'Marked do-not-process in Pendo: it is not compared.' }),
    legs: z.object({ pull: z.array(checkedField), push: z.array(checkedField) }),
  })
  .openapi('RecordCheck');

/** One side names it. */
export const namedRecord = z.union([
  z.strictObject({ hubspotId: z.string().regex(/^[1-9]\d{0,17}$/, 'the number of a HubSpot record, in digits') }),
  z.strictObject({ pendoId: z.string().min(1).max(8192) }),
]);

export function sideAndId(named: z.infer<typeof namedRecord>): ['hubspot' | 'pendo', string] {
  return 'hubspotId' in named ? ['hubspot', named.hubspotId] : ['pendo', named.pendoId];
}

const check = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/records/check',
  operationId: 'checkRecord',
  summary: 'Read a record from both vendors now',
  description:
    'Compares what HubSpot and Pendo hold at this moment, by the mapping of the last run. Costs a few calls and writes nothing. Name one side; the partner is that of the last run, or is looked for by the join key.',
  tags: ['Records'],
  ...needs('operate'),
  request: {
    params: z.object({ tenant: tenantParam, object: objectParam }),
    body: body(namedRecord, { hubspotId: '33451' }),
  },
  responses: { 200: json(checkSchema, 'What is there now.'), ...problems },
});

export function recordCheckRoutes(control: Control) {
  return createRouter().openapi(check, async (c) => {
    const { tenant, object } = c.req.valid('param');
    const [side, id] = sideAndId(c.req.valid('json'));
    const found = await checkRecord(control, c.get('caller'), tenant, object, side, id);
    return c.json({ ...found, at: found.at.toISOString() }, 200);
  });
}
