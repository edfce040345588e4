import type { PendoKind } from '../../contract.ts';
import { BadRequest } from '../refusals.ts';
import type { Truth } from '../truth/truth.ts';

/** Sets `donotprocess` or `blacklistguides`. Whoever is not to be processed has no `auto` values any more. */
export function setFlag(truth: Truth, kind: PendoKind, id: string, flag: string, value: unknown): void {
  if (flag !== 'donotprocess' && flag !== 'blacklistguides')
    throw new BadRequest(`field ${flag} of group pendo cannot be written`);
  if (typeof value !== 'boolean') throw new BadRequest(`${flag} needs true or false`);
  const store = truth.records[kind];
  store.write(id, 'pendo', { [flag]: value });
  if (flag !== 'donotprocess' || !value) return;
  const groups = Object.keys(store.raw(id)?.metadata ?? {}).filter((group) => group.startsWith('auto'));
  store.edit({ id, metadata: Object.fromEntries(groups.map((group) => [group, null])) });
}
