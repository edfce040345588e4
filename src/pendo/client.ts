import { aggregate } from './aggregation.ts';
import { readApps } from './apps.ts';
import { createApi, verifyPath } from './call.ts';
import { readGuides, readGuidesOfApps } from './guides.ts';
import { readItems } from './items.ts';
import { createFields, readSchema } from './schema.ts';
import type { PendoClient, PendoOptions } from './types.ts';
import { writeValues } from './values.ts';

/** A client for one subscription, and for one run where it names one. Cheap to make: it opens nothing of its own. */
export function createPendo(options: PendoOptions): PendoClient {
  const api = createApi(options);
  return {
    verify: () => api.send({ method: 'GET', path: verifyPath }),
    schema: (kind) => readSchema(api, kind),
    createFields: (kind, group, fields) => createFields({ api, signal: options.signal }, kind, group, fields),
    writeValues: (kind, group, rows, { create = false } = {}) => writeValues(api, { kind, group, create }, rows),
    apps: () => readApps(api),
    items: (kind) => readItems(api, kind),
    guides: () => readGuides(api),
    guidesOfApps: () => readGuidesOfApps(api),
    aggregate: (pipeline, onRow, aggregateOptions) => aggregate(api, pipeline, onRow, aggregateOptions),
  };
}
