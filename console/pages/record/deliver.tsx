import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ApiProblem, answer as answerOf, api } from '../../api.ts';
import { ConfirmedButton } from '../../parts/confirm.tsx';
import { To } from '../../parts/link.tsx';
import { ToneBox, ToneMark } from '../../parts/tone.tsx';
import { activeStates, type RecordAnswer, type Run, runQuery } from '../../queries.ts';
import { record } from '../../words/records.ts';
import { runStates } from '../../words/things.ts';
import { useStartRun } from '../runs/start-run.ts';

const words = record.deliver;

interface DeliverProps {
  tenant: string;
  answer: RecordAnswer;
  delivery: ReturnType<typeof useDelivery>;
}

/** Starts a run of this record only. */
export function useDelivery(tenant: string, { object, side, id }: RecordAnswer) {
  return useMutation({
    mutationFn: () =>
      answerOf(
        api.deliver.$post({
          param: { tenant, object },
          json: side === 'hubspot' ? { hubspotId: id } : { pendoId: id },
        }),
      ),
  });
}

/** Where only a full run will do, it is said why, and the run is offered. */
export function DeliverButton({ tenant, answer, delivery }: DeliverProps) {
  const needsFullRun = delivery.error instanceof ApiProblem && delivery.error.code === 'FULL_RUN_NEEDED';
  return (
    <ConfirmedButton
      label={words.button}
      variant="default"
      title={words.title}
      button={words.confirm}
      instead={
        needsFullRun
          ? { text: words.fullRunWhy, button: <FullRun tenant={tenant} object={answer.object} /> }
          : undefined
      }
      action={delivery}
    >
      {words.text}
    </ConfirmedButton>
  );
}

function FullRun({ tenant, object }: Pick<RecordAnswer, 'object'> & { tenant: string }) {
  const start = useStartRun(tenant, object, { scope: 'full' });
  return (
    <Button loading={start.isPending} onClick={() => start.mutate()}>
      {words.fullRun}
    </Button>
  );
}

/** The state of the run, and its result. When it ends, the page loads the record again. */
export function DeliveryResult({ tenant, started }: { tenant: string; started: Pick<Run, 'id' | 'state'> }) {
  const queries = useQueryClient();
  const { data } = useQuery(runQuery(tenant, started.id));
  const { state } = data ?? started;
  const over = !activeStates.includes(state);
  useEffect(() => {
    if (over) void queries.invalidateQueries({ queryKey: ['record', tenant] });
  }, [over, queries, tenant]);
  const said = runStates[state] ?? runStates.running!;
  const total = (outcome: string): number =>
    (data?.counts.legs?.pull?.[outcome] ?? 0) + (data?.counts.legs?.push?.[outcome] ?? 0);
  return (
    <ToneBox tone={said.tone}>
      <Group gap="sm">
        <ToneMark tone={said.tone} word={said.word} />
        <Text role="status">
          {data?.reason
            ? `${data.reason.message} ${data.reason.fix ?? ''}`
            : words.answer({ state, written: total('written'), refused: total('rejected') })}
        </Text>
        <To underlined to="/t/$tenant/runs/$run" params={{ tenant, run: started.id }} search={{}}>
          {words.run(started.id)}
        </To>
      </Group>
    </ToneBox>
  );
}
