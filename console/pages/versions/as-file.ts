/** A sync's configuration in the forms that others than a person at the screen use. */
import type { Sync, Tenant } from '../../queries.ts';

export type FileKind = 'yaml' | 'curl' | 'cli';

export async function asFile(kind: FileKind, tenant: Tenant, { object, state, config }: Sync): Promise<string> {
  if (kind === 'cli') {
    return [
      `crosswalk export ${tenant.id} -o tenant.yaml`,
      'crosswalk diff -f tenant.yaml',
      'crosswalk apply -f tenant.yaml',
    ].join('\n');
  }
  if (kind === 'curl') {
    const address = `${window.location.origin}/v1/tenants/${tenant.id}/syncs/${object}`;
    return [
      `curl -X PUT '${address}' \\`,
      `  -H "Authorization: Bearer $CROSSWALK_KEY" -H 'Content-Type: application/json' \\`,
      `  -d ${quoted(JSON.stringify(config))}`,
    ].join('\n');
  }
  const { stringify } = await import('yaml');
  const named = tenant.externalId === null ? { id: tenant.id } : { externalId: tenant.externalId };
  return stringify({
    crosswalk: 1,
    tenant: { ...named, name: tenant.name },
    syncs: { [object]: { state, config } },
  });
}

/** As one word for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
