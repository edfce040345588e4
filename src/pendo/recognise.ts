/** Is this the subscription that it was? */
import {
  type DefinitionKind,
  definitionKinds,
  hasCommon,
  type Kinship,
  kept,
  listsAny,
  type MarkKind,
  type Marks,
  markOf,
} from '../sync/subscription.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { definitionIds } from './pipelines.ts';
import type { PendoClient } from './types.ts';

export interface Recognised {
  kinship: Kinship;
  /** What to know it by from now on: of every kind that was asked for, and of the others what was known. */
  marks: Marks;
}

/** Ids of definitions that were listed already. */
export type Listed = Partial<Record<DefinitionKind, Iterable<string>>>;

/**
 * Asks for one kind of definitions after the other until one has something in common with what is `known`. Usually that is
 * one call; none where a kind was `listed` already.
 * @throws `VendorError` where Pendo cannot be asked now; what it does not list for this key is passed over.
 */
export async function recognise(client: PendoClient, known: Marks | null, listed: Listed = {}): Promise<Recognised> {
  const found: Marks = {};
  const isListed = (kind: DefinitionKind): boolean => listed[kind] !== undefined;
  for (const kind of [...definitionKinds].sort((a, b) => Number(isListed(b)) - Number(isListed(a)))) {
    const ids = listed[kind];
    const marks = ids === undefined ? await definitionMarks(client, kind) : marksOf(kind, ids);
    if (marks === undefined) continue;
    found[kind] = kept(marks);
    if (hasCommon(known?.[kind], marks)) return { kinship: 'same', marks: { ...known, ...found } };
  }
  const fields = await fieldMarks(client);
  found.fields = kept(fields);
  return { kinship: kinshipOf(known ?? {}, found, fields), marks: { ...found } };
}

function kinshipOf(known: Marks, found: Marks, fields: ReadonlySet<string>): Kinship {
  const isComplete = definitionKinds.every((kind) => found[kind] !== undefined || known[kind] === undefined);
  if (listsAny(known)) {
    if (!isComplete) return 'unknown';
    return listsAny(found) ? 'another' : 'emptied';
  }
  const comparable = (known.fields?.length ?? 0) > 0 && fields.size > 0;
  return comparable && !hasCommon(known.fields, fields) ? 'otherFields' : 'unknown';
}

function marksOf(kind: DefinitionKind, ids: Iterable<string>): Set<string> {
  const marks = new Set<string>();
  for (const id of ids) add(marks, kind, id);
  return marks;
}

async function definitionMarks(client: PendoClient, kind: DefinitionKind): Promise<Set<string> | undefined> {
  return ifListed(async () => {
    const marks = new Set<string>();
    await client.aggregate<{ id: unknown }>(definitionIds(kind), ({ id }) => add(marks, kind, id));
    return marks;
  });
}

/** Of both kinds of records, deleted ones too: a field that is deleted stays listed. */
async function fieldMarks(client: PendoClient): Promise<Set<string>> {
  const marks = new Set<string>();
  for (const object of ['visitor', 'account'] as const) {
    const schema = (await ifListed(() => client.schema(object))) ?? {};
    for (const group of ['custom', 'agent']) {
      for (const { name } of schema[group] ?? []) add(marks, 'fields', `${object} ${group} ${name}`);
    }
  }
  return marks;
}

function add(marks: Set<string>, kind: MarkKind, id: unknown): void {
  if (typeof id === 'string' || typeof id === 'number') marks.add(markOf(kind, String(id)));
}

async function ifListed<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const passed = ['rejected', 'forbidden', 'tooMuch'];
    if (error instanceof VendorError && passed.includes(error.kind)) return undefined;
    throw error;
  }
}
