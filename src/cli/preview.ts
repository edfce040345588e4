/** What a dry run found, in lines: who matches and who does not, what would change, and what it would cost. */

// biome-ignore lint/suspicious/noExplicitAny: described by the API document
type Answer = any;

/** Of each kind of examples. */
const shown = 5;

export function* describePreview({ preview, counts }: Answer): Generator<string> {
  const { match = {}, examples = {}, fields = [], creations = {}, clears = {}, estimate } = preview;
  const read = counts?.read ?? {};
  for (const [side, name] of [
    ['hubspot', 'HubSpot'],
    ['pendo', 'Pendo'],
  ] as const) {
    const n = (state: string): number => match[`${state}${side === 'hubspot' ? 'Hubspot' : 'Pendo'}`] ?? 0;
    const of = read[side] ?? 0;
    yield `  ${name}: ${of} read; matched ${share(match.matched ?? 0, of)}, unmatched ${share(n('unmatched'), of)}, blank ${n('blank')}, ambiguous ${n('ambiguous')}, invalid ${n('invalid')}, excluded ${n('excluded')}`;
  }
  for (const { key, hubspotIds, pendoIds } of (examples.ambiguous ?? []).slice(0, shown))
    yield `  ambiguous: ${JSON.stringify(key)} is shared by HubSpot ${hubspotIds.join(', ') || 'none'}; Pendo ${pendoIds.join(', ') || 'none'}`;
  if (match.nearMisses > 0) yield `  near misses: ${match.nearMisses} (keys that look the same and differ)`;
  for (const { hubspotId, hubspotKey, pendoKey } of (examples.nearMisses ?? []).slice(0, shown))
    yield `    HubSpot ${hubspotId} ${JSON.stringify(hubspotKey)}, Pendo ${JSON.stringify(pendoKey)}`;
  for (const field of fields) {
    yield `  ${field.leg} ${field.field}: ${field.changes} would change, ${field.cleared} cleared, ${field.zeroed} zeroed`;
    for (const { hubspotId, pendoId, from, to } of field.samples ?? [])
      yield `    ${hubspotId ?? pendoId}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`;
  }
  for (const leg of ['pull', 'push']) {
    if (creations[leg] > 0) yield `  ${leg}: ${creations[leg]} would be created`;
    if (clears[leg] > 0) yield `  ${leg}: ${clears[leg]} that lost their match would be cleared`;
  }
  if (estimate)
    yield `  a run would take about ${estimate.hubspotCalls} calls to HubSpot and ${estimate.pendoCalls} to Pendo, and ${estimate.seconds} s`;
}

function share(n: number, of: number): string {
  return of === 0 ? String(n) : `${n} (${Math.round((100 * n) / of)} %)`;
}
