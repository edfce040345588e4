/** Reading records by list, page by page. */
import { VendorError } from '../sync/vendor-error.ts';
import { readById } from './batch-read.ts';
import type { CallApi } from './call.ts';
import { asPage, batchSize, objectsPath, pageSchema } from './record-page.ts';
import type { CrmType, HubSpotOptions, ListRequest, RecordPage } from './types.ts';

/** Airbyte saw 414 from 15,000 characters of names on; common proxies stop at 8,192 for the whole line. */
const longestNames = 6_000;

/** More names of properties than an address holds are asked for by id, once the page's ids are known. */
export function createListing(call: CallApi, options: HubSpotOptions) {
  // Learnt from a 414, for as long as this client lives.
  let tooLong = longestNames;

  return async function listPage(type: CrmType, request: ListRequest): Promise<RecordPage> {
    const names = request.properties.join(',');
    if (encodeURIComponent(names).length <= tooLong) {
      try {
        return await list(call, options, type, request, names);
      } catch (error) {
        if (!(error instanceof VendorError) || error.code !== 'URL_TOO_LONG') throw error;
        tooLong = encodeURIComponent(names).length - 1;
      }
    }
    const page = await list(call, options, type, request, 'hs_object_id');
    const ids = page.records.map((record) => record.id);
    return { ...page, records: await readById(call, options, type, ids, request.properties) };
  };
}

async function list(
  call: CallApi,
  options: HubSpotOptions,
  type: CrmType,
  request: ListRequest,
  names: string,
): Promise<RecordPage> {
  const { body } = await call(pageSchema, {
    method: 'GET',
    path: objectsPath(options, type),
    query: {
      limit: String(request.limit ?? batchSize),
      ...(request.after === undefined ? {} : { after: request.after }),
      ...(names === '' ? {} : { properties: names }),
      archived: 'false',
    },
  });
  return asPage(body, request.after);
}
