/** API keys. A key is in the answer that made it, and nowhere else. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { type ApiKey, createApiKey, listApiKeys, revokeApiKey } from '../control/keys/api-keys.ts';
import { body, createRouter, instant, json, needs, problems, tenantParam, toInstant } from './route.ts';

const tags = ['Keys'];
const scope = z.enum(['read', 'operate', 'admin']);

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
  };
}

const create = createRoute({
  method: 'post',
  path: '/v1/keys',
  operationId: 'createKey',
  summary: 'Create an API key',
  description:
    'A scope includes the ones before it: read, operate, admin. A key bound to a tenant can create keys for that tenant only.',
  tags,
  ...needs('admin'),
  request: {
    body: body(
      z.strictObject({
        name: z.string().trim().min(1).max(200),
        scopes: z.array(scope).min(1).max(3),
        tenantId: tenantParam.optional().openapi({ description: 'Default: every tenant.' }),
        expiresAt: instant.optional(),
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
    query: z.strictObject({ tenantId: tenantParam.optional().openapi({ param: { name: 'tenantId', in: 'query' } }) }),
  },
  responses: { 200: json(z.object({ keys: z.array(keySchema) }).openapi('KeyList'), 'Newest first.'), ...problems },
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
      key: z
        .string()
        .regex(/^[a-z0-9_]{1,64}$/)
        .openapi({ param: { name: 'key', in: 'path' }, example: 'k_9f2c4e6a8b0d1f3a5c' }),
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
      const keys = await listApiKeys(control, c.get('caller'), c.req.valid('query').tenantId);
      return c.json({ keys: keys.map(toKey) }, 200);
    })
    .openapi(revoke, async (c) => {
      await revokeApiKey(control, c.get('caller'), c.req.valid('param').key);
      return c.body(null, 204);
    });
}
