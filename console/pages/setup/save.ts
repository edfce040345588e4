import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../../api.ts';
import type { Sync } from '../../queries.ts';
import type { SyncObject } from '../../words/things.ts';

export interface StepProps {
  tenant: string;
  object: SyncObject;
  /** Undefined: nothing was saved yet. */
  sync: Sync | undefined;
  onNext: () => void;
}

type Config = Parameters<(typeof api.syncs)[':object']['$put']>[0]['json'];

/** Saves one part of the configuration; the rest stays as it is. */
export function useSaveConfig({ tenant, object, sync, onNext }: StepProps) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: Partial<Config>) => {
      const { joinKey, ...rest } = { ...sync?.config, ...change };
      if (joinKey === undefined) throw new Error('the join key comes first');
      return answer(api.syncs[':object'].$put({ param: { tenant, object }, json: { ...rest, joinKey } }));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['syncs', tenant] });
      onNext();
    },
  });
}
