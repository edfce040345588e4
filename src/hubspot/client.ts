import { readAccount, readAccountLimits, readTokenInfo } from './account.ts';
import { type BatchRow, writeBatch } from './batch.ts';
import { readById, readByKey } from './batch-read.ts';
import { type CallApi, createCall } from './call.ts';
import { createEvents } from './events.ts';
import { createListing } from './list.ts';
import { createProperties } from './properties.ts';
import { objectsPath } from './record-page.ts';
import { searchPage } from './search.ts';
import type { BatchReply, HubSpotClient, HubSpotOptions, UpsertInput } from './types.ts';

/** A client for one portal, and for one run where it names one. Cheap to make: it opens nothing of its own. */
export function createHubSpot(options: HubSpotOptions): HubSpotClient {
  const call = createCall(options);
  const properties = createProperties(call, options);
  const events = createEvents(call, options);

  return {
    account: () => readAccount(call, options.apiVersion),
    limits: () => readAccountLimits(call, options.apiVersion),
    tokenInfo: () => readTokenInfo(call, options),
    listProperties: properties.list,
    listGroups: properties.listGroups,
    createGroup: properties.createGroup,
    probeDefining: properties.probe,
    createProperties: properties.create,
    updateProperty: properties.update,
    listEvents: events.list,
    createEvent: events.create,
    addEventProperty: events.addProperty,
    sendOccurrences: events.send,
    listOccurrences: events.occurrences,
    listPage: createListing(call, options),
    readRecords: (type, ids, names) => readById(call, options, type, ids, names),
    readByKey: (type, request) => readByKey(call, options, type, request),
    searchPage: (type, request) => searchPage(call, options, type, request),
    countRecords: async (type, filters = []) =>
      (await searchPage(call, options, type, { filters, limit: 1, properties: [] })).total,

    batchUpdate(type, inputs) {
      const rows = inputs.map(({ id, properties }) => ({ input: id, properties, body: { id, properties } }));
      assertBatch(rows);
      return writeBatch(call, {
        path: `${objectsPath(options, type)}/batch/update`,
        rows,
        inputOf: (result) => result.id,
        accept: (result) => ({ id: result.id, properties: result.properties }),
      });
    },

    batchUpsert: (type, request) => batchUpsert(call, objectsPath(options, type), request),
  };
}

function batchUpsert(
  call: CallApi,
  objects: string,
  { idProperty, inputs }: { idProperty: string; inputs: readonly UpsertInput[] },
): Promise<BatchReply> {
  const rows = inputs.map(({ key, properties }) => ({
    input: key,
    properties,
    body: { idProperty, id: key, properties },
  }));
  assertBatch(rows);
  // HubSpot folds the case of e-mail addresses, and only of these.
  const keys = new Map(
    rows.flatMap(
      ({ input }) =>
        [
          [input.toLowerCase(), input],
          [input, input],
        ] as const,
    ),
  );
  return writeBatch(call, {
    path: `${objects}/batch/upsert`,
    rows,
    inputOf: (result) => keys.get(result.properties[idProperty] ?? ''),
    accept: (result, key) => ({
      id: result.id,
      key,
      created: result.new ?? false,
      properties: result.properties,
    }),
  });
}

/** HubSpot refuses the whole batch for either; both are mistakes of the caller. */
function assertBatch(rows: readonly BatchRow[]): void {
  if (rows.length > 100) throw new RangeError('A batch holds at most 100 inputs.');
  if (new Set(rows.map((row) => row.input)).size < rows.length) throw new RangeError('A batch names every input once.');
}
