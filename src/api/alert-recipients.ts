/** People who get alerts by e-mail. */
import { createRoute, z } from '@hono/zod-openapi';
import { addRecipient, listRecipients, type Recipient, removeRecipient } from '../control/alerts/recipients.ts';
import type { Control } from '../control/control.ts';
import { deliverySchema } from './alerts.ts';
import { body, createRouter, instant, json, needs, problems, tenantParam, toInstant } from './route.ts';

const tags = ['Alerts'];
const path = '/v1/tenants/{tenant}/alerts/recipients';
const params = z.object({ tenant: tenantParam });

const recipientSchema = z
  .object({
    id: z.string().openapi({ example: 'rc_9f2c4e6a8b0d1f3a5c' }),
    email: z.string().openapi({ example: 'ops@example.com' }),
    state: z
      .enum(['asked', 'confirmed'])
      .openapi({ description: '`asked`: gets nothing before the link in the mail was opened and confirmed.' }),
    addedAt: instant,
    confirmedAt: instant.nullable(),
    lastDelivery: deliverySchema
      .nullable()
      .openapi({ description: 'Of the last mail: was it taken by the mail server?' }),
  })
  .openapi('AlertRecipient');

const list = createRoute({
  method: 'get',
  path,
  operationId: 'listAlertRecipients',
  summary: 'List who gets alerts by e-mail',
  tags,
  ...needs('read'),
  request: { params },
  responses: {
    200: json(
      z
        .object({
          recipients: z.array(recipientSchema),
          available: z.boolean().openapi({ description: 'False: this installation has no mail server.' }),
        })
        .openapi('AlertRecipientList'),
      'All of them.',
    ),
    ...problems,
  },
});

const add = createRoute({
  method: 'post',
  path,
  operationId: 'addAlertRecipient',
  summary: 'Send alerts to an e-mail address',
  description:
    'Sends a mail with a link. Alerts go there once whoever reads it has confirmed. Adding an address again that has not confirmed sends the link again.',
  tags,
  ...needs('admin'),
  request: {
    params,
    body: body(
      z.strictObject({
        // One plain address, without a name, a comment, or a second line.
        email: z
          .email('an e-mail address, like ops@example.com')
          .max(254)
          .transform((text) => text.toLowerCase()),
      }),
      { email: 'ops@example.com' },
    ),
  },
  responses: { 201: json(recipientSchema, 'Asked; see `lastDelivery`.'), ...problems },
});

const remove = createRoute({
  method: 'delete',
  path: `${path}/{recipient}`,
  operationId: 'removeAlertRecipient',
  summary: 'Send no more alerts to an e-mail address',
  tags,
  ...needs('admin'),
  request: {
    params: z.object({
      tenant: tenantParam,
      recipient: z
        .string()
        .regex(/^rc_[a-z0-9]{1,40}$/)
        .openapi({ param: { name: 'recipient', in: 'path' }, example: 'rc_9f2c4e6a8b0d1f3a5c' }),
    }),
  },
  responses: { 204: { description: 'Removed.' }, ...problems },
});

export function alertRecipientRoutes(control: Control) {
  return createRouter()
    .openapi(list, async (c) => {
      const recipients = await listRecipients(control, c.get('caller'), c.req.valid('param').tenant);
      return c.json({ recipients: recipients.map(toRecipient), available: control.mail !== undefined }, 200);
    })
    .openapi(add, async (c) => {
      const { email } = c.req.valid('json');
      return c.json(toRecipient(await addRecipient(control, c.get('caller'), c.req.valid('param').tenant, email)), 201);
    })
    .openapi(remove, async (c) => {
      const { tenant, recipient } = c.req.valid('param');
      await removeRecipient(control, c.get('caller'), tenant, recipient);
      return c.body(null, 204);
    });
}

function toRecipient(row: Recipient): z.infer<typeof recipientSchema> {
  return {
    id: row.id,
    email: row.email,
    state: row.confirmed_at === null ? 'asked' : 'confirmed',
    addedAt: row.added_at.toISOString(),
    confirmedAt: toInstant(row.confirmed_at),
    lastDelivery: row.last_delivery,
  };
}
