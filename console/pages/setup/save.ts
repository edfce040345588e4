import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, answer, api } from '../../api.ts';
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

/**
 * Saves one part of the configuration; the rest stays as it is. What somebody else saved since this page was opened is not
 * written over unseen: `overwrite` does it, once that was said.
 */
export function useSaveConfig({ tenant, object, sync, onNext }: StepProps) {
  const queries = useQueryClient();
  const [opened] = useState(sync);
  const save = useMutation({
    mutationFn: async ({ change, over }: { change: Partial<Config>; over?: boolean }) => {
      const base = over ? await answer(api.syncs[':object'].$get({ param: { tenant, object } })) : opened;
      const { joinKey, ...rest } = { ...base?.config, ...change };
      if (joinKey === undefined) throw new Error('the join key comes first');
      const query = { version: String(base?.version ?? 0) };
      return answer(api.syncs[':object'].$put({ param: { tenant, object }, query, json: { ...rest, joinKey } }));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['syncs', tenant] });
      onNext();
    },
  });
  const { error, isPending, variables } = save;
  const isOutdated = error instanceof ApiProblem && error.code === 'CHANGED_MEANWHILE';
  return {
    error,
    isPending,
    mutate: (change: Partial<Config>) => save.mutate({ change }),
    overwrite: isOutdated && variables ? () => save.mutate({ change: variables.change, over: true }) : undefined,
  };
}
