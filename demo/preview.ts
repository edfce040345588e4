/** What a preview says, in a few lines. */
import type { RunView } from './runs.ts';

interface Preview {
  match: Record<string, number>;
  examples: { nearMisses: { hubspotKey: string; pendoKey: string }[]; ambiguous: { key: string }[] };
  fields: {
    leg: string;
    field: string;
    changes: number;
    cleared: number;
    zeroed: number;
    samples: { from: unknown; to: unknown }[];
  }[];
  events?: {
    occurrences: number;
    entries: { name: string; occurrences: number; records: number; firstDay: string | null; lastDay: string | null }[];
    month: { month: string; limit: number; used: number };
    waiting: number;
  };
  estimate: { hubspotCalls: number; pendoCalls: number; seconds: number };
}

export function showPreview(run: RunView, say: (line: string) => void): void {
  const preview = run.preview as Preview | null | undefined;
  say(`\nPreview of ${run.object} (${run.state}): nothing is written.`);
  if (!preview) {
    say(`  ${run.reason?.message ?? 'no preview'}`);
    return;
  }
  const { match, examples, fields, estimate } = preview;
  const read = { hubspot: run.counts.read?.hubspot ?? 0, pendo: run.counts.read?.pendo ?? 0 };
  const share = (n: number, of: number): string => (of === 0 ? '0 %' : `${Math.round((100 * n) / of)} %`);
  say(
    `  ${match.matched} matched: ${share(match.matched ?? 0, read.hubspot)} of HubSpot's ${read.hubspot}, ${share(match.matched ?? 0, read.pendo)} of Pendo's ${read.pendo}`,
  );
  say(
    `  HubSpot: ${match.unmatchedHubspot} unmatched, ${match.ambiguousHubspot} ambiguous, ${match.blankHubspot} blank, ${match.invalidHubspot} invalid`,
  );
  say(
    `  Pendo:   ${match.unmatchedPendo} unmatched, ${match.ambiguousPendo} ambiguous, ${match.invalidPendo} invalid, ${match.excludedPendo} excluded`,
  );
  const near = examples.nearMisses[0];
  say(
    `  ${match.nearMisses} near misses${near ? `, e.g. ${JSON.stringify(near.hubspotKey)} and ${JSON.stringify(near.pendoKey)}` : ''}`,
  );
  const twice = examples.ambiguous[0];
  if (twice) say(`  duplicates, e.g. ${JSON.stringify(twice.key)}`);
  for (const { leg, field, changes, cleared, zeroed, samples } of fields) {
    const sample = samples[0];
    const losses = cleared + zeroed > 0 ? `, ${cleared} cleared, ${zeroed} zeroed` : '';
    const example = sample ? `, e.g. ${shorten(sample.from)} -> ${shorten(sample.to)}` : '';
    say(`  ${leg} ${field}: ${changes} changes${losses}${example}`);
  }
  showEvents(preview.events, say);
  say(`  about ${estimate.hubspotCalls} calls to HubSpot and ${estimate.pendoCalls} to Pendo, ${estimate.seconds} s`);
}

function showEvents(events: Preview['events'], say: (line: string) => void): void {
  if (events === undefined) return;
  const { occurrences, entries, month, waiting } = events;
  for (const { name, occurrences: n, records, firstDay, lastDay } of entries) {
    const days = firstDay === null ? '' : `, ${firstDay} to ${lastDay}`;
    say(`  event ${name}: ${n} occurrences of ${records} records${days}`);
  }
  say(
    `  ${occurrences} occurrences to send; HubSpot takes ${month.limit} a month, ${month.used} of them sent in ${month.month}${waiting > 0 ? `; ${waiting} wait for the next month` : ''}`,
  );
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
