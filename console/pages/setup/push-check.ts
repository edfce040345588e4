import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { ApiProblem } from '../../api.ts';
import { type Sync, syncCheckQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import type { SyncObject } from '../../words/things.ts';

/** The part of a configuration that this step edits. */
export type PushParts = Required<Pick<Sync['config'], 'window' | 'push' | 'events'>>;

export interface CheckPush {
  tenant: string;
  object: SyncObject;
  sync: Sync;
  parts: PushParts;
}

/** What the API says of these parts, an entry at a time: what each becomes, and what stands against it. Stores nothing. */
export function useCheckedPush({ tenant, object, sync, parts }: CheckPush, wanted = true) {
  const may = useMay('operate');
  const now = JSON.stringify(parts);
  // Whoever is still typing is not asked for at each letter.
  const [asked] = useDebouncedValue(now, 400);
  const config = { ...sync.config, ...(JSON.parse(asked) as PushParts) };
  const { data, error, isPlaceholderData } = useQuery({
    ...syncCheckQuery(tenant, object, config),
    enabled: may && wanted,
  });
  // A name that is no name yet is refused by the form of the request, and its field is named there, too.
  const refused = error instanceof ApiProblem && error.fields.length > 0 ? error.fields : [];
  const found = [
    ...(data?.problems ?? []),
    ...refused.map((one) => ({ ...one, path: one.path.replace(/^config\./, '') })),
  ];
  const isPending = now !== asked || isPlaceholderData || (wanted && data === undefined && error === null);
  return {
    isPending,
    error: refused.length > 0 ? null : error,
    fieldOf: (at: number) => (error === null ? (data?.push[at] ?? null) : null),
    eventOf: (at: number) => (error === null ? (data?.events[at] ?? null) : null),
    problemsOf: (list: 'push' | 'events', at: number) => found.filter(({ path }) => path.startsWith(`${list}.${at}.`)),
  };
}
