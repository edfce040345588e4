/** Reading records by id, or by another property that identifies them, up to a hundred in a call. */
import { z } from 'zod';
import { refuseCarriedError } from '../egress/converse.ts';
import type { CallApi } from './call.ts';
import { readErrorBody } from './errors.ts';
import { batchSize, objectsPath, pageSchema } from './record-page.ts';
import type { CrmRecord, CrmType, HubSpotOptions, KeyReply, KeyRequest } from './types.ts';

const batchSchema = pageSchema.extend({ errors: z.array(z.unknown()).nullish() });

/** In the order of the ids; a record that is gone is left out. */
export async function readById(
  call: CallApi,
  options: HubSpotOptions,
  type: CrmType,
  ids: readonly string[],
  properties: readonly string[],
): Promise<CrmRecord[]> {
  const found = new Map<string, CrmRecord>();
  for (let at = 0; at < ids.length; at += batchSize) {
    const { body } = await call(batchSchema, {
      method: 'POST',
      path: `${objectsPath(options, type)}/batch/read`,
      body: { inputs: ids.slice(at, at + batchSize).map((id) => ({ id })), properties, propertiesWithHistory: [] },
      rowErrors: true,
    });
    const errors = (body.errors ?? []).filter((raw) => !isNotFound(raw));
    refuseCarriedError('hubspot', { errors });
    for (const record of body.results ?? []) found.set(record.id, record);
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

export async function readByKey(
  call: CallApi,
  options: HubSpotOptions,
  type: CrmType,
  { idProperty, keys, properties }: KeyRequest,
): Promise<KeyReply> {
  if (keys.length > batchSize) throw new RangeError('A batch holds at most 100 inputs.');
  const { body } = await call(batchSchema, {
    method: 'POST',
    path: `${objectsPath(options, type)}/batch/read`,
    body: { idProperty, inputs: keys.map((id) => ({ id })), properties, propertiesWithHistory: [] },
    // A key that cannot be asked for is refused at once: it is asked for again among fewer.
    twice: 'credential',
    rowErrors: true,
  });
  const errors = body.errors ?? [];
  // A key that cannot be one of this property finds nothing either.
  const aboutKeys = errors.filter((raw) => isNotFound(raw) || readErrorBody(raw).category === 'VALIDATION_ERROR');
  refuseCarriedError('hubspot', { errors: errors.filter((raw) => !aboutKeys.includes(raw)) });
  const missing = aboutKeys.flatMap((raw) => readErrorBody(raw).context?.ids ?? []);
  return { records: body.results ?? [], missing };
}

/** A record that was deleted since its id was read. */
function isNotFound(raw: unknown): boolean {
  return /NOT_FOUND$/.test(readErrorBody(raw).category ?? '');
}
