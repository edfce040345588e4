import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../../api.ts';
import { complain } from '../../parts/complain.ts';
import { ConfirmedButton } from '../../parts/confirm.tsx';
import { ButtonTo } from '../../parts/link.tsx';
import type { Sync } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { sync as words } from '../../words/sync.ts';
import { useStartRun } from '../runs/start-run.ts';

interface Props {
  tenant: string;
  sync: Sync;
}

export function SyncActions({ tenant, sync }: Props) {
  const may = useMay('operate');
  if (!may) return null;
  const { object, state } = sync;
  if (state === 'draft' || state === 'disabled') {
    return (
      <ButtonTo target={{ to: '/t/$tenant/setup', params: { tenant }, search: { object, step: 'preview' } }}>
        {words.enable}
      </ButtonTo>
    );
  }
  return (
    <>
      <Start tenant={tenant} sync={sync} dryRun label={words.dryRun} />
      {state === 'enabled' && <Start tenant={tenant} sync={sync} dryRun={false} label={words.runNow} />}
      <PauseOrResume tenant={tenant} sync={sync} />
      <Disable tenant={tenant} sync={sync} />
    </>
  );
}

function Start({ tenant, sync, dryRun, label }: Props & { dryRun: boolean; label: string }) {
  const start = useStartRun(tenant, sync.object, { dryRun });
  return (
    <Button variant={dryRun ? 'default' : 'filled'} loading={start.isPending} onClick={() => start.mutate()}>
      {label}
    </Button>
  );
}

function PauseOrResume({ tenant, sync }: Props) {
  const queries = useQueryClient();
  const param = { tenant, object: sync.object };
  const paused = sync.state === 'paused';
  const change = useMutation({
    mutationFn: () =>
      paused
        ? answer(api.syncs[':object'].resume.$post({ param }))
        : answer(api.syncs[':object'].pause.$post({ param })),
    onError: complain,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['syncs', tenant] }),
  });
  return (
    <Button variant={paused ? 'filled' : 'default'} loading={change.isPending} onClick={() => change.mutate()}>
      {paused ? words.resume : words.pause}
    </Button>
  );
}

function Disable({ tenant, sync }: Props) {
  const queries = useQueryClient();
  const disable = useMutation({
    mutationFn: () => answer(api.syncs[':object'].disable.$post({ param: { tenant, object: sync.object }, json: {} })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['syncs', tenant] }),
  });
  return (
    <ConfirmedButton
      label={words.disable}
      variant="default"
      title={words.disableTitle}
      button={words.disable}
      danger
      action={disable}
    >
      {words.disableText}
    </ConfirmedButton>
  );
}
