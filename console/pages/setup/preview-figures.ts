/** The result of a preview as the API gives it, and the figures that a person wants of it. */
import type { Leg } from '../../words/things.ts';

export interface Preview {
  match: Record<string, number> & { matched: number; nearMisses: number };
  examples: {
    nearMisses: { hubspotId: string; hubspotKey: string; pendoId: string; pendoKey: string }[];
    ambiguous: { key: string; hubspotIds: string[]; pendoIds: string[] }[];
  };
  fields: {
    leg: Leg;
    field: string;
    changes: number;
    cleared: number;
    zeroed: number;
    samples: { from: unknown; to: unknown }[];
  }[];
  creations: Record<Leg, number>;
  clears: Record<Leg, number>;
  events?: {
    occurrences: number;
    entries: {
      source: string;
      id: string;
      name: string;
      occurrences: number;
      records: number;
      firstDay: string | null;
      lastDay: string | null;
    }[];
    month: { limit: number; used: number };
    waiting: number;
  };
  estimate?: { hubspotCalls: number; pendoCalls: number; seconds: number; rows?: Record<Leg, number> };
}

export function previewFigures({ fields, creations, clears, estimate }: Preview) {
  const sum = (one: Record<Leg, number>): number => one.pull + one.push;
  // A record that owes several fields is one row: the largest field is the least number of rows that a leg writes.
  const rows = (leg: Leg): number =>
    Math.max(0, ...fields.filter((field) => field.leg === leg).map((field) => field.changes));
  return {
    changed: { pull: rows('pull'), push: rows('push') },
    lost: fields.reduce((total, field) => total + field.cleared, 0) + sum(clears),
    created: sum(creations),
    calls: (estimate?.hubspotCalls ?? 0) + (estimate?.pendoCalls ?? 0),
    seconds: estimate?.seconds ?? 0,
  };
}
