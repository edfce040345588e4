/** Metadata groups and fields: what there is, and making more. */
import { z } from 'zod';
import { pause } from '../egress/converse.ts';
import { storableText } from '../sync/text.ts';
import type { PendoSchema } from '../sync/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { PendoApi } from './call.ts';
import type { ListedSchema, NewPendoField, PendoGroup, PendoKind } from './types.ts';

/** `Type` and `DisplayName` are spelt with capitals, `isDeleted` is not. */
const fieldSchema = z.object({
  Type: z.string().catch(''),
  DisplayName: z.string().transform(storableText).catch(''),
  isDeleted: z.boolean().catch(false),
});
/** A malformed definition is a field without a type. */
const untypedField = { Type: '', DisplayName: '', isDeleted: false };
const schemaSchema = z.record(z.string(), z.record(z.string(), fieldSchema.catch(untypedField)).nullable());

export async function readSchema(api: PendoApi, kind: PendoKind): Promise<ListedSchema> {
  const groups = await api.call(schemaSchema, { method: 'GET', path: `/metadata/schema/${kind}` });
  return Object.fromEntries(
    Object.entries(groups).map(([group, fields]) => [
      group,
      Object.entries(fields ?? {}).map(([name, field]) => ({
        name,
        type: field.Type,
        displayName: field.DisplayName,
        isDeleted: field.isDeleted,
      })),
    ]),
  );
}

/** Pendo documents neither the reply nor when a new field can be seen. Waits between looks, in ms. */
const visibleAfter = [0, 500, 1_000, 2_000, 4_000];

/**
 * The same call brings a deleted field back. Its reply says nothing (a proxy's empty 200 looks like Pendo's own), so the
 * schema has the last word: until all fields stand there, they are asked for again, which changes nothing where they do.
 *
 * @throws `VendorError`: kind `transient`, code `FIELD_NOT_VISIBLE`, where a field does not appear.
 */
export async function createFields(
  { api, signal }: { api: PendoApi; signal: AbortSignal | undefined },
  kind: PendoKind,
  group: PendoGroup,
  fields: readonly NewPendoField[],
): Promise<void> {
  let missing = fields;
  for (const wait of visibleAfter) {
    if (missing.length === 0) return;
    await pause('pendo', wait, signal);
    await api.send({
      method: 'POST',
      path: `/metadata/schema/${kind}/${group}`,
      limitClass: 'write',
      body: missing.map(({ name, displayName, type }) => ({ name, displayname: displayName, type })),
    });
    const listed = (await readSchema(api, kind))[group] ?? [];
    const there = new Set(listed.filter((field) => !field.isDeleted).map(({ name }) => name.toLowerCase()));
    missing = missing.filter(({ name }) => !there.has(name.toLowerCase()));
  }
  if (missing.length === 0) return;
  throw new VendorError('A created metadata field does not show up in the schema yet.', {
    vendor: 'pendo',
    kind: 'transient',
    code: 'FIELD_NOT_VISIBLE',
  });
}

/** As the rules look fields up: by group and name. */
export function definitionsOf(listed: ListedSchema): PendoSchema {
  return Object.fromEntries(
    Object.entries(listed).map(([group, fields]) => [
      group,
      Object.fromEntries(fields.map((field) => [field.name, field])),
    ]),
  );
}
