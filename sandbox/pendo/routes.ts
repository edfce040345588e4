import type { PendoKind } from '../contract.ts';
import { type CallInfo, jsonResponse, type VendorRequest, type VendorResponse } from '../server/vendor.ts';
import { answerAggregation, asFloat, sourceNames } from './aggregation/answer.ts';
import { plainObject } from './aggregation/fields.ts';
import type { Limits } from './aggregation/flow.ts';
import { bulkDelete, type Deletions, shownDeletion } from './bulk-delete.ts';
import { shownDefinitions, shownGuides, shownSegments } from './definition-lists.ts';
import { setFlag } from './metadata/flags.ts';
import { createFields, shownSchema, writableGroup } from './metadata/schema.ts';
import { writeRows } from './metadata/write-rows.ts';
import { writeValues } from './metadata/write-values.ts';
import { recordId, shownRecord, visitorHistory } from './records.ts';
import { BadRequest, NotFound } from './refusals.ts';
import type { Truth } from './truth/truth.ts';

interface RouteContext {
  truth: Truth;
  limits: Limits;
  deletions: Deletions;
  request: VendorRequest;
  /** Decoded parts of the path that the pattern left open. */
  parts: string[];
  call: CallInfo;
  body(): unknown;
  json(value: unknown, status?: number): VendorResponse;
}

interface Route {
  method: string;
  /** `*` stands for one part. */
  pattern: string[];
  operation: string;
  /** Needs a key with write access. */
  writes: boolean;
  handle(context: RouteContext): VendorResponse | Promise<VendorResponse>;
}

function route(line: string, operation: string, handle: Route['handle'], writes = !line.startsWith('GET ')): Route {
  const [method, path] = line.split(' ') as [string, string];
  return { method, pattern: path.split('/'), operation, writes, handle };
}

const kindOf = (part: string | undefined): PendoKind => {
  if (part === 'visitor' || part === 'account') return part;
  throw new NotFound(`unknown kind ${part}`);
};

