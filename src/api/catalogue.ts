/** What a mapping can be made of. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { listHubSpotProperties, listPendoFields } from '../control/syncs/catalogue.ts';
import { listPendoItems } from '../control/syncs/pendo-items.ts';
import { listTrackProperties } from '../control/syncs/track-properties.ts';
import { listedKinds } from '../sync/pendo-items.ts';
import {
  createRouter,
  instant,
  json,
  limitQuery,
  needs,
  objectParam,
  problems,
  tenantParam,
  toInstant,
} from './route.ts';

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
  .object({
    group: z.string(),
    name: z.string(),
    type: z.string(),
    displayName: z.string(),
    hubspotType: z
      .string()
      .nullable()
      .openapi({ description: 'Of the HubSpot property that it would be pushed to. Null: it cannot be pushed.' }),
  })
  .openapi('PendoField');

const searchQuery = z
  .string()
  .max(200)
  .optional()
  .openapi({ param: { name: 'search', in: 'query' }, description: 'Part of a name or an id, in any case.' });
const afterQuery = z
  .string()
  .regex(/^\d{1,9}$/, '`next` of the page before')
  .optional()
  .openapi({ param: { name: 'after', in: 'query' }, description: '`next` of the previous page.' });
const pageMembers = {
  total: z.number().openapi({ description: 'How many there are on all pages.' }),
  next: z.string().nullable().openapi({ description: 'What to send as `after` for the next page. Null: no more.' }),
};

const itemSchema = z
  .object({
    id: z.string().openapi({ description: 'As an entry of `push` names it; of a survey, the id of its guide.' }),
    name: z.string().openapi({ example: 'Billing' }),
    app: z.object({ id: z.number(), name: z.string().nullable() }).nullable(),
    group: z.string().nullable(),
    createdAt: instant.nullable(),
    changedAt: instant.nullable(),
  })
  .openapi('PendoItem');

const trackPropertySchema = z
  .object({
    name: z.string().openapi({ example: 'plan' }),
    canBeChosen: z.boolean().openapi({ description: 'May an entry of `events` choose it?' }),
    property: z.string().nullable().openapi({
      description: 'Of the HubSpot event, where none is set. Null: it cannot be chosen.',
      example: 'pendo_p_plan',
    }),
    kinds: z.array(z.enum(['text', 'number', 'yesNo', 'list', 'other'])),
    rows: z.number().openapi({ description: 'Of the rows that were looked at, those with a value.' }),
    lastSeen: instant.nullable().openapi({ description: 'Start of the day.' }),
  })
  .openapi('TrackProperty');

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
  description: 'Without `limit`, all of them.',
  tags,
  ...needs('read'),
  request: {
    params,
    query: z.object({ search: searchQuery, limit: limitQuery.removeDefault().optional(), after: afterQuery }),
  },
  responses: {
    200: json(
      z.object({ fields: z.array(fieldSchema), ...pageMembers }).openapi('PendoFields'),
      'Fields of every group.',
    ),
    ...problems,
  },
});

const items = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/catalogue/pendo/{kind}',
  operationId: 'listPendoItems',
  summary: 'List pages, features, track types, segments or surveys of Pendo',
  description: 'By name, of every app. Pendo is asked each time, and nothing is kept.',
  tags,
  ...needs('read'),
  request: {
    params: z.object({
      tenant: tenantParam,
      kind: z.enum(listedKinds).openapi({ param: { name: 'kind', in: 'path' }, example: 'pages' }),
    }),
    query: z.object({ search: searchQuery, limit: limitQuery, after: afterQuery }),
  },
  responses: {
    200: json(z.object({ items: z.array(itemSchema), ...pageMembers }).openapi('PendoItems'), 'A page.'),
    ...problems,
  },
});

const trackProperties = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/catalogue/pendo/track-types/{id}/properties',
  operationId: 'listTrackProperties',
  summary: 'List properties that a track event had lately',
  description:
    'From its newest rows in the last 30 days, 1,000 at most. Pendo is asked each time, and nothing is kept.',
  tags,
  ...needs('read'),
  request: {
    params: z.object({
      tenant: tenantParam,
      id: z
        .string()
        .min(1)
        .max(200)
        .openapi({ param: { name: 'id', in: 'path' }, description: 'Of the track type.' }),
    }),
  },
  responses: {
    200: json(
      z
        .object({
          rows: z.number().openapi({ description: 'Rows that were looked at.' }),
          properties: z.array(trackPropertySchema),
        })
        .openapi('TrackProperties'),
      'By name. None: it had none lately, or there is no such track type.',
    ),
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
      const { search, limit, after } = c.req.valid('query');
      const query = { search, after, ...(limit === undefined ? {} : { limit }) };
      const { items: fields, ...page } = await listPendoFields(control, c.get('caller'), tenant, object, query);
      return c.json({ fields, ...page }, 200);
    })
    .openapi(items, async (c) => {
      const { tenant, kind } = c.req.valid('param');
      const page = await listPendoItems(control, c.get('caller'), tenant, kind, c.req.valid('query'));
      const shown = page.items.map((item) => ({
        ...item,
        createdAt: toInstant(item.createdAt),
        changedAt: toInstant(item.changedAt),
      }));
      return c.json({ ...page, items: shown }, 200);
    })
    .openapi(trackProperties, async (c) => {
      const { tenant, id } = c.req.valid('param');
      const { rows, properties } = await listTrackProperties(control, c.get('caller'), tenant, id);
      return c.json(
        { rows, properties: properties.map((one) => ({ ...one, lastSeen: toInstant(one.lastSeen) })) },
        200,
      );
    });
}
