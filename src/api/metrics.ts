/** For a monitoring system: Prometheus' text form, behind a key that is bound to no tenant. */
import { createRoute, z } from '@hono/zod-openapi';
import { Registry } from 'prom-client';
import type { Control } from '../control/control.ts';
import { readMetrics } from '../control/maintenance/metrics.ts';
import { createRouter, needs, problems } from './route.ts';

const metrics = createRoute({
  method: 'get',
  path: '/v1/metrics',
  operationId: 'metrics',
  summary: 'Get metrics',
  tags: ['Health'],
  ...needs('read'),
  responses: {
    200: {
      description: 'Metrics in the text format of Prometheus.',
      content: { 'text/plain': { schema: z.string() } },
    },
    ...problems,
  },
});

export function metricsRoutes(control: Control) {
  return createRouter().openapi(metrics, async (c) =>
    c.text(await readMetrics(control, c.get('caller')), 200, {
      'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE,
    }),
  );
}
