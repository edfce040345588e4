/**
 * The arrows of the house: what each area may import. `values` may be imported in any way, `types` with
 * `import type` only. An entry is an area or one file; `packages` limits what comes from outside the project.
 */
export interface Rule {
  values: readonly string[];
  types?: readonly string[];
  packages?: { only: readonly string[] } | { not: readonly string[] };
}

const stores = ['kysely', 'pg'];
const temporal = ['@temporalio/client', '@temporalio/worker', '@temporalio/activity', '@temporalio/workflow'];

/** Areas by path. A file belongs to the longest prefix that fits. */
export const rules: Readonly<Record<string, Rule>> = {
  'src/sync': { values: [], packages: { only: ['zod', 'temporal-polyfill', 'node:crypto'] } },
  'src/telemetry': { values: [] },
  'src/egress': {
    values: ['src/sync', 'src/telemetry', 'src/version.ts'],
    packages: { not: [...stores, ...temporal] },
  },
  'src/hubspot': { values: ['src/sync', 'src/egress', 'src/telemetry'], packages: { not: [...stores, ...temporal] } },
  'src/pendo': { values: ['src/sync', 'src/egress', 'src/telemetry'], packages: { not: [...stores, ...temporal] } },
  'src/assumptions': { values: ['src/sync', 'src/hubspot', 'src/pendo'], packages: { not: [...stores, ...temporal] } },
  'src/db': { values: ['src/sync', 'src/telemetry'], packages: { not: temporal } },
  'src/vault': { values: ['src/db', 'src/telemetry'], packages: { not: temporal } },
  'src/workflows': {
    values: ['src/sync'],
    types: ['src/activities', 'src/hubspot', 'src/pendo', 'src/db'],
    packages: { only: ['@temporalio/workflow', '@temporalio/common'] },
  },
  'src/activities': {
    values: [
      'src/sync',
      'src/assumptions',
      'src/hubspot',
      'src/pendo',
      'src/db',
      'src/vault',
      'src/egress',
      'src/telemetry',
    ],
    types: ['src/workflows'],
    packages: { not: ['@temporalio/workflow'] },
  },
  'src/control': {
    values: [
      'src/db',
      'src/vault',
      'src/assumptions',
      'src/hubspot',
      'src/pendo',
      'src/sync',
      'src/egress',
      'src/telemetry',
      'src/version.ts',
    ],
    types: ['src/workflows', 'src/activities'],
    packages: { not: ['hono', '@hono/zod-openapi', '@temporalio/worker', '@temporalio/workflow'] },
  },
  'src/orchestration': {
    values: ['src/activities', 'src/control', 'src/workflows', 'src/db', 'src/sync', 'src/vault', 'src/telemetry'],
    packages: { not: ['@temporalio/workflow', 'hono', 'pg'] },
  },
  'src/api': { values: ['src/control', 'src/sync', 'src/telemetry'], packages: { not: [...stores, ...temporal] } },
  // How values of the environment are read is one rule with how the API reads the same.
  'src/config': {
    values: ['src/sync', 'src/telemetry', 'src/vault/key-strength.ts', 'src/control/keys/networks.ts'],
  },
  'src/cli': { values: ['src'] },
  // The entry: it alone starts embedded servers.
  'src/main.ts': { values: ['src', 'infra'] },
  // Files directly in src put a process together, and so may know everything in it.
  src: { values: ['src'] },
  sandbox: { values: [] },
  oracle: { values: [], types: ['src/sync/config.ts', 'src/sync/push-mapping.ts', 'sandbox/contract.ts'] },
  infra: { values: [] },
  tools: { values: [] },
  'tools/temporal': { values: ['infra'] },
  'tools/release': { values: ['infra', 'tools/sbom'] },
  'tools/telemetry-pictures': {
    values: ['demo', 'infra', 'src/telemetry/tracing.ts', 'test/setup', 'test/e2e/worker-process.ts'],
  },
  'tools/vendors': { values: ['src/assumptions'] },
  deploy: { values: ['src/orchestration/names.ts', 'src/config/temporal-access.ts'] },
  // The form of ids in addresses is one rule, on both ends.
  console: { values: ['src/sync/typed-id.ts'], types: ['src/api', 'src/sync'] },
  demo: { values: ['src', 'sandbox', 'oracle', 'infra'] },
  bench: { values: ['src', 'sandbox', 'oracle', 'infra', 'demo'] },
  chaos: { values: ['src', 'sandbox', 'oracle', 'infra', 'demo', 'test/setup'] },
  test: { values: ['src', 'sandbox', 'oracle', 'infra', 'demo', 'bench', 'chaos', 'tools', 'console'] },
};

/** Of these areas only the entries read the environment; everything else is handed what it needs. */
export const handedSettings = ['src', 'infra'];
export const environmentReaders = ['src/main.ts', 'src/config/config.ts', 'src/cli'];

/** A file in src beyond this has more than one idea. */
export const mostLines = 400;
