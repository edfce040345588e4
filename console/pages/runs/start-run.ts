import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { answer, api } from '../../api.ts';
import { complain } from '../../parts/complain.ts';
import { sync as words } from '../../words/sync.ts';
import type { SyncObject } from '../../words/things.ts';

interface Asked {
  scope?: 'full';
  dryRun?: boolean;
  retry?: boolean;
}

/** Starts a run, or finds the one that is active already, and goes to its page. */
export function useStartRun(tenant: string, object: SyncObject, asked: Asked) {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => answer(api.syncs[':object'].runs.$post({ param: { tenant, object }, json: asked })),
    onError: complain,
    onSuccess: ({ run, started }) => {
      notifications.show({ message: started ? words.started : words.alreadyRunning });
      return navigate({ to: '/t/$tenant/runs/$run', params: { tenant, run: run.id }, search: {} });
    },
  });
}
