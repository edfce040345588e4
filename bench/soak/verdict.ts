/** Is the last third of a soak larger than the third before it? The first third fills caches and tables. */
import { median } from '../figures.ts';
import type { Sample } from './samples.ts';

export interface Compared {
  name: string;
  /** Medians of the second and of the last third. */
  before: number;
  after: number;
  /** The most that counts as flat. */
  most: number;
  grew: boolean;
}

/** The database itself keeps the audit trail for 30 days, whatever a process asks for: docs/operating.md, "What grows". */
const keptForAMonth: ReadonlySet<string> = new Set(['rows.audit', 'rows.audit_links', 'rows.audit_checkpoints']);

export function compareThirds(samples: readonly Sample[]): Compared[] {
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const names = [...new Set(samples.flatMap((sample) => Object.keys(sample)))].sort();
  return names
    .filter((name) => !keptForAMonth.has(name))
    .map((name) => {
      const of = (some: readonly Sample[]) => median(some.map((sample) => sample[name] ?? 0));
      const [before, after] = [of(middle), of(last)];
      // A tenth, and a little where there are few: what is in progress at the instant of a sample differs.
      const most = before * 1.1 + (name.startsWith('rows.') ? 20 : 4);
      return { name, before, after, most, grew: after > most };
    });
}
