/** Reading records by search: what it finds lags behind what was written. */
import { z } from 'zod';
import type { CallApi } from './call.ts';
import { asPage, objectsPath, pageSchema } from './record-page.ts';
import type { CrmType, HubSpotOptions, SearchPage, SearchRequest } from './types.ts';

const searchSchema = pageSchema.extend({ total: z.coerce.number() });

export async function searchPage(
  call: CallApi,
  options: HubSpotOptions,
  type: CrmType,
  request: SearchRequest,
): Promise<SearchPage> {
  const { sort } = request;
  const { body } = await call(searchSchema, {
    method: 'POST',
    path: `${objectsPath(options, type)}/search`,
    limitClass: 'search',
    body: {
      ...(request.filters.length === 0 ? {} : { filterGroups: [{ filters: request.filters }] }),
      ...(sort ? { sorts: [{ propertyName: sort.property, direction: sort.direction }] } : {}),
      ...(request.query === undefined ? {} : { query: request.query }),
      properties: request.properties,
      limit: request.limit ?? 200,
      ...(request.after === undefined ? {} : { after: request.after }),
    },
  });
  return { ...asPage(body, request.after), total: body.total };
}
