/** What a mapping can be made of. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { listHubSpotProperties, listPendoFields } from '../control/syncs/catalogue.ts';
import { createRouter, json, needs, objectParam, problems, tenantParam } from './route.ts';

const tags = ['Catalogue'];
const params = z.object({ tenant: tenantParam, object: objectParam });

const propertySchema = z
  .object({
    name: z.string().openapi({ example: 'lifecyclestage' }),
    label: z.string().openapi({ example: 'Lifecycle Stage' }),
    description: z.string(),
    type: z.string().openapi({ example: 'enumeration' }),
    fieldType: z.string().openapi({ example: 'radio' }),
    groupName: z.string(),
    options: z.array(z.object({ label: z.string(), value: z.string() })),
    hasUniqueValue: z.boolean(),
    canBePulled: z.boolean(),
    canBeJoinKey: z.boolean(),
    pendoField: z.string().openapi({ example: 'hubspot_lifecyclestage' }),
  })
  .openapi('HubSpotProperty');

const fieldSchema = z
  .object({ group: z.string(), name: z.string(), type: z.string(), displayName: z.string() })
  .openapi('PendoField');

const hubspot = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/catalogue/{object}/hubspot-properties',
  operationId: 'listHubSpotProperties',
  summary: 'List HubSpot properties of contacts (visitor) or companies (account)',
  tags,
  ...needs('read'),
  request: { params },
  responses: {
    200: json(
      z.object({ properties: z.array(propertySchema) }).openapi('HubSpotProperties'),
      'The visible properties.',
    ),
    ...problems,
  },
});

const pendo = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/catalogue/{object}/pendo-fields',
  operationId: 'listPendoFields',
  summary: 'List Pendo metadata fields of visitors or accounts',
  tags,
  ...needs('read'),
  request: { params },
  responses: {
    200: json(z.object({ fields: z.array(fieldSchema) }).openapi('PendoFields'), 'Fields of every group.'),
    ...problems,
  },
});

export function catalogueRoutes(control: Control) {
  return createRouter()
    .openapi(hubspot, async (c) => {
      const { tenant, object } = c.req.valid('param');
      const found = await listHubSpotProperties(control, c.get('caller'), tenant, object);
      const properties = found.map((p) => ({
        name: p.name,
        label: p.label,
        description: p.description,
        type: p.type,
        fieldType: p.fieldType,
        groupName: p.groupName,
        options: p.options.map(({ label, value }) => ({ label, value })),
        hasUniqueValue: p.hasUniqueValue,
        canBePulled: p.canBePulled,
        canBeJoinKey: p.canBeJoinKey,
        pendoField: p.pendoField,
      }));
      return c.json({ properties }, 200);
    })
    .openapi(pendo, async (c) => {
      const { tenant, object } = c.req.valid('param');
      return c.json({ fields: await listPendoFields(control, c.get('caller'), tenant, object) }, 200);
    });
}
