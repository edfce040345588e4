/** Real values to choose by: of properties, and of join keys that are being thought about. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { compareKeys, sampleProperties } from '../control/syncs/samples.ts';
import { body, createRouter, json, needs, objectParam, problems, tenantParam } from './route.ts';

const params = z.object({ tenant: tenantParam, object: objectParam });
const name = z.string().regex(/^[^,\s]{1,200}$/, 'the name of a HubSpot property');
const sampled = z.number().openapi({ description: 'Records read: those changed most recently, at most 200.' });

const samples = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/catalogue/{object}/samples',
  operationId: 'sampleProperties',
  summary: 'Show values of HubSpot properties',
  description:
    'How many of the most recently changed records have a value, and examples. Takes one call and stores nothing.',
  tags: ['Catalogue'],
  ...needs('operate'),
  request: {
    params,
    query: z.strictObject({
      properties: z
        .string()
        .max(8192)
        .transform((text) => text.split(','))
        .pipe(z.array(name).min(1).max(60))
        .openapi({
          param: { name: 'properties', in: 'query', required: true },
          type: 'string',
          description: 'Separated by commas.',
          example: 'jobtitle,lifecyclestage',
        }),
    }),
  },
  responses: {
    200: json(
      z
        .object({
          sampled,
          properties: z.array(z.object({ property: z.string(), filled: z.number(), examples: z.array(z.string()) })),
        })
        .openapi('PropertySamples'),
      'In the order that was asked for.',
    ),
    ...problems,
  },
});

const comparedSchema = z.object({
  property: z.string(),
  filled: z.number(),
  distinct: z.number(),
  shared: z.number().openapi({ description: 'Records whose value is also that of another record in the sample.' }),
  matched: z.number().openapi({ description: 'Distinct values that are exactly ids in Pendo.' }),
  matchedFolded: z
    .number()
    .openapi({ description: 'Further values that are ids in Pendo once they are trimmed and in lower case.' }),
  examples: z.object({ matched: z.array(z.string()), unmatched: z.array(z.string()) }),
});

const compare = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/syncs/{object}/keys/compare',
  operationId: 'compareKeys',
  summary: 'Compare candidates for the join key',
  description:
    'Reads the most recently changed HubSpot records, and asks Pendo which of their values are ids there. Takes a few calls and stores nothing. A preview compares all records.',
  tags: ['Syncs'],
  ...needs('operate'),
  request: {
    params,
    body: body(z.strictObject({ properties: z.array(name).min(1).max(5) }), { properties: ['email', 'hs_object_id'] }),
  },
  responses: {
    200: json(z.object({ sampled, keys: z.array(comparedSchema) }).openapi('ComparedKeys'), 'Each candidate.'),
    ...problems,
  },
});

export function sampleRoutes(control: Control) {
  return createRouter()
    .openapi(samples, async (c) => {
      const { tenant, object } = c.req.valid('param');
      const { properties } = c.req.valid('query');
      return c.json(await sampleProperties(control, c.get('caller'), tenant, object, properties), 200);
    })
    .openapi(compare, async (c) => {
      const { tenant, object } = c.req.valid('param');
      const { properties } = c.req.valid('json');
      return c.json(await compareKeys(control, c.get('caller'), tenant, object, properties), 200);
    });
}
