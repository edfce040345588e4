/** A tenant as a file: everything that the API can set. Credentials are named, not written: `${NAME}` is taken from the environment. */
import { parseAllDocuments, stringify, visit } from 'yaml';
import { z } from 'zod';
import { alertKinds } from '../control/alert-address.ts';
import { inputProblems } from '../control/input-problems.ts';
import { pendoSettingsSchema, syncConfigSchema } from '../sync/config.ts';

const syncSchema = z.strictObject({
  state: z.enum(['draft', 'enabled', 'paused', 'disabled']).default('draft'),
  config: syncConfigSchema,
});

const fileSchema = z.strictObject({
  /** Version of this form. */
  crosswalk: z.literal(1),
  tenant: z.strictObject({
    externalId: z.string().min(1),
    name: z.string().min(1),
    state: z.enum(['active', 'paused', 'disabled']).default('active'),
    settings: z.record(z.string(), z.unknown()).default({}),
  }),
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

/** The file is not usable; each line names a place and what is wrong there. */
export class FileInvalid extends Error {
  override name = 'FileInvalid';
}

/** One tenant per YAML document. @throws FileInvalid */
export function readTenantFile(text: string, env: Record<string, string | undefined>): TenantFile[] {
  const missing = new Set<string>();
  const files = parseAllDocuments(text).map((document, at) => {
    if (document.errors.length > 0) throw new FileInvalid(document.errors.map(({ message }) => message).join('\n'));
    visit(document, {
      Scalar(_key, node) {
        if (typeof node.value !== 'string') return;
        node.value = node.value.replace(/\$\{([A-Z][A-Z0-9_]*)\}/g, (whole, name: string) => {
          const value = env[name];
          if (value === undefined) missing.add(name);
          return value ?? whole;
        });
      },
    });
    const parsed = fileSchema.safeParse(document.toJS());
    if (parsed.success) return parsed.data;
    const where = at === 0 ? '' : `document ${at + 1}: `;
    throw new FileInvalid(
      inputProblems(parsed.error.issues, document.toJS())
        .map(({ path, message }) => `${where}${path || 'file'}: ${message}`)
        .join('\n'),
    );
  });
  if (missing.size > 0) {
    throw new FileInvalid(
      `Not in the environment: ${[...missing].join(', ')}. Set them, or take them out of the file.`,
    );
  }
  return files;
}

export function writeTenantFile(file: unknown): string {
  return stringify(file, { lineWidth: 120, flowCollectionPadding: true, collectionStyle: 'any' });
}
