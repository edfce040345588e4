import { Button } from '@mantine/core';
import { activeStates, type RunDetail } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { run as words } from '../../words/run.ts';
import { useStartRun } from '../runs/start-run.ts';
import { Approve, Cancel } from './decide.tsx';

/** What a person may do to a run: approve it, cancel it, or try again what was refused. */
export function RunActions({ tenant, run }: { tenant: string; run: RunDetail }) {
  const may = useMay('operate');
  if (!may) return null;
  const refused = (run.counts.legs?.pull?.rejected ?? 0) + (run.counts.legs?.push?.rejected ?? 0);
  const active = activeStates.includes(run.state);
  return (
    <>
      {run.approval?.refusal === null && <Approve tenant={tenant} run={run} />}
      {(active || run.state === 'held') && !run.cancelRequested && <Cancel tenant={tenant} run={run} />}
      {!active && run.state !== 'held' && refused > 0 && <Retry tenant={tenant} run={run} />}
    </>
  );
}

function Retry({ tenant, run }: { tenant: string; run: RunDetail }) {
  const retry = useStartRun(tenant, run.object, { retry: true });
  return (
    <Button variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
      {words.retry}
    </Button>
  );
}
