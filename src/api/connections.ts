/** A tenant's connections to HubSpot and Pendo. Credentials go in and never come out. */
import { createRoute, z } from '@hono/zod-openapi';
import {
  listConnections,
  pendoRegions,
  putHubSpotToken,
  putPendo,
  testConnection,
} from '../control/connections/connections.ts';
import type { Connection } from '../control/connections/credentials.ts';
import { disconnect } from '../control/connections/disconnect.ts';
import { type ConnectionTest, testSteps } from '../control/connections/tests.ts';
import type { Control } from '../control/control.ts';
import { pendoSettingsSchema, syncObjects } from '../sync/config.ts';
import { body, createRouter, instant, json, needs, problems, reasonSchema, tenantParam, toInstant } from './route.ts';

const tags = ['Connections'];
const vendor = z.enum(['hubspot', 'pendo']);
const vendorParam = vendor.openapi({ param: { name: 'vendor', in: 'path' }, example: 'pendo' });
/** A header's value, so nothing that could end the header. */
const credential = (example: string) =>
  z
    .string()
    .min(8)
    .max(4096)
    .regex(/^[\x21-\x7e]+$/, 'printable characters without spaces')
    .openapi({ format: 'password', example });

const connectionSchema = z
  .object({
    vendor,
    kind: z.enum(['oauth', 'token', 'key']),
    state: z.enum(['unchecked', 'ok', 'reconnect', 'disconnected']),
    settings: z.record(z.string(), z.unknown()),
    identity: z.record(z.string(), z.unknown()).openapi({
      description: 'The account, as the vendor names it.',
      example: { portalId: '123456', portalName: 'Acme Inc.' },
    }),
    reason: reasonSchema.nullable(),
    checkedAt: instant.nullable(),
  })
  .openapi('Connection');

const testSchema = z
  .object({
    ok: z.boolean(),
    temporary: z.boolean().openapi({ description: 'The vendor could not be reached. Try again later.' }),
    steps: z.array(
      z.object({
        step: z.enum(testSteps),
        object: z.enum(syncObjects).optional(),
        state: z.enum(['passed', 'failed', 'skipped']),
        code: z.string().optional(),
        message: z.string(),
        fix: z.string().optional(),
      }),
    ),
  })
  .openapi('ConnectionTest');

const madeSchema = z.object({ connection: connectionSchema, test: testSchema }).openapi('ConnectionMade');

export function toConnection(row: Connection): z.infer<typeof connectionSchema> {
  const { vendor, kind, state, settings, identity, reason } = row;
  return { vendor, kind, state, settings, identity, reason, checkedAt: toInstant(row.checked_at) };
}
const toTest = ({ ok, temporary, steps }: ConnectionTest): z.infer<typeof testSchema> => ({ ok, temporary, steps });

const params = z.object({ tenant: tenantParam });

const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/connections',
  operationId: 'listConnections',
  summary: 'List both connections',
  tags,
  ...needs('read'),
  request: { params },
  responses: {
    200: json(z.object({ connections: z.array(connectionSchema) }).openapi('ConnectionList'), 'Without credentials.'),
    ...problems,
  },
});

const putPendoRoute = createRoute({
  method: 'put',
  path: '/v1/tenants/{tenant}/connections/pendo',
  operationId: 'connectPendo',
  summary: 'Connect Pendo by integration key',
  description:
    'The key is tested before it is stored, step by step; `verifyAssumptions` then asks the account whether it works as assumed. Leave `key` out to change settings only. A key of another subscription is refused with 409 `SUBSCRIPTION_SWAP` unless `allowSubscriptionSwap` confirms it.',
  tags,
  ...needs('admin'),
  request: {
    params,
    body: body(
      pendoSettingsSchema.extend({
        key: credential('a1b2c3d4-e5f6-7890-abcd-ef1234567890').optional(),
        region: z.enum(pendoRegions).default('us'),
        activity: pendoSettingsSchema.shape.activity
          .unwrap()
          .optional()
          .openapi({ description: 'What counts as activity. Left out: as before; `checked` for a new connection.' }),
        allowSubscriptionSwap: z
          .boolean()
          .optional()
          .openapi({ description: 'Allow this tenant to move to another Pendo subscription.' }),
      }),
      { key: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890', region: 'us', zone: 'America/New_York' },
    ),
  },
  responses: { 200: json(madeSchema, 'Connected.'), ...problems },
});

const putHubSpotRoute = createRoute({
  method: 'put',
  path: '/v1/tenants/{tenant}/connections/hubspot',
  operationId: 'connectHubSpot',
  summary: 'Connect HubSpot by service key or private-app token',
  description:
    'The token is tested before it is stored, step by step; `verifyAssumptions` then asks the account whether it works as assumed. To log in by OAuth instead, start a login.',
  tags,
  ...needs('admin'),
  request: {
    params,
    body: body(
      z.strictObject({
        token: credential('pat-na1-00000000-0000-0000-0000-000000000000'),
        allowPortalSwap: z
          .boolean()
          .optional()
          .openapi({ description: 'Allow this tenant to move to another HubSpot account.' }),
      }),
      { token: 'pat-na1-00000000-0000-0000-0000-000000000000' },
    ),
  },
  responses: { 200: json(madeSchema, 'Connected.'), ...problems },
});

const test = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/connections/{vendor}/test',
  operationId: 'testConnection',
  summary: 'Test a connection step by step',
  tags,
  ...needs('operate'),
  request: { params: params.extend({ vendor: vendorParam }) },
  responses: { 200: json(testSchema, 'The result of each step.'), ...problems },
});

const remove = createRoute({
  method: 'delete',
  path: '/v1/tenants/{tenant}/connections/{vendor}',
  operationId: 'disconnect',
  summary: 'Disconnect',
  description: 'Erases and revokes the credential, stops deliveries at once, and pauses the syncs.',
  tags,
  ...needs('admin'),
  request: { params: params.extend({ vendor: vendorParam }) },
  responses: { 204: { description: 'Disconnected.' }, ...problems },
});

export function connectionRoutes(control: Control) {
  return createRouter()
    .openapi(list, async (c) => {
      const rows = await listConnections(control, c.get('caller'), c.req.valid('param').tenant);
      return c.json({ connections: rows.map(toConnection) }, 200);
    })
    .openapi(putPendoRoute, async (c) => {
      const made = await putPendo(control, c.get('caller'), c.req.valid('param').tenant, c.req.valid('json'));
      return c.json({ connection: toConnection(made.connection), test: toTest(made.test) }, 200);
    })
    .openapi(putHubSpotRoute, async (c) => {
      const made = await putHubSpotToken(control, c.get('caller'), c.req.valid('param').tenant, c.req.valid('json'));
      return c.json({ connection: toConnection(made.connection), test: toTest(made.test) }, 200);
    })
    .openapi(test, async (c) => {
      const { tenant, vendor } = c.req.valid('param');
      return c.json(toTest(await testConnection(control, c.get('caller'), tenant, vendor)), 200);
    })
    .openapi(remove, async (c) => {
      const { tenant, vendor } = c.req.valid('param');
      await disconnect(control, c.get('caller'), tenant, vendor);
      return c.body(null, 204);
    });
}
