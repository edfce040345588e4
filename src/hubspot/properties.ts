/** Property definitions and groups. */
import { z } from 'zod';
import { pause } from '../egress/converse.ts';
import { storableText } from '../sync/text.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { CallApi } from './call.ts';
import { readErrorBody, readRefusals } from './errors.ts';
import type {
  CreatedProperties,
  CrmType,
  HubSpotOptions,
  NewProperty,
  PropertyDefinition,
  PropertyGroup,
} from './types.ts';

// What a definition is called and of what type it is must be known. Any other malformed member costs only itself.
const flag = z
  .unknown()
  .optional()
  .transform((value) => value === true || value === 'true');
const text = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' ? storableText(value) : ''));
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const option = z.object({
  label: scalar,
  value: scalar,
  displayOrder: z.number().optional().catch(undefined),
  hidden: z.boolean().optional().catch(undefined),
});

const propertySchema = z
  .object({
    name: z.string(),
    label: text,
    description: text,
    type: z.string(),
    fieldType: text,
    groupName: text,
    options: z
      .array(option.nullable().catch(null))
      .nullish()
      .catch(null)
      .transform((options) => (options ?? []).filter((one) => one !== null)),
    hasUniqueValue: flag,
    calculated: flag,
    hidden: flag,
    hubspotDefined: flag,
    archived: flag,
    createdAt: text,
    modificationMetadata: z.object({ readOnlyValue: flag }).nullish().catch(null),
  })
  .transform(({ modificationMetadata, ...property }) => ({
    ...property,
    readOnlyValue: modificationMetadata?.readOnlyValue ?? false,
  }));

const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ results: z.array(item).nullish() }).transform((reply) => reply.results ?? []);

const propertyListSchema = listOf(propertySchema);
const groupListSchema = listOf(z.object({ name: z.string(), label: text, archived: flag }));
const createdSchema = z.object({ results: z.array(z.unknown()).nullish(), errors: z.array(z.unknown()).nullish() });

/** A created property can be listed after a quarter to three quarters of a second, and is not to be written before. In ms. */
const visibleAfter = [300, 500, 1_000, 2_000, 4_000, 8_000];

/** Inputs of a batch, as everywhere in HubSpot's API. */
const mostAtOnce = 100;

export function createProperties(call: CallApi, options: HubSpotOptions) {
  const listGroups = async (type: CrmType): Promise<PropertyGroup[]> => {
    const { body } = await call(groupListSchema, { method: 'GET', path: `${propertiesPath(options, type)}/groups` });
    return body.filter((group) => !group.archived);
  };
  return {
    list: (type: CrmType) => listAll(call, options, type),
    listGroups,
    create: (type: CrmType, definitions: readonly NewProperty[]) => create(call, options, type, definitions),
    async probe(type: CrmType): Promise<void> {
      const path = `${propertiesPath(options, type)}/crosswalk_probe_of_nothing`;
      try {
        await call(z.unknown(), { method: 'PATCH', path, body: { label: 'Crosswalk' } });
      } catch (error) {
        // Refused for what was asked and not for who asked: the permission is there.
        if (!(error instanceof VendorError) || error.kind !== 'rejected') throw error;
      }
    },

    async update(type: CrmType, name: string, change: { label: string }): Promise<void> {
      await call(z.unknown(), { method: 'PATCH', path: `${propertiesPath(options, type)}/${name}`, body: change });
    },

    async createGroup(type: CrmType, group: { name: string; label: string }): Promise<void> {
      try {
        await call(z.unknown(), { method: 'POST', path: `${propertiesPath(options, type)}/groups`, body: group });
      } catch (error) {
        if (!(error instanceof VendorError) || error.kind !== 'rejected') throw error;
        // Two syncs may have looked at the same time. Whatever HubSpot calls it: what counts is that the group is there.
        if (!isConflict(error) && !(await listGroups(type)).some(({ name }) => name === group.name)) throw error;
      }
    },
  };
}

function propertiesPath({ apiVersion }: HubSpotOptions, type: CrmType): string {
  return `/crm/properties/${apiVersion}/${type}`;
}

