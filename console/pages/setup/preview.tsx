import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../../api.ts';
import { To } from '../../parts/link.tsx';
import { Waiting } from '../../parts/page.tsx';
import { Nothing } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { ToneBox } from '../../parts/tone.tsx';
import { activeStates, type RunDetail, runQuery, runsQuery, type Sync } from '../../queries.ts';
import { setup } from '../../words/setup.ts';
import { RunProgress } from '../run/progress.tsx';
import type { Preview } from './preview-figures.ts';
import { PreviewFound } from './preview-found.tsx';
import type { StepProps } from './save.ts';

const words = setup.preview;

export function PreviewStep({ tenant, object, sync, onNext }: StepProps) {
  const queries = useQueryClient();
  const latest = useQuery(runsQuery(tenant, { object, limit: 20 })).data?.runs.find((run) => run.trigger === 'preview');
  const run = useQuery({ ...runQuery(tenant, latest?.id ?? ''), enabled: latest !== undefined }).data;
  const start = useMutation({
    mutationFn: () => answer(api.syncs[':object'].preview.$post({ param: { tenant, object } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['runs', tenant] }),
  });
  const running = run !== undefined && activeStates.includes(run.state);
  const done = run !== undefined && run.preview !== null;
  return (
    <Stack>
      <Text>{words.lead}</Text>
      {start.error && <ProblemBox error={start.error} />}
      {latest === undefined && !start.isPending && <Nothing>{words.none}</Nothing>}
      {latest !== undefined && run === undefined && <Waiting />}
      {run && <PreviewState run={run} running={running} sync={sync} />}
      <Group>
        <Button
          variant={done ? 'default' : 'filled'}
          loading={start.isPending || running}
          disabled={sync === undefined}
          onClick={() => start.mutate()}
        >
          {done ? words.again : words.start}
        </Button>
        {done && (
          <>
            <To to="/t/$tenant/runs/$run" params={{ tenant, run: run.id }} search={{}}>
              {words.openRun}
            </To>
            <Button onClick={onNext}>{setup.next}</Button>
          </>
        )}
      </Group>
    </Stack>
  );
}

/** How far it is, why it stopped, or what it found. */
function PreviewState({ run, running, sync }: { run: RunDetail; running: boolean; sync: Sync | undefined }) {
  const preview = run.preview as Preview | null;
  if (running) {
    return (
      <Stack>
        <Text role="status">{words.running}</Text>
        <RunProgress run={run} />
      </Stack>
    );
  }
  return (
    <>
      {run.reason && (
        <ToneBox tone="act">
          {run.reason.message} {run.reason.fix}
        </ToneBox>
      )}
      {sync && run.configVersion !== sync.version && <ToneBox tone="wait">{words.stale}</ToneBox>}
      {preview && <PreviewFound preview={preview} read={run.counts.read ?? {}} />}
    </>
  );
}
