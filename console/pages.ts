/** The pages, each a file of scripts of its own: whoever opens one does not wait for the others. */
import { lazyRouteComponent } from '@tanstack/react-router';

const loads: (() => Promise<unknown>)[] = [];

function page<T extends Record<K, () => React.ReactNode>, K extends keyof T & string>(load: () => Promise<T>, name: K) {
  loads.push(load);
  return lazyRouteComponent(load, name);
}

export const pages = {
  alerts: page(() => import('./pages/alerts/page.tsx'), 'AlertsPage'),
  allRuns: page(() => import('./pages/all-runs/page.tsx'), 'AllRunsPage'),
  attention: page(() => import('./pages/attention/page.tsx'), 'AttentionPage'),
  audit: page(() => import('./pages/audit/page.tsx'), 'AuditPage'),
  connections: page(() => import('./pages/connections/page.tsx'), 'ConnectionsPage'),
  fleet: page(() => import('./pages/fleet/page.tsx'), 'FleetPage'),
  keys: page(() => import('./pages/keys/page.tsx'), 'KeysPage'),
  signedIn: page(() => import('./pages/login/signed-in.tsx'), 'SignedInPage'),
  record: page(() => import('./pages/record/page.tsx'), 'RecordPage'),
  records: page(() => import('./pages/records/page.tsx'), 'RecordsPage'),
  run: page(() => import('./pages/run/page.tsx'), 'RunPage'),
  runs: page(() => import('./pages/runs/page.tsx'), 'RunsPage'),
  settings: page(() => import('./pages/settings/page.tsx'), 'SettingsPage'),
  setup: page(() => import('./pages/setup/page.tsx'), 'SetupPage'),
  sync: page(() => import('./pages/sync/page.tsx'), 'SyncPage'),
  tenant: page(() => import('./pages/tenant/page.tsx'), 'TenantPage'),
  allUsage: page(() => import('./pages/usage/all.tsx'), 'AllUsagePage'),
  usage: page(() => import('./pages/usage/page.tsx'), 'UsagePage'),
  versions: page(() => import('./pages/versions/page.tsx'), 'VersionsPage'),
};

/** Once there is nothing else to do, so that going to another page does not wait. One that does not load is tried again then. */
export function loadOtherPages(): void {
  for (const load of loads) load().catch(() => undefined);
}
