import { Button, Group, PasswordInput, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { useAccountAnswers } from '../../parts/account-answers.tsx';
import { ConnectionTest } from '../../parts/connection-test.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import type { Connection } from '../../queries.ts';
import { readerZone } from '../../words/numbers.ts';
import { setup } from '../../words/setup.ts';
import { regions } from '../../words/sync.ts';

const words = setup.pendo;
const zones = Intl.supportedValuesOf('timeZone');
type Settings = Parameters<typeof api.connections.pendo.$put>[0]['json'];

interface Props {
  tenant: string;
  connections: readonly Connection[];
  onNext?: () => void;
}

export function PendoStep({ tenant, connections, onNext }: Props) {
  const found = connections.find(({ vendor, state }) => vendor === 'pendo' && state !== 'disconnected');
  const [key, setKey] = useState('');
  const [region, setRegion] = useState(String(found?.settings.region ?? 'us'));
  const [zone, setZone] = useState(String(found?.settings.zone ?? readerZone));
  const [activity, setActivity] = useState(String(found?.settings.activity ?? 'checked'));
  const typed = { ...(key.trim() && { key: key.trim() }), region, zone, activity };
  const answers = useAccountAnswers(tenant, 'pendo');
  const connect = useConnect(tenant);
  const onConnected = (): void => {
    setKey('');
    answers.ask();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        // Settings that this page does not show stay as they are.
        connect.mutate({ ...found?.settings, ...typed } as Settings, { onSuccess: onConnected });
      }}
    >
      <Stack>
        <Text>{words.lead}</Text>
        <PasswordInput
          label={words.key}
          description={found ? words.keyStored : words.keyHint}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          autoComplete="off"
          required={!found}
        />
        <Select
          label={words.region}
          description={words.regionHint}
          data={Object.entries(regions).map(([value, label]) => ({ value, label }))}
          value={region}
          onChange={(value) => setRegion(value ?? 'us')}
          allowDeselect={false}
        />
        <Select
          label={words.zone}
          description={words.zoneHint}
          data={zones.includes(zone) ? zones : [zone, ...zones]}
          value={zone}
          onChange={(value) => setZone(value ?? readerZone)}
          searchable
          allowDeselect={false}
          limit={100}
        />
        <Select
          label={words.activity}
          description={words.activityHint}
          data={Object.entries(words.activities).map(([value, label]) => ({ value, label }))}
          value={activity}
          onChange={(value) => setActivity(value ?? 'checked')}
          allowDeselect={false}
        />
        {connect.error && <ProblemBox error={connect.error} />}
        {connect.data && <ConnectionTest steps={connect.data.test.steps} />}
        <Group>
          <Button type="submit" loading={connect.isPending} variant={found ? 'default' : 'filled'}>
            {words.connect}
          </Button>
          {(found?.state === 'ok' || found?.state === 'unchecked') && onNext && (
            <Button onClick={onNext}>{setup.next}</Button>
          )}
        </Group>
        {answers.show}
      </Stack>
    </form>
  );
}

/** Without a key the stored one is kept. */
function useConnect(tenant: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (json: Settings) => answer(api.connections.pendo.$put({ param: { tenant }, json })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['connections', tenant] }),
  });
}