async function list(
  call: CallApi,
  options: HubSpotOptions,
  type: CrmType,
  dataSensitivity?: 'sensitive',
): Promise<PropertyDefinition[]> {
  const { body } = await call(propertyListSchema, {
    method: 'GET',
    path: propertiesPath(options, type),
    query: { archived: 'false', ...(dataSensitivity === undefined ? {} : { dataSensitivity }) },
    // Some credentials are always refused the sensitive ones: once a run is enough.
    ...(dataSensitivity === undefined ? {} : { twice: 'token' }),
  });
  return (body as PropertyDefinition[]).filter((property) => !property.archived);
}

/** Sensitive properties are a list of their own: empty or refused where the credential lacks their scope. */
async function listAll(call: CallApi, options: HubSpotOptions, type: CrmType): Promise<PropertyDefinition[]> {
  const [plain, sensitive] = await Promise.all([
    list(call, options, type),
    list(call, options, type, 'sensitive').catch((error: unknown) => {
      if (error instanceof VendorError && (error.kind === 'forbidden' || error.kind === 'rejected')) return [];
      throw error;
    }),
  ]);
  const names = new Set(plain.map(({ name }) => name));
  return [...plain, ...sensitive.filter(({ name }) => !names.has(name))];
}

async function create(
  call: CallApi,
  options: HubSpotOptions,
  type: CrmType,
  definitions: readonly NewProperty[],
): Promise<CreatedProperties> {
  let known = await list(call, options, type);
  const missing = definitions.filter(({ name }) => !known.some((property) => property.name === name));
  const refused: CreatedProperties['refused'] = [];
  for (let at = 0; at < missing.length; at += mostAtOnce) {
    const some = missing.slice(at, at + mostAtOnce);
    refused.push(...(await createMissing(call, propertiesPath(options, type), some)));
  }
  const wanted = definitions.map(({ name }) => name).filter((name) => !refused.some((one) => one.name === name));
  const present = () => known.filter(({ name }) => wanted.includes(name));
  for (const wait of missing.length === 0 ? [] : visibleAfter) {
    known = await list(call, options, type);
    if (present().length === wanted.length) break;
    await pause('hubspot', wait, options.signal);
  }
  if (present().length < wanted.length) {
    throw new VendorError('A created property does not show up in the list yet.', {
      vendor: 'hubspot',
      kind: 'transient',
      code: 'PROPERTY_NOT_VISIBLE',
    });
  }
  return { present: present(), refused };
}

/** In one request; where that is refused as a whole, one by one. Existing is success. */
async function createMissing(
  call: CallApi,
  properties: string,
  definitions: readonly NewProperty[],
): Promise<CreatedProperties['refused']> {
  try {
    const { body } = await call(createdSchema, {
      method: 'POST',
      path: `${properties}/batch/create`,
      body: { inputs: definitions },
      rowErrors: true,
    });
    return (body.errors ?? []).flatMap((raw) => {
      const error = readErrorBody(raw);
      if (alreadyExists(error.category, error.subCategory)) return [];
      return readRefusals(error).map(({ code, property, message }) => ({ name: property ?? '', code, message }));
    });
  } catch (error) {
    if (!(error instanceof VendorError) || error.kind !== 'rejected') throw error;
    if (definitions.length > 1) {
      const singles: CreatedProperties['refused'] = [];
      for (const definition of definitions) singles.push(...(await createMissing(call, properties, [definition])));
      return singles;
    }
    if (isConflict(error)) return [];
    const [{ code, message }] = readRefusals(readErrorBody(error.body));
    return [{ name: definitions[0]!.name, code, message }];
  }
}

function isConflict(error: unknown): boolean {
  if (!(error instanceof VendorError) || error.kind !== 'rejected') return false;
  const { category, subCategory } = readErrorBody(error.body);
  return error.status === 409 || alreadyExists(category, subCategory);
}

function alreadyExists(category: string | undefined, subCategory: string | undefined): boolean {
  return category === 'OBJECT_ALREADY_EXISTS' || /_EXISTS$/.test(subCategory ?? '');
}
