import { Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answer as answerOf, api } from '../../api.ts';
import { ConfirmedButton } from '../../parts/confirm.tsx';
import { To } from '../../parts/link.tsx';
import { ToneBox, ToneMark } from '../../parts/tone.tsx';
import { activeStates, type RecordAnswer, type Run, runQuery } from '../../queries.ts';
import { record } from '../../words/records.ts';
import { runStates } from '../../words/things.ts';

const words = record.deliver;

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

export function DeliverButton({ delivery }: { delivery: ReturnType<typeof useDelivery> }) {
  return (
    <ConfirmedButton
      label={words.button}
      variant="default"
      title={words.title}
      button={words.confirm}
      action={{
        isPending: delivery.isPending,
        error: delivery.error,
        mutate: (_, options) => delivery.mutate(undefined, options),
      }}
    >
      {words.text}
    </ConfirmedButton>
  );
}

/** The run while it goes on, and what became of it; the page then shows how the record stands. */
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
