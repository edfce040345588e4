/** Alerts: where they are sent, and what was sent. */
import { createRoute, z } from '@hono/zod-openapi';
import { alertKinds } from '../control/alerts/address.ts';
import {
  type AlertTarget,
  deleteAlertTarget,
  getAlertTarget,
  listAlerts,
  putAlertTarget,
  shownAddress,
} from '../control/alerts/alerts.ts';
import { auditKind } from '../control/alerts/audit-feed.ts';
import { sendTestAlert } from '../control/alerts/delivery.ts';
import type { Control } from '../control/control.ts';
import { body, createRouter, instant, json, limitQuery, needs, problems, tenantParam, toInstant } from './route.ts';

const tags = ['Alerts'];
const params = z.object({ tenant: tenantParam });

const kind = z.enum(alertKinds);

export const deliverySchema = z
  .object({
    at: instant,
    delivered: z.boolean(),
    status: z.number().nullable().openapi({ description: 'HTTP status. Null: no answer.', example: 404 }),
    answer: z
      .string()
      .nullable()
      .openapi({ description: 'The first 200 characters of the answer.', example: 'no_service' }),
    error: z.string().nullable().openapi({ description: 'Null if it was delivered.', example: 'answered 404' }),
  })
  .openapi('AlertDelivery');

const targetSchema = z
  .object({
    url: z.string().nullable().openapi({
      description: 'Path and query are hidden: they are secrets of the receiver.',
      example: 'https://hooks.slack.com/…',
    }),
    fingerprint: z.string().nullable().openapi({
      description: 'Hash of the whole address: another fingerprint means another address.',
      example: '5c2d7f0e9a41',
    }),
    kind: kind.nullable().openapi({ description: 'Format that the receiver expects.' }),
    enabled: z.boolean(),
    quietHours: z.number(),
    auditEntries: z.boolean().openapi({ description: "Whether the tenant's audit entries are sent as well." }),
    lastDelivery: deliverySchema.nullable().openapi({ description: 'Result of the last attempt, tests included.' }),
    secret: z.string().optional().openapi({
      format: 'password',
      description: 'For verifying signatures. Shown only when created or rotated.',
    }),
  })
  .openapi('AlertTarget');

const alertSchema = z
  .object({
    id: z.string(),
    object: z.string(),
    type: z.string().openapi({ example: 'failed' }),
    body: z.record(z.string(), z.unknown()),
    at: instant,
    attempts: z.number(),
    nextAttemptAt: instant.nullable(),
    deliveredAt: instant.nullable(),
    lastError: z.string().nullable(),
    lastDelivery: deliverySchema.nullable(),
    mails: z
      .object({ total: z.number(), sent: z.number() })
      .openapi({ description: 'E-mails that this alert is sent in, and how many were taken by the mail server.' }),
  })
  .openapi('Alert');

function toTarget(row: AlertTarget): z.infer<typeof targetSchema> {
  const { enabled, quiet_hours: quietHours, last_delivery: lastDelivery } = row;
  return { ...shownAddress(row), enabled, quietHours, auditEntries: row.audit_from !== null, lastDelivery };
}

const path = '/v1/tenants/{tenant}/alerts/target';

