/** One record, asked for by either side's id: was it synced, and if not, why? And forgetting a person. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { explainRecord } from '../control/evidence/record.ts';
import { withheldReasons } from '../control/evidence/record-fields.ts';
import { forgetPerson, readmitPerson } from '../control/tenants/forget.ts';
import { syncObjects } from '../sync/config.ts';
import { body, createRouter, instant, json, needs, objectParam, problems, tenantParam } from './route.ts';
import { legSchema, refusedSchema } from './run-schema.ts';

const tags = ['Records'];
const hubspotId = z.string().regex(/^[1-9]\d{0,17}$/, 'the number of a HubSpot record, in digits');
const pendoId = z.string().min(1).max(8192);
const escapedIds =
  'An id that an address cannot hold is asked for as JSON text, quotes included: `"."`, `".."`, `"a\\u0000b"` (percent-encoded like any other id). Ids with NUL or half of a surrogate pair, and ids of more than 1,024 bytes, cannot be stored: runs list them as `\\u0001` and the SHA-256 of the id as JSON text, in hex. They are found by that name as well.';
const params = z.object({ tenant: tenantParam, object: objectParam });

const fieldSchema = z.object({
  field: z.string(),
  holds: z.unknown().openapi({ description: 'What the target held when it was last read or written.' }),
  wants: z.unknown().openapi({ description: 'What the source has.' }),
  owed: z.boolean().openapi({ description: 'Would be written if a run started now.' }),
  withheld: z.enum(withheldReasons).optional().openapi({
    description:
      'Why it is not written. `stopped`: see `stopped`. `notRead`: the vendor left the value out of what was read. `notCompared`: mapped since the last run. In these three cases `holds` and `wants` are null.',
  }),
  stopped: z.enum(['gone', 'typeChanged', 'unmappable', 'takerType', 'readOnly']).optional().openapi({
    description: 'Why the field is stopped: its definition at a vendor is gone or has changed.',
  }),
  lastSent: z.object({ value: z.string().nullable(), at: z.string(), confirmed: z.boolean() }).optional(),
});

const legStandingSchema = z.object({
  outcome: z.string(),
  since: z.object({ run: z.string(), at: z.string().nullable() }).nullable(),
  reason: z.record(z.string(), z.unknown()).nullable(),
  explanation: z.string(),
  fields: z.array(fieldSchema),
});

const answerSchema = z
  .object({
    object: z.enum(syncObjects),
    side: z.enum(['hubspot', 'pendo']),
    id: z.string(),
    listedAs: z.string().nullable().openapi({
      description: 'The name under which runs list the record, if its id cannot be stored. Otherwise null.',
    }),
    known: z.boolean().openapi({ description: 'Found by the last read.' }),
    forgotten: z.boolean(),
    match: z.object({
      state: z.enum(['matched', 'blank', 'invalidKey', 'excluded', 'ambiguous', 'unmatched', 'unknown']),
      key: z.string().nullable(),
      partnerId: z.string().nullable(),
      sharedWith: z.object({ hubspot: z.array(z.string()), pendo: z.array(z.string()) }),
      nearMisses: z.array(z.string()),
    }),
    legs: z.object({ pull: legStandingSchema, push: legStandingSchema }),
    deliveries: z.array(
      z.object({
        run: z.string(),
        leg: legSchema,
        kind: z.string(),
        state: z.string(),
        at: z.string().nullable(),
        changes: z.record(z.string(), z.array(z.unknown())),
        refused: refusedSchema,
        reason: z.record(z.string(), z.unknown()).nullable(),
      }),
    ),
    occurrences: z
      .array(
        z.object({
          run: z.string().nullable(),
          source: z.string(),
          id: z.string(),
          day: z.string().openapi({ example: '2026-11-20' }),
          count: z.number(),
          minutes: z.number(),
          state: z.enum(['owed', 'sending', 'lost', 'sent', 'refused', 'skipped']).openapi({
            description:
              '`sending`, `lost`: sent, and no answer came; it is looked up by a later run. `skipped`: the same, and HubSpot does not let it be looked up.',
          }),
          sentAt: instant.nullable(),
          uuid: z.string().nullable(),
          reason: z.record(z.string(), z.unknown()).nullable(),
        }),
      )
      .openapi({ description: 'Occurrences of custom events, the newest days first, up to fifty.' }),
    links: z.object({ hubspot: z.string().nullable(), pendo: z.string().nullable() }).openapi({
      description: "The record's own page at each vendor. Null: there is none, or it is not known.",
      example: { hubspot: 'https://app.hubspot.com/contacts/123456/record/0-1/33451', pendo: null },
    }),
    lastRead: z.object({ run: z.string(), at: z.string() }).nullable(),
  })
  .openapi('RecordAnswer');

const hubspot = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/syncs/{object}/records/hubspot/{id}',
  operationId: 'explainHubSpotRecord',
  summary: 'Explain a HubSpot record',
  description:
    'Was it synced, and if not, why? As of now, from what was last read and written. Ids that no run has read are answered too.',
  tags,
  ...needs('read'),
  request: {
    params: params.extend({ id: hubspotId.openapi({ param: { name: 'id', in: 'path' }, example: '33451' }) }),
  },
  responses: { 200: json(answerSchema, 'The answer.'), ...problems },
});

const pendo = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/syncs/{object}/records/pendo/{id}',
  operationId: 'explainPendoRecord',
  summary: 'Explain a Pendo visitor or account',
  description: `Was it synced, and if not, why? As of now, from what was last read and written. Ids that no run has read are answered too. ${escapedIds}`,
  tags,
  ...needs('read'),
  request: {
    params: params.extend({ id: pendoId.openapi({ param: { name: 'id', in: 'path' }, example: 'ann@example.com' }) }),
  },
  responses: { 200: json(answerSchema, 'The answer.'), ...problems },
});

const namesSchema = z.strictObject({
  hubspotId: hubspotId.optional(),
  pendoId: pendoId.optional(),
  key: pendoId.optional().openapi({ description: 'A join value, in any spelling.' }),
});
const namesSomebody = ({ hubspotId, pendoId, key }: z.infer<typeof namesSchema>): boolean =>
  [hubspotId, pendoId, key].some((name) => name !== undefined);
const nameOne = 'Name the person: hubspotId, pendoId or key.';

const forget = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/forget',
  operationId: 'forgetPerson',
  summary: 'Forget one person or account',
  description:
    'Erases everything stored about the person or account, and leaves them out of every later run: by every spelling of the key, and by the additional e-mail addresses known now. Nothing is deleted at the vendors. Active runs are cancelled.',
  tags,
  ...needs('operate'),
  request: {
    params,
    body: body(namesSchema.refine(namesSomebody, nameOne), { hubspotId: '33451' }),
  },
  responses: {
    200: json(
      z
        .object({
          erased: z.number(),
          suppressed: z.number(),
          erasure: z.string().openapi({ description: 'Id of the proof, in the list of erasures.' }),
        })
        .openapi('Forgotten'),
      'Forgotten.',
    ),
    ...problems,
  },
});

const readmit = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/readmit',
  operationId: 'readmitPerson',
  summary: 'Readmit a person or account that was forgotten',
  description:
    'For somebody who consents again. Any one of the names that were forgotten readmits all that were forgotten with it; of somebody forgotten by version 0.1.0, give every name. The next full run reads the record like a new one. The audit trail keeps who readmitted somebody and when, and your reference, but no name.',
  tags,
  ...needs('operate'),
  request: {
    params,
    body: body(
      namesSchema
        .extend({
          reference: z.string().min(1).max(200).optional().openapi({
            description:
              'Where the consent is on record, such as a ticket number. Kept in the audit trail, so do not name people.',
          }),
        })
        .refine(namesSomebody, nameOne),
      { hubspotId: '33451', reference: 'TICKET-1234' },
    ),
  },
  responses: {
    200: json(
      z
        .object({
          readmitted: z.number().openapi({
            description: 'Names that are free again, including spellings and additional e-mail addresses.',
          }),
        })
        .openapi('Readmitted'),
      'Readmitted.',
    ),
    ...problems,
  },
});

export function recordRoutes(control: Control) {
  return createRouter()
    .openapi(hubspot, async (c) => {
      const { tenant, object, id } = c.req.valid('param');
      return c.json(await explainRecord(control, c.get('caller'), tenant, object, 'hubspot', id), 200);
    })
    .openapi(pendo, async (c) => {
      const { tenant, object, id } = c.req.valid('param');
      return c.json(await explainRecord(control, c.get('caller'), tenant, object, 'pendo', id), 200);
    })
    .openapi(forget, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(await forgetPerson(control, c.get('caller'), tenant, object, c.req.valid('json')), 200);
    })
    .openapi(readmit, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json(await readmitPerson(control, c.get('caller'), tenant, object, c.req.valid('json')), 200);
    });
}