const routes: Route[] = [
  // Clients look at the status only. Nothing in the body says whose key it is: no source knows of anything.
  route('GET token/verify', 'tokenVerify', ({ json, truth, call }) =>
    truth.switches().pendoVerifyBody === 'json' ? json({ status: 'ok' }) : { status: 200, headers: {}, body: '', call },
  ),

  route(
    'POST aggregation',
    'aggregation',
    async ({ body, truth, limits, call }) => {
      const parsed = body();
      call.operation = `aggregation:${sourceNames((parsed as { request?: { pipeline?: unknown } } | null)?.request?.pipeline).join('+')}`;
      return answerAggregation(parsed, truth, limits);
    },
    false,
  ),

  route('GET metadata/schema/*', 'metadataSchema', ({ parts, truth, json }) =>
    json(shownSchema(truth.subscription.schema[kindOf(parts[0])])),
  ),
  route('POST metadata/schema/*/*', 'metadataSchemaWrite', ({ parts, truth, body, request, json, call }) => {
    const fields = truth.subscription.schema[kindOf(parts[0])];
    const group = writableGroup(parts[1]!);
    fields[group] ??= {};
    const made = createFields(body(), fields[group], truth.switches(), request.noop ?? false);
    call.records = Object.keys(made).length;
    return json(shownSchema({ [group]: made })[group]);
  }),
  route('DELETE metadata/schema/*/*/*', 'metadataSchemaDelete', ({ parts, truth, request, json }) => {
    const field = truth.subscription.schema[kindOf(parts[0])][writableGroup(parts[1]!)]?.[parts[2]!.toLowerCase()];
    if (!field || field.isDeleted) throw new NotFound(`unknown field ${parts[2]}`);
    if (!request.noop) field.isDeleted = true;
    return json({});
  }),

  route('POST metadata/*/*/value', 'metadataWrite', ({ truth, limits, parts, request, call, json, body }) =>
    writeRows({
      truth,
      limits,
      kind: kindOf(parts[0]),
      group: writableGroup(parts[1]!),
      request,
      call,
      json,
      body: body(),
    }),
  ),
  route('GET metadata/*/*/value/*/*', 'metadataValue', ({ truth, parts, json, call }) => {
    const [kind, group, id, field] = parts as [string, string, string, string];
    const record = truth.records[kindOf(kind)].read(id);
    if (!record) throw new NotFound(`unknown ${kind}`);
    call.records = 1;
    return json(record.metadata[group]?.[field.toLowerCase()] ?? null);
  }),
  route('PUT metadata/*/*/value/*/*', 'metadataWrite', ({ truth, parts, request, call, json, body }) => {
    const [kindName, group, id, field] = parts as [string, string, string, string];
    const kind = kindOf(kindName);
    if (!truth.records[kind].exists(id)) throw new NotFound(`unknown ${kind}`);
    call.operation += `:${kind}`;
    call.records = 1;
    if (group === 'pendo') {
      if (!request.noop) setFlag(truth, kind, id, field, body());
      call.writes = [{ id, created: false, accepted: true, fields: { [field]: body() } }];
      return json({});
    }
    const target = { truth, kind, group: writableGroup(group), create: false, noop: request.noop ?? false };
    const { errors, writes } = writeValues([{ id, values: { [field]: body() } }], target);
    call.writes = writes;
    if (errors[0]) throw new BadRequest(errors[0].message);
    return json({});
  }),

  route('GET metadata/dependencies', 'metadataDependencies', ({ json }) => json({})),
  route('GET metadata/dependencies/*/*/*', 'metadataDependencies', ({ json }) => json([])),

  route('GET visitor/*', 'visitor', ({ truth, parts, json, call }) => {
    call.records = 1;
    return json(shownRecord(truth, 'visitor', recordId(truth, 'visitor', parts[0]!)));
  }),
  route('GET account/*', 'account', ({ truth, parts, json, call }) => {
    call.records = 1;
    return json(shownRecord(truth, 'account', recordId(truth, 'account', parts[0]!)));
  }),
  route('GET visitor/*/history', 'visitorHistory', ({ truth, parts, request, json }) =>
    json(visitorHistory(truth, recordId(truth, 'visitor', parts[0]!), request.query.get('starttime'))),
  ),

  route('GET guide', 'guides', ({ truth, request, json, call }) => {
    const shown = shownGuides(truth, request.query);
    call.records = shown.length;
    return json(shown);
  }),

  ...(['page', 'feature', 'tracktype'] as const).map((kind) =>
    route(`GET ${kind}`, `${kind}s`, ({ truth, request, json }) => json(shownDefinitions(truth, kind, request.query))),
  ),
  // This subscription has no saved reports.
  route('GET report', 'reports', ({ json }) => json([])),
  route('GET segment', 'segments', ({ truth, json, call }) => {
    const shown = shownSegments(truth);
    call.records = shown.length;
    return json(shown);
  }),

  route('POST bulkdelete/*', 'bulkDelete', ({ truth, deletions, parts, request, body, json, call }) => {
    const kind = kindOf(parts[0]);
    const { [`${kind}s`]: ids } = plainObject(body(), 'the body');
    call.operation += `:${kind}`;
    const deletion = bulkDelete(truth, deletions, kind, ids, request.noop ?? false);
    call.records = deletion.ids.length;
    return json(shownDeletion(deletion));
  }),
  route('GET bulkdelete', 'bulkDeletions', ({ deletions, json }) => json([...deletions.values()].map(shownDeletion))),
  route('GET bulkdelete/*', 'bulkDeletions', ({ deletions, parts, json }) => {
    const deletion = deletions.get(parts[0]!);
    if (!deletion) throw new NotFound('unknown bulk delete');
    return json(shownDeletion(deletion));
  }),
];

/** The route of a request, with the open parts of its path. Throws NotFound. */
export function findRoute(request: VendorRequest): { route: Route; parts: string[] } {
  const path = request.path
    .replace(/^\/api\/v1\/?/, '')
    .replace(/\/$/, '')
    .split('/');
  for (const each of routes) {
    if (each.method !== request.method || each.pattern.length !== path.length) continue;
    if (!each.pattern.every((part, i) => part === '*' || part === path[i])) continue;
    return { route: each, parts: path.filter((_, i) => each.pattern[i] === '*').map(decodePart) };
  }
  throw new NotFound('404 page not found');
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new BadRequest('bad escape in the path');
  }
}

export function respondJson(value: unknown, status: number, truth: Truth, call: CallInfo): VendorResponse {
  if (truth.switches().pendoNumber === 'asSent') return jsonResponse(status, value, call);
  return { ...jsonResponse(status, null, call), body: JSON.stringify(value, asFloat) };
}
