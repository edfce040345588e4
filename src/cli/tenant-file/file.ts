/** A tenant as a file: everything that the API can set. Credentials are named, not written (variables.ts). */
import { type Document, parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { alertKinds } from '../../control/alerts/address.ts';
import { inputProblems } from '../../control/input-problems.ts';
import { pendoSettingsSchema, syncConfigSchema } from '../../sync/config.ts';
import { type FieldProblem, Problem } from '../problem.ts';
import { resolveCredential, type Variables } from './variables.ts';

const syncSchema = z.strictObject({
  state: z.enum(['draft', 'enabled', 'paused', 'disabled']).default('draft'),
  config: syncConfigSchema,
});

const fileSchema = z.strictObject({
  /** Version of this form. */
  crosswalk: z.literal(1),
  tenant: z
    .strictObject({
      /** The caller's own id for the tenant, by which it is found, or made where there is none. */
      externalId: z.string().min(1).optional(),
      /** Crosswalk's id, for a tenant that has no external id: it is found by it, and never made. */
      id: z.string().min(1).max(64).optional(),
      name: z.string().min(1),
      state: z.enum(['active', 'paused', 'disabled']).default('active'),
      settings: z.record(z.string(), z.unknown()).default({}),
    })
    .refine(
      ({ externalId, id }) => externalId !== undefined || id !== undefined,
      'needs an externalId, or the id of a tenant that exists',
    ),
  connections: z
    .strictObject({
      /** Left out, or without a token: connected by login, which a file cannot do. */
      hubspot: z.strictObject({ token: z.string().optional() }).optional(),
      pendo: pendoSettingsSchema.extend({ key: z.string().optional(), region: z.string().default('us') }).optional(),
    })
    .prefault({}),
  syncs: z.strictObject({ visitor: syncSchema.optional(), account: syncSchema.optional() }).prefault({}),
  alerts: z
    .strictObject({
      url: z.string(),
      enabled: z.boolean().default(true),
      quietHours: z.number().int().default(36),
      /** Left out: known from the address. */
      kind: z.enum(alertKinds).optional(),
    })
    .optional(),
});

export type TenantFile = z.infer<typeof fileSchema>;

/** Nothing is done where a file is not usable. Each problem names a place and what is wrong there. */
function unusable(problems: FieldProblem[]): Problem {
  return new Problem({
    code: 'FILE_INVALID',
    message: 'The file cannot be used:',
    fix: 'Correct the file. Nothing was changed.',
    fields: problems,
  });
}

/** One tenant per YAML document. @throws Problem */
export function readTenantFile(text: string, variables: Variables): TenantFile[] {
  return parseAllDocuments(text).map((document, at) => {
    if (document.errors.length > 0)
      throw unusable(document.errors.map(({ message }) => ({ path: `document ${at + 1}`, message })));
    const where = at === 0 ? '' : `document ${at + 1}: `;
    const value = contentOf(document, where);
    const parsed = fileSchema.safeParse(value);
    if (!parsed.success) {
      throw unusable(
        inputProblems(parsed.error.issues, value).map(({ path, message }) => ({
          path: `${where}${path || 'file'}`,
          message,
        })),
      );
    }
    return withCredentials(parsed.data, variables, where);
  });
}

/** A tenant may have written the file: aliases that stand for gigabytes, or for themselves, are a mistake in it like any other. */
function contentOf(document: Document.Parsed, where: string): unknown {
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value);
    return value;
  } catch (error) {
    const message = `cannot be read: ${error instanceof ReferenceError ? error.message : 'an alias (*) stands inside its own anchor (&)'}`;
    throw unusable([{ path: `${where}file`, message }]);
  }
}

/** The three places that hold a credential: an alert address is one where its receiver knows us by it. */
function withCredentials(file: TenantFile, variables: Variables, where: string): TenantFile {
  const problems: FieldProblem[] = [];
  const resolve = (place: string, text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    const resolved = resolveCredential(text, variables);
    if ('value' in resolved) return resolved.value;
    problems.push({ path: `${where}${place}`, message: resolved.problem });
    return undefined;
  };
  const { hubspot, pendo } = file.connections;
  const token = resolve('connections.hubspot.token', hubspot?.token);
  const key = resolve('connections.pendo.key', pendo?.key);
  const url = file.alerts && isReference(file.alerts.url) ? resolve('alerts.url', file.alerts.url) : file.alerts?.url;
  if (problems.length > 0) throw unusable(problems);
  return {
    ...file,
    connections: {
      ...(hubspot && { hubspot: token === undefined ? {} : { token } }),
      ...(pendo && { pendo: { ...pendo, ...(key !== undefined && { key }) } }),
    },
    ...(file.alerts && url !== undefined && { alerts: { ...file.alerts, url } }),
  };
}

/** An https address never is one, so whatever a tenant has as its address stays text. */
function isReference(url: string): boolean {
  return url.startsWith('${') && url.endsWith('}');
}

/** Reading it gives back every text, byte for byte. */
export function writeTenantFile(file: unknown): string {
  return stringify(file, { lineWidth: 0, flowCollectionPadding: true, collectionStyle: 'any' });
}
