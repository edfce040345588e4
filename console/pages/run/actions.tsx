import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { answer, api } from '../../api.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { activeStates, type Run } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { run as words } from '../../words/run.ts';

/** What a person may do to a run: approve it, cancel it, or try again what was refused. */
export function RunActions({ tenant, run }: { tenant: string; run: Run }) {
  const may = useMay('operate');
  if (!may) return null;
  const refused = (run.counts.legs?.pull?.rejected ?? 0) + (run.counts.legs?.push?.rejected ?? 0);
  const active = activeStates.includes(run.state);
  return (
    <>
      {run.state === 'held' && <Approve tenant={tenant} run={run} />}
      {(active || run.state === 'held') && !run.cancelRequested && <Cancel tenant={tenant} run={run} />}
      {!active && run.state !== 'held' && refused > 0 && <Retry tenant={tenant} run={run} />}
    </>
  );
}

function useRunAction(tenant: string, run: Run, act: () => Promise<unknown>, message: string, after: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => {
      notifications.show({ message });
      after();
      void queries.invalidateQueries({ queryKey: ['run', tenant, run.id] });
      void queries.invalidateQueries({ queryKey: ['attention'] });
    },
  });
}

function Approve({ tenant, run }: { tenant: string; run: Run }) {
  const [opened, { open, close }] = useDisclosure(false);
  const legs = [...new Set(run.held.map(({ leg }) => leg))];
  const rows = legs.reduce((sum, leg) => sum + (run.counts.legs?.[leg]?.held ?? 0), 0);
  const approve = useRunAction(
    tenant,
    run,
    () => answer(api.runs[':run'].approve.$post({ param: { tenant, run: run.id }, json: { legs } })),
    words.approved,
    close,
  );
  return (
    <>
      <Button onClick={open}>{words.approve}</Button>
      <Confirm
        opened={opened}
        onClose={close}
        title={words.approveTitle}
        button={words.approveButton(rows)}
        pending={approve.isPending}
        error={approve.error}
        onConfirm={() => approve.mutate()}
      >
        {words.approveText}
      </Confirm>
    </>
  );
}

function Cancel({ tenant, run }: { tenant: string; run: Run }) {
  const [opened, { open, close }] = useDisclosure(false);
  const cancel = useRunAction(
    tenant,
    run,
    () => answer(api.runs[':run'].cancel.$post({ param: { tenant, run: run.id } })),
    words.cancelled,
    close,
  );
  return (
    <>
      <Button variant="default" onClick={open}>
        {words.cancel}
      </Button>
      <Confirm
        opened={opened}
        onClose={close}
        title={words.cancelTitle}
        button={words.cancel}
        danger
        pending={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate()}
      >
        {words.cancelText}
      </Confirm>
    </>
  );
}

function Retry({ tenant, run }: { tenant: string; run: Run }) {
  const navigate = useNavigate();
  const retry = useMutation({
    mutationFn: () =>
      answer(api.syncs[':object'].runs.$post({ param: { tenant, object: run.object }, json: { retry: true } })),
    onSuccess: (started) =>
      navigate({ to: '/t/$tenant/runs/$run', params: { tenant, run: started.run.id }, search: {} }),
  });
  return (
    <Button variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
      {words.retry}
    </Button>
  );
}
