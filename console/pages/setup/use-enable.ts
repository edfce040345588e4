import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { answer, api } from '../../api.ts';
import type { Sync } from '../../queries.ts';

/** Stores the schedule where it was changed, switches the sync on, and goes to its first run. */
export function useEnable(tenant: string, sync: Sync, { cron, zone }: { cron: string; zone: string }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const param = { tenant, object: sync.object };
  return useMutation({
    mutationFn: async () => {
      const { config, version } = sync;
      if (config.schedule.cron !== cron || config.schedule.timeZone !== zone) {
        const json = { ...config, schedule: { ...config.schedule, cron, timeZone: zone } };
        await answer(api.syncs[':object'].$put({ param, query: { version: String(version) }, json }));
      }
      return answer(api.syncs[':object'].enable.$post({ param }));
    },
    onSuccess: async ({ run }) => {
      await queries.invalidateQueries();
      await navigate({ to: '/t/$tenant/runs/$run', params: { tenant, run: run.id }, search: {} });
    },
  });
}