const put = createRoute({
  method: 'put',
  path,
  operationId: 'setAlertTarget',
  summary: 'Set the alert target',
  description:
    'Slack, Teams and Discord get a message in their own form; any other webhook gets the alert as JSON, signed: HMAC-SHA256 over `id.timestamp.body` in `webhook-signature`, with `webhook-id` and `webhook-timestamp`. Alerts report changes (held, degraded, failed, quiet, reconnect, stopped, unscheduled, recovered), not runs.',
  tags,
  ...needs('admin'),
  request: {
    params,
    body: body(
      z.strictObject({
        url: z.string().min(8).max(2000),
        enabled: z.boolean().default(true),
        quietHours: z.number().int().min(1).max(8760).default(36).openapi({
          description:
            'Alert when no run has succeeded for so many hours. For a schedule with longer gaps (weekly, weekdays), its longest gap and half a day count instead.',
        }),
        auditEntries: z.boolean().optional().openapi({
          description:
            "Send the tenant's audit entries as well, to a webhook: `type` is `audit`, `entries` are lines as `exportAuditLines` has them, with `entry` as text. Default: as it is.",
        }),
        kind: kind.optional().openapi({
          description: 'Format that the receiver expects. Default: recognised by the host, otherwise `webhook`.',
        }),
        rotateSecret: z
          .boolean()
          .default(false)
          .openapi({ description: 'Sign with a new secret. The previous one also signs for a while.' }),
      }),
      { url: 'https://example.com/hooks/crosswalk' },
    ),
  },
  responses: { 200: json(targetSchema, 'Set.'), ...problems },
});
const get = createRoute({
  method: 'get',
  path,
  operationId: 'getAlertTarget',
  summary: 'Get the alert target',
  tags,
  ...needs('read'),
  request: { params },
  responses: { 200: json(targetSchema, 'Without the secret.'), ...problems },
});
const remove = createRoute({
  method: 'delete',
  path,
  operationId: 'removeAlertTarget',
  summary: 'Remove the alert target',
  tags,
  ...needs('admin'),
  request: { params },
  responses: { 204: { description: 'Removed.' }, ...problems },
});
const test = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/alerts/target/test',
  operationId: 'testAlertTarget',
  summary: 'Send a test alert',
  tags,
  ...needs('operate'),
  request: { params },
  responses: {
    200: json(deliverySchema, 'Whether it was delivered.'),
    ...problems,
  },
});
const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/alerts',
  operationId: 'listAlerts',
  summary: 'List alerts, newest first',
  tags,
  ...needs('read'),
  request: {
    params,
    query: z.strictObject({
      limit: limitQuery,
      before: z
        .string()
        .regex(/^msg_[a-z0-9-]{1,60}$/, '`next` of the previous page')
        .optional()
        .openapi({ param: { name: 'before', in: 'query' }, description: '`next` of the previous page.' }),
    }),
  },
  responses: {
    200: json(z.object({ alerts: z.array(alertSchema), next: z.string().nullable() }).openapi('AlertList'), 'A page.'),
    ...problems,
  },
});

export function alertRoutes(control: Control) {
  return createRouter()
    .openapi(put, async (c) => {
      const { target, secret } = await putAlertTarget(
        control,
        c.get('caller'),
        c.req.valid('param').tenant,
        c.req.valid('json'),
      );
      return c.json({ ...toTarget(target), ...(secret && { secret: secret.reveal() }) }, 200);
    })
    .openapi(get, async (c) =>
      c.json(toTarget(await getAlertTarget(control, c.get('caller'), c.req.valid('param').tenant)), 200),
    )
    .openapi(remove, async (c) => {
      await deleteAlertTarget(control, c.get('caller'), c.req.valid('param').tenant);
      return c.body(null, 204);
    })
    .openapi(test, async (c) => {
      return c.json(await sendTestAlert(control, c.get('caller'), c.req.valid('param').tenant), 200);
    })
    .openapi(list, async (c) => {
      const { tenant } = c.req.valid('param');
      const { rows, next } = await listAlerts(control, c.get('caller'), tenant, c.req.valid('query'));
      const alerts = rows.map((row) => ({
        id: row.id,
        object: row.object,
        type: row.kind,
        // Whoever may list alerts may not therefore read the audit trail.
        body: row.kind === auditKind ? { ...row.body, entries: [] } : row.body,
        at: row.created_at.toISOString(),
        attempts: row.attempts,
        nextAttemptAt: toInstant(row.next_attempt_at),
        deliveredAt: toInstant(row.delivered_at),
        lastError: row.last_error,
        lastDelivery: row.last_delivery,
        mails: row.mails,
      }));
      return c.json({ alerts, next }, 200);
    });
}
