import type { PendoKind } from '../contract.ts';
import { BadRequest } from './refusals.ts';
import type { Truth } from './truth/truth.ts';

interface Deletion {
  id: string;
  kind: PendoKind;
  ids: string[];
  at: number;
}

export type Deletions = Map<string, Deletion>;

/** GDPR deletion: the records and every event of them. Done at once; Pendo takes its time. */
export function bulkDelete(truth: Truth, deletions: Deletions, kind: PendoKind, ids: unknown, noop: boolean): Deletion {
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every((id) => typeof id === 'string')) {
    throw new BadRequest(`expected a list of ids in ${kind}s`);
  }
  if (ids.length > 500) throw new BadRequest('at most 500 ids can be deleted in one call');
  const deletion = { id: `bulkdelete-${deletions.size + 1}`, kind, ids, at: truth.clock.now() };
  if (noop) return deletion;
  for (const id of ids) {
    truth.records[kind].remove(id);
    (kind === 'visitor' ? truth.forgotten : truth.forgottenAccounts).add(id);
  }
  deletions.set(deletion.id, deletion);
  return deletion;
}

export function shownDeletion({ id, kind, ids, at }: Deletion): unknown {
  return { id, type: kind, status: 'completed', count: ids.length, createdAt: at };
}
