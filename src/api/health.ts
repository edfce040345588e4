/** For whatever keeps the process alive. Without a key, and without a word about what is inside. */
import { createRoute, z } from '@hono/zod-openapi';
import { type Control, databaseAnswers } from '../control/control.ts';
import { createRouter, json } from './route.ts';

const tags = ['Health'];
const state = z.object({ status: z.enum(['ok', 'unavailable']) }).openapi('Health');

const live = createRoute({
  method: 'get',
  path: '/health/live',
  operationId: 'live',
  summary: 'Check that the process is alive',
  tags,
  security: [],
  responses: { 200: json(state, 'Alive.') },
});

const ready = createRoute({
  method: 'get',
  path: '/health/ready',
  operationId: 'ready',
  summary: 'Check that requests can be served',
  tags,
  security: [],
  responses: { 200: json(state, 'Ready.'), 503: json(state, 'The database does not answer.') },
});

export function healthRoutes(control: Pick<Control, 'db'>) {
  let asking: Promise<boolean> | undefined;
  /** One question at a time, whoever waits for its answer: nobody needs a key to ask. */
  const answers = (): Promise<boolean> => {
    asking ??= databaseAnswers(control).finally(() => {
      asking = undefined;
    });
    return asking;
  };
  return createRouter()
    .openapi(live, (c) => c.json({ status: 'ok' as const }, 200))
    .openapi(ready, async (c) => {
      if (await answers()) return c.json({ status: 'ok' as const }, 200);
      return c.json({ status: 'unavailable' as const }, 503);
    });
}
