/** The apps of a subscription: no endpoint lists them, but a source of aggregations does. */
import { z } from 'zod';
import { storableText } from '../sync/text.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { PendoApi } from './call.ts';
import type { PendoApp } from './types.ts';

const id = z
  .union([z.int(), z.string().regex(/^-?\d+$/)])
  .transform(Number)
  .optional()
  .catch(undefined);
const appSchema = z
  .object({ id, appId: id, name: z.string().transform(storableText).catch('') })
  .transform((app) => ({ id: app.appId ?? app.id, name: app.name }));
const appsSchema = z.object({ results: z.array(appSchema).nullish() });

/** Null: Pendo does not take the source. */
export async function readApps(api: PendoApi): Promise<PendoApp[] | null> {
  try {
    const { results } = await api.call(appsSchema, {
      method: 'POST',
      path: '/aggregation',
      body: {
        response: { mimeType: 'application/json' },
        request: { requestId: 'crosswalk', name: 'crosswalk', pipeline: [{ source: { apps: null } }] },
      },
    });
    return (results ?? []).flatMap(({ id, name }) => (id === undefined ? [] : [{ id, name }]));
  } catch (error) {
    if (error instanceof VendorError && error.kind === 'rejected') return null;
    throw error;
  }
}
