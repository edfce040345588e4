/**
 * Other parts of HubSpot's API, by the start of their paths, with the scope that each wants. None of them is here, and no
 * token of the sandbox has these scopes: so the answer is 403 `MISSING_SCOPES`, as it would be, and not 404.
 */
const areas: [RegExp, string][] = [
  [/^\/crm\/v3\/owners\b|^\/owners\//, 'crm.objects.owners.read'],
  [/^\/crm\/v3\/pipelines\b|^\/crm-pipelines\/|^\/deals\//, 'crm.objects.deals.read'],
  [/^\/crm\/v3\/lists\b|^\/lists\//, 'crm.lists.read'],
  [/^\/crm\/v3\/exports\b/, 'crm.export'],
  [/^\/crm\/v3\/imports\b/, 'crm.import'],
  [/^\/automation\//, 'automation'],
  [/^\/marketing\/v3\/forms\b|^\/forms\/|^\/form-integrations\//, 'forms'],
  [/^\/marketing\//, 'content'],
  [/^\/email\/|^\/marketing-emails\//, 'content'],
  [/^\/cms\/|^\/content\/|^\/blogs\//, 'content'],
  [/^\/engagements\//, 'sales-email-read'],
  [/^\/communication-preferences\//, 'communication_preferences.read'],
  [/^\/conversations\//, 'conversations.read'],
  [/^\/files\/|^\/filemanager\//, 'files'],
  [/^\/settings\//, 'settings.users.read'],
  [/^\/webhooks/, 'developer.webhooks_journal.read'],
];

/** The scope that a path elsewhere wants; null: there is no such place. `path` without the version of dated paths. */
export function scopeElsewhere(path: string): string | null {
  return areas.find(([start]) => start.test(path))?.[1] ?? null;
}
