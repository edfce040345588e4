import type { FieldWrite } from '../contract.ts';
import type { LiveWorld } from '../server/world.ts';
import { AdminError } from './admin-error.ts';

const filters = ['vendor', 'field', 'id', 'since', 'accepted'];

/**
 * Which value was written to which record, field by field, in the order of each world's log: to count what reached a
 * property, or a record that the writer should not touch.
 */
export function fieldWrites(worlds: LiveWorld[], query: URLSearchParams): Iterable<FieldWrite> {
  for (const name of query.keys())
    if (!filters.includes(name)) throw new AdminError(400, `Writes are chosen by ${filters.join(', ')}.`);
  return chosen(worlds, query);
}

function* chosen(worlds: LiveWorld[], query: URLSearchParams): Generator<FieldWrite> {
  const wanted = (name: string, value: string) => !query.has(name) || query.get(name) === value;
  for (const { world, log } of worlds) {
    for (const { seq, vendor, operation, writes = [] } of log.since(Number(query.get('since') ?? 0))) {
      if (!wanted('vendor', vendor)) continue;
      for (const { id, created, accepted, fields } of writes) {
        if (!wanted('id', id) || !wanted('accepted', String(accepted))) continue;
        for (const [field, value] of Object.entries(fields))
          if (wanted('field', field))
            yield { world: world.world, seq, vendor, operation, id, field, value, created, accepted };
      }
    }
  }
}
