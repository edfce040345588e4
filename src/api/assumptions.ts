/** What is taken for granted of the vendors, and whether a tenant's accounts bear it out. */
import { createRoute, z } from '@hono/zod-openapi';
import { type AssumptionView, listAssumptions, verifyAssumptions } from '../control/connections/verify.ts';
import type { Control } from '../control/control.ts';
import { createRouter, instant, json, needs, problems, tenantParam } from './route.ts';

const tags = ['Connections'];
const params = z.object({ tenant: tenantParam });

const listSchema = z
  .object({
    assumptions: z.array(
      z.object({
        id: z.string().openapi({ example: 'pendo.distinctDays' }),
        vendor: z.enum(['hubspot', 'pendo']),
        assumed: z.string(),
        matters: z.string().openapi({ description: 'What goes wrong where it is not so.' }),
        source: z.string().openapi({ description: 'Where it is known from.' }),
        check: z.string().openapi({
          description: 'How the account is asked; what only writing shows, by the first records that a sync writes.',
        }),
        otherwise: z.enum(['stop', 'otherWay']).openapi({
          description:
            'Where it is not so: `stop` pauses the syncs that rest on it before they write more; `otherWay` lets them go on without it.',
        }),
        fix: z.string(),
        needed: z.boolean().openapi({
          description: 'A configured sync of this tenant rests on it; before there is one, a sync could.',
        }),
        state: z.enum(['proved', 'disproved', 'unknown', 'notAsked']),
        evidence: z.string().nullable().openapi({ description: 'What the account answered, in numbers.' }),
        askedAt: instant.nullable(),
      }),
    ),
  })
  .openapi('Assumptions');

const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}/assumptions',
  operationId: 'listAssumptions',
  summary: 'List what was found out about the accounts',
  description: 'What Crosswalk takes for granted of the vendors, and what the accounts of this tenant answered.',
  tags,
  ...needs('read'),
  request: { params },
  responses: { 200: json(listSchema, 'Every assumption.'), ...problems },
});

const recordingSchema = z
  .object({
    format: z.literal(1),
    version: z.string().openapi({ description: 'Of Crosswalk.' }),
    now: z.number().openapi({ description: 'When it was asked, epoch ms.' }),
    zone: z.string(),
    needs: z.array(z.record(z.string(), z.unknown())),
    exchanges: z.array(z.record(z.string(), z.unknown())).openapi({ description: 'Requests and answers, in order.' }),
    verdicts: z.record(z.string(), z.string()),
  })
  .openapi('Recording');

const verify = createRoute({
  method: 'post',
  path: '/v1/tenants/{tenant}/assumptions/verify',
  operationId: 'verifyAssumptions',
  summary: 'Ask the accounts now',
  description:
    'Checks everything that the configured syncs rest on, or could rest on before there is one. It only reads, and takes at most forty calls and a minute for each account. Answers are kept as they come: `listAssumptions` shows how far it is. A sync asks by itself before its first write; later runs ask again, a few questions each.',
  tags,
  ...needs('operate'),
  request: {
    params,
    query: z.object({
      vendor: z.enum(['hubspot', 'pendo']).optional(),
      record: z.enum(['true', 'false']).optional().openapi({
        description:
          'With `true`, the answer has what was asked and answered as well. Names, ids and values in it are invented ones of the same shape, and there is no credential.',
      }),
    }),
  },
  responses: {
    200: json(
      listSchema.extend({ recording: recordingSchema.optional() }).openapi('VerifiedAssumptions'),
      'Every assumption, with the new answers.',
    ),
    ...problems,
  },
});

export function assumptionRoutes(control: Control) {
  return createRouter()
    .openapi(list, async (c) =>
      c.json(toList(await listAssumptions(control, c.get('caller'), c.req.valid('param').tenant)), 200),
    )
    .openapi(verify, async (c) => {
      const { vendor, record } = c.req.valid('query');
      const { tenant } = c.req.valid('param');
      const asked = { vendor, record: record === 'true' };
      const { views, recording } = await verifyAssumptions(control, c.get('caller'), tenant, asked);
      return c.json({ ...toList(views), ...(recording && { recording: { ...recording } as never }) }, 200);
    });
}

function toList(views: readonly AssumptionView[]): z.infer<typeof listSchema> {
  return {
    assumptions: views.map(({ assumption, needed, answer }) => {
      const { id, vendor, assumed, matters, source, check, otherwise, fix } = assumption;
      const known = { state: answer?.state ?? ('notAsked' as const), evidence: answer?.evidence ?? null };
      return {
        id,
        vendor,
        assumed,
        matters,
        source,
        check,
        otherwise,
        fix,
        needed,
        ...known,
        askedAt: answer?.at ?? null,
      };
    }),
  };
}
