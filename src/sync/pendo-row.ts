/** What a row of Pendo's says: which paths are asked for, and what they hold and give. */
import { type Columns, isOfMetric, isOfSource } from './columns.ts';
import { metadataCanon } from './metadata-value.ts';
import type { RowRules } from './mirror-row.ts';
import type { CanonDoc } from './types.ts';
import { type PendoMetadata, visitCanon, visits } from './visits.ts';

type Row = Record<string, unknown>;

/** What to select: name in the row -> path. */
export function pendoSelection({ plan, config }: Pick<RowRules, 'plan' | 'config'>): Record<string, string> {
  const select: Record<string, string> = { dnp: 'metadata.pendo.donotprocess' };
  plan.pull.forEach((field, n) => {
    if (field.stopped === undefined) select[`h${n}`] = `metadata.${config.pendoGroup}.${field.field}`;
  });
  if (plan.push.some((field) => isOfMetric(field, 'firstVisit', 'lastVisit'))) {
    for (const group of visitGroups(config.apps)) {
      select[`${group}_first`] = `metadata.${group}.firstvisit`;
      select[`${group}_last`] = `metadata.${group}.lastvisit`;
    }
  }
  plan.push.forEach((field, n) => {
    if (field.stopped !== undefined || !isOfSource(field, 'metadata')) return;
    if (isPlain(field)) select[`m${n}`] = `metadata.${field.group}.${field.field}`;
    else select.all = 'metadata';
  });
  return select;
}

const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A name that an expression of Pendo's can hold. Others are found in the whole of the metadata. */
function isPlain({ group, field }: { group: string; field: string }): boolean {
  return plainName.test(group) && plainName.test(field);
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

/** The push values by their HubSpot property: of the row itself, and of the columns at the row's place. */
export function givesOf(
  row: Row,
  { plan, config }: Pick<RowRules, 'plan' | 'config'>,
  zone: string,
  columns: Columns,
  place: number,
): CanonDoc {
  const gives: CanonDoc = {};
  const seen = visits(metadataOf(row, config.apps), config.apps);
  plan.push.forEach((field, n) => {
    if (field.stopped !== undefined) return;
    if (isOfSource(field, 'metadata')) {
      const raw = isPlain(field) ? row[`m${n}`] : memberOf(memberOf(row.all, field.group), field.field);
      gives[field.property] = metadataCanon(raw, field, zone);
    } else if (isOfMetric(field, 'firstVisit', 'lastVisit')) {
      const raw = field.metric === 'firstVisit' ? seen.first : seen.last;
      gives[field.property] = visitCanon(raw, zone, config.visitType);
    } else {
      const value = columns.get(field.property)?.(place);
      if (value !== undefined) gives[field.property] = value;
    }
  });
  return gives;
}

function metadataOf(row: Row, apps: readonly number[] | null): PendoMetadata {
  return Object.fromEntries(
    visitGroups(apps).map((group) => [group, { firstvisit: row[`${group}_first`], lastvisit: row[`${group}_last`] }]),
  );
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Row)[name];
}

/** The flag `pendo.donotprocess`, in either of the forms that it has (docs/semantics.md, section 2.1). */
export function isDoNotProcess(flag: unknown): boolean {
  return flag === true || flag === 'true';
}
