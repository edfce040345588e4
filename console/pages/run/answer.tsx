import { Group, Stack, Text } from '@mantine/core';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneBox, ToneMark } from '../../parts/tone.tsx';
import { activeStates, type RunDetail } from '../../queries.ts';
import { run as words } from '../../words/run.ts';
import { runStates } from '../../words/things.ts';
import { RunFacts } from './facts.tsx';
import { HeldRun } from './held.tsx';
import { RunProgress } from './progress.tsx';

const sum = (run: RunDetail, outcome: string): number =>
  (run.counts.legs?.pull?.[outcome] ?? 0) + (run.counts.legs?.push?.[outcome] ?? 0);

/** What happened and what to do; of a run that is going on, how far it is. */
export function RunAnswer({ tenant, run }: { tenant: string; run: RunDetail }) {
  return (
    <Stack>
      <Said run={run} />
      {run.decision && (
        <Text>
          {words.decided[run.decision.action]} <span className="mono">{run.decision.by}</span>,{' '}
          <Time at={run.decision.at} />
          {run.decision.reason === null ? '.' : `: ${run.decision.reason}`}
        </Text>
      )}
      {run.state === 'held' && (
        <Panel>
          <HeldRun tenant={tenant} run={run} />
        </Panel>
      )}
      <RunFacts tenant={tenant} run={run} />
      {activeStates.includes(run.state) && (
        <Panel title={words.progress}>
          <RunProgress run={run} />
        </Panel>
      )}
    </Stack>
  );
}

function Said({ run }: { run: RunDetail }) {
  const said = runStates[run.state] ?? runStates.running!;
  const { state, dryRun, durationSeconds: seconds, waitingUntil, reason } = run;
  const answer = words.answer({ state, dryRun, seconds, written: sum(run, 'written'), refused: sum(run, 'rejected') });
  return (
    <ToneBox tone={said.tone}>
      <Stack gap={4}>
        <Group gap="sm">
          <ToneMark tone={said.tone} word={said.word} />
          {dryRun && <ToneMark tone="idle" word={words.dryRun} />}
          <Text fz="lg" role="status">
            {answer}
          </Text>
        </Group>
        {waitingUntil && (
          <Text>
            {words.waitsUntil} <Time at={waitingUntil} form="clock" />
          </Text>
        )}
        {reason && state !== 'held' && (
          <Text>
            {reason.message} {reason.fix}
          </Text>
        )}
      </Stack>
    </ToneBox>
  );
}
