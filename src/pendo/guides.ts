/** Guides and their polls. Single guides have no call of their own (`/guide/{id}` is 404). */
import { z } from 'zod';
import { storableText } from '../sync/text.ts';
import { aggregate } from './aggregation.ts';
import type { PendoApi } from './call.ts';
import { guidesOfApps } from './pipelines.ts';
import type { Guide } from './types.ts';

const typed = z.string().nullish().catch(undefined);

const idSchema = z.union([z.string(), z.int()]).transform(String);

const guideSchema = z.object({
  id: idSchema,
  name: z.string().transform(storableText).catch(''),
  state: z.string().catch(''),
  appId: z.coerce.number().optional().catch(undefined),
  polls: z
    .array(
      z.object({
        id: idSchema,
        // On the poll itself in some rows, under `attributes` in most.
        type: typed,
        attributes: z.object({ type: typed }).nullish().catch(undefined),
      }),
    )
    .nullish(),
});
const guidesSchema = z.array(guideSchema).nullable();

export async function readGuides(api: PendoApi): Promise<Guide[]> {
  return shaped((await api.call(guidesSchema, { method: 'GET', path: '/guide?expand=*' })) ?? []);
}

/** The same by the aggregation, which is asked for every app. */
export async function readGuidesOfApps(api: PendoApi): Promise<Guide[]> {
  const guides: z.infer<typeof guideSchema>[] = [];
  await aggregate(api, guidesOfApps(), (row) => {
    const guide = guideSchema.safeParse(row).data;
    if (guide !== undefined) guides.push(guide);
  });
  return shaped(guides);
}

function shaped(guides: readonly z.infer<typeof guideSchema>[]): Guide[] {
  return guides.map(({ id, name, state, appId, polls }) => ({
    id,
    name,
    state,
    ...(appId === undefined ? {} : { appId }),
    polls: (polls ?? []).map((poll) => ({ id: poll.id, type: poll.attributes?.type ?? poll.type ?? '' })),
  }));
}
