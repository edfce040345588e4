/**
 * By what a Pendo subscription is known again. No endpoint names it to an integration key, but everybody's guides, pages,
 * features and track types have ids of their own: two keys that list one in common are of one subscription. Kept are hashes,
 * and of each kind only the smallest, so that they are the same ones each time while other definitions come and go.
 */
import { hash } from 'node:crypto';

/** In the order in which they are asked for. */
export const definitionKinds = ['guides', 'pages', 'features', 'trackTypes'] as const;
export type DefinitionKind = (typeof definitionKinds)[number];
export type MarkKind = DefinitionKind | 'fields';

/** Hashes, ascending. An absent kind: never asked for. */
export type Marks = Partial<Record<MarkKind, string[]>>;

/**
 * - `same`: something in common. `another`: both list something, and nothing in common.
 * - `emptied`: nothing is listed where something was. `otherFields`: only metadata fields can be compared, and all are others.
 * - `unknown`: there is nothing to compare.
 */
export type Kinship = 'same' | 'another' | 'emptied' | 'otherFields' | 'unknown';

const most = 100;

export function markOf(kind: MarkKind, id: string): string {
  return hash('sha256', `${kind} ${id}`).slice(0, 16);
}

export function kept(marks: ReadonlySet<string>): string[] {
  return [...marks].sort().slice(0, most);
}

export function hasCommon(known: readonly string[] | undefined, now: ReadonlySet<string>): boolean {
  return known?.some((mark) => now.has(mark)) ?? false;
}

/** Is what was found worth keeping in place of what is known? Another subscription is stored only when a person confirms it. */
export function isKnownBetter(known: Marks | null, { kinship, marks }: { kinship: Kinship; marks: Marks }): boolean {
  const kinds: readonly MarkKind[] = [...definitionKinds, 'fields'];
  if (kinship === 'same') return kinds.some((kind) => String(known?.[kind]) !== String(marks[kind]));
  return kinship === 'unknown' && !listsAny(known ?? {}) && (known === null || listsAny(marks));
}

export function listsAny(marks: Marks): boolean {
  return definitionKinds.some((kind) => (marks[kind]?.length ?? 0) > 0);
}
