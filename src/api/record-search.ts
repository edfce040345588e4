/** Finding a record by what a person has of it. The text goes in the body: addresses end up in logs. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { foundBy } from '../control/evidence/found-record.ts';
import { nameSearches } from '../control/evidence/name-search.ts';
import { searchRecords } from '../control/evidence/search.ts';
import { syncObjects } from '../sync/config.ts';
import { body, createRouter, json, needs, problems, tenantParam } from './route.ts';

const foundSchema = z
  .object({
    object: z.enum(syncObjects),
    side: z.enum(['hubspot', 'pendo']),
    id: z.string(),
    key: z.string().nullable().openapi({ description: 'Its join value.' }),
    outcome: z.string().nullable().openapi({ description: 'What became of it in the last run.' }),
    found: z.enum(foundBy).openapi({
      description:
        'What it was found by. `lookAlike`: its id or join value differs from the query only in case or spaces, or looks the same.',
    }),
  })
  .openapi('FoundRecord');

const search = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/records/search',
  operationId: 'searchRecords',
  summary: 'Find a record',
  description:
    "Searches by id, e-mail address, join value in any spelling, additional e-mail address, or the address of the record's page in HubSpot or Pendo. If nothing is found, HubSpot is asked for a company or person of that name. Give an id with characters that cannot be typed as JSON text, quotes included. Exact matches come before look-alikes.",
  tags: ['Records'],
  ...needs('read'),
  request: {
    params: z.object({ tenant: tenantParam }),
    body: body(z.strictObject({ text: z.string().min(1).max(8192).regex(/\S/, 'something other than spaces') }), {
      text: 'ann@example.com',
    }),
  },
  responses: {
    200: json(
      z
        .object({
          records: z.array(foundSchema),
          forgotten: z.array(z.enum(syncObjects)).openapi({
            description:
              'Syncs in which a person or account with this name was forgotten. Nothing of them is kept, so no record is found.',
          }),
          names: z.enum(nameSearches).openapi({
            description:
              'Whether HubSpot was asked for the name of a company or person. It is asked only if nothing else was found and the key has the scope operate. `failed`: HubSpot did not answer.',
          }),
        })
        .openapi('FoundRecords'),
      'At most ten of each kind.',
    ),
    ...problems,
  },
});

export function recordSearchRoutes(control: Control) {
  return createRouter().openapi(search, async (c) => {
    const { tenant } = c.req.valid('param');
    return c.json(await searchRecords(control, c.get('caller'), tenant, c.req.valid('json').text), 200);
  });
}
