/** What a row of Pendo's says: which paths are asked for, and what they hold and give. */
import type { RowRules } from './mirror-row.ts';
import { numberCanon } from './numbers.ts';
import { timeOnApp, usageTrending, visitCanon, visits } from './push-fields.ts';
import type { CanonDoc } from './types.ts';

export interface Usage {
  days: number;
  minutes: number;
  earlierMinutes: number;
}

/** What is counted beside the row itself. Left out: there was none. */
export interface Figures {
  usage?: Usage | undefined;
  score?: number | undefined;
  visitors?: number | undefined;
}

type Row = Record<string, unknown>;

/** What to select: name in the row -> path. */
export function pendoSelection({ plan, config }: Pick<RowRules, 'plan' | 'config'>): Record<string, string> {
  const select: Record<string, string> = { dnp: 'metadata.pendo.donotprocess' };
  plan.pull.forEach((field, n) => {
    if (field.stopped === undefined) select[`h${n}`] = `metadata.${config.pendoGroup}.${field.field}`;
  });
  if (plan.push.some((field) => field.metric === 'firstVisit' || field.metric === 'lastVisit')) {
    for (const group of visitGroups(config.apps)) {
      select[`${group}_first`] = `metadata.${group}.firstvisit`;
      select[`${group}_last`] = `metadata.${group}.lastvisit`;
    }
  }
  return select;
}

function visitGroups(apps: readonly number[] | null): string[] {
  return apps === null ? ['auto'] : apps.map((app) => `auto__${Math.abs(app)}`);
}

/** Pendo field -> raw value. */
export function heldOf(row: Row, { plan }: Pick<RowRules, 'plan'>): Record<string, unknown> {
  const held: Record<string, unknown> = {};
  plan.pull.forEach((field, n) => {
    if (field.stopped === undefined) held[field.field] = row[`h${n}`];
  });
  return held;
}

/** The push values by their HubSpot property. */
export function givesOf(
  row: Row,
  { plan, config }: Pick<RowRules, 'plan' | 'config'>,
  zone: string,
  { usage, score, visitors }: Figures,
): CanonDoc {
  const gives: CanonDoc = {};
  const metadata = Object.fromEntries(
    visitGroups(config.apps).map((group) => [
      group,
      { firstvisit: row[`${group}_first`], lastvisit: row[`${group}_last`] },
    ]),
  );
  for (const { metric, property, stopped } of plan.push) {
    if (stopped !== undefined) continue;
    switch (metric) {
      case 'firstVisit':
        gives[property] = visitCanon(visits(metadata, config.apps).first, zone, config.visitType);
        break;
      case 'lastVisit':
        gives[property] = visitCanon(visits(metadata, config.apps).last, zone, config.visitType);
        break;
      case 'daysActive':
        gives[property] = numberCanon(usage?.days ?? 0);
        break;
      case 'timeOnApp':
        gives[property] = timeOnApp(usage?.minutes ?? 0);
        break;
      case 'usageTrending':
        gives[property] = usageTrending(usage?.minutes ?? 0, usage?.earlierMinutes ?? 0);
        break;
      case 'totalVisitors':
        gives[property] = String(visitors ?? 0);
        break;
      case 'latestNps':
        gives[property] = score === undefined ? null : String(score);
        break;
      default:
        metric satisfies never;
    }
  }
  return gives;
}

/** The flag `pendo.donotprocess`, in either of the forms that it has (docs/semantics.md, section 2.1). */
export function isDoNotProcess(flag: unknown): boolean {
  return flag === true || flag === 'true';
}
