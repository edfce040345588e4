/** API keys. A key is in the answer that made it, and nowhere else. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { type ApiKey, createApiKey, listApiKeys, revokeApiKey } from '../control/keys/api-keys.ts';
import { isNetwork } from '../control/keys/networks.ts';
import { body, createRouter, instant, json, longLimitQuery, needs, problems, tenantParam, toInstant } from './route.ts';

const tags = ['Keys'];
const scope = z.enum(['read', 'operate', 'admin']);
const keyId = z.string().regex(/^[a-z0-9_]{1,64}$/);

const networkSchema = z
  .string()
  .max(50)
  .refine(isNetwork, 'an address or a CIDR block, like 203.0.113.0/24 or 2001:db8::/32');

const keySchema = z
  .object({
    id: z.string().openapi({ example: 'k_9f2c4e6a8b0d1f3a5c' }),
    name: z.string().openapi({ example: 'nightly export' }),
    prefix: z.string().openapi({ description: 'The first characters, to distinguish keys.', example: 'cwk_x7Qa' }),
    scopes: z.array(scope),
    tenantId: z.string().nullable(),
    createdBy: z.string(),
    createdAt: instant,
    expiresAt: instant.nullable(),
    lastUsedAt: instant.nullable(),
    revokedAt: instant.nullable(),
    networks: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'Networks that it may be used from. Null: anywhere.', example: ['203.0.113.0/24'] }),
  })
  .openapi('ApiKey');

function toKey(row: ApiKey): z.infer<typeof keySchema> {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    tenantId: row.tenant_id,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: toInstant(row.expires_at),
    lastUsedAt: toInstant(row.last_used_at),
    revokedAt: toInstant(row.revoked_at),
    networks: row.networks,
  };
}

const create = createRoute({
  method: 'post',
  path: '/v1/keys',
  operationId: 'createKey',
  summary: 'Create an API key',
  description:
    'A scope includes the ones before it: read, operate, admin. A key makes keys that may do no more than itself: bound to a tenant, for that tenant only; none that ends later, or that may be used from elsewhere. What is left out is as the maker has it. Counts as ten requests.',
  tags,
  ...needs('admin'),
  request: {
    body: body(
      z.strictObject({
        name: z.string().trim().min(1).max(200),
        scopes: z.array(scope).min(1).max(3),
        tenantId: tenantParam.optional().openapi({ description: 'Default: every tenant.' }),
        expiresAt: instant.optional().openapi({ description: 'Default: as the key that makes it, or never.' }),
        networks: z
          .array(networkSchema)
          .min(1)
          .max(100)
          .optional()
          .openapi({
            description:
              'Addresses and CIDR blocks, IPv4 and IPv6, that it may be used from. Default: as the key that makes it, or anywhere. Behind a proxy, CROSSWALK_TRUSTED_PROXIES has to name it.',
            example: ['203.0.113.0/24', '2001:db8::/32'],
          }),
      }),
      { name: 'nightly export', scopes: ['read'], tenantId: 't_k3v9q2m8x7c4b6n5' },
    ),
  },
  responses: {
    201: json(
      z.object({ key: keySchema, secret: z.string().openapi({ format: 'password' }) }).openapi('MadeKey'),
      'The only time that the key is shown.',
    ),
    ...problems,
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/keys',
  operationId: 'listKeys',
  summary: 'List API keys',
  tags,
  ...needs('admin'),
  request: {
    query: z.strictObject({
      tenantId: tenantParam.optional().openapi({ param: { name: 'tenantId', in: 'query' } }),
      limit: longLimitQuery,
      before: keyId
        .optional()
        .openapi({ param: { name: 'before', in: 'query' }, description: '`next` of the previous page.' }),
    }),
  },
  responses: {
    200: json(z.object({ keys: z.array(keySchema), next: z.string().nullable() }).openapi('KeyList'), 'Newest first.'),
    ...problems,
  },
});

const revoke = createRoute({
  method: 'delete',
  path: '/v1/keys/{key}',
  operationId: 'revokeKey',
  summary: 'Revoke an API key',
  tags,
  ...needs('admin'),
  request: {
    params: z.object({
      key: keyId.openapi({ param: { name: 'key', in: 'path' }, example: 'k_9f2c4e6a8b0d1f3a5c' }),
    }),
    query: z.strictObject({
      withMade: z
        .enum(['true', 'false'])
        .default('false')
        .openapi({
          param: { name: 'withMade', in: 'query' },
          description: 'Also the keys that it made, and those that these made: for a key that was in wrong hands.',
        }),
    }),
  },
  responses: { 204: { description: 'Revoked.' }, ...problems },
});

export function keyRoutes(control: Control) {
  return createRouter()
    .openapi(create, async (c) => {
      const { expiresAt, ...input } = c.req.valid('json');
      const made = await createApiKey(control, c.get('caller'), {
        ...input,
        expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
      });
      return c.json({ key: toKey(made.key), secret: made.secret.reveal() }, 201);
    })
    .openapi(list, async (c) => {
      const { tenantId, ...page } = c.req.valid('query');
      const { rows, next } = await listApiKeys(control, c.get('caller'), tenantId, page);
      return c.json({ keys: rows.map(toKey), next }, 200);
    })
    .openapi(revoke, async (c) => {
      const withMade = c.req.valid('query').withMade === 'true';
      await revokeApiKey(control, c.get('caller'), c.req.valid('param').key, { withMade });
      return c.body(null, 204);
    });
}
