/** Metadata groups and fields: what there is, and making more. */
import { z } from 'zod';
import type { PendoApi } from './call.ts';
import type { NewPendoField, PendoGroup, PendoKind, PendoSchema } from './types.ts';

/** `Type` and `DisplayName` are spelt with capitals, `isDeleted` is not. */
const fieldSchema = z.object({
  Type: z.string().catch(''),
  DisplayName: z.string().catch(''),
  isDeleted: z.boolean().catch(false),
});
const schemaSchema = z.record(z.string(), z.record(z.string(), fieldSchema).nullable());

export async function readSchema(api: PendoApi, kind: PendoKind): Promise<PendoSchema> {
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

/** The same call brings a deleted field back. */
export async function createFields(
  api: PendoApi,
  kind: PendoKind,
  group: PendoGroup,
  fields: readonly NewPendoField[],
): Promise<void> {
  if (fields.length === 0) return;
  await api.send({
    method: 'POST',
    path: `/metadata/schema/${kind}/${group}`,
    lane: 'write',
    body: fields.map(({ name, displayName, type }) => ({ name, displayname: displayName, type })),
  });
}
