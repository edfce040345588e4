import { Button, Divider, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { useAccountAnswers } from '../../parts/account-answers.tsx';
import { ConnectionTest } from '../../parts/connection-test.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import type { Connection } from '../../queries.ts';
import { setup } from '../../words/setup.ts';
import { HubSpotLogin } from './hubspot-login.tsx';

const words = setup.hubspot;

interface Props {
  tenant: string;
  connections: readonly Connection[];
  onNext?: () => void;
}

export function HubSpotStep({ tenant, connections, onNext }: Props) {
  const queries = useQueryClient();
  const found = connections.find(({ vendor, state }) => vendor === 'hubspot' && state !== 'disconnected');
  const [token, setToken] = useState('');
  const answers = useAccountAnswers(tenant, 'hubspot');
  const connect = useMutation({
    mutationFn: () => answer(api.connections.hubspot.$put({ param: { tenant }, json: { token: token.trim() } })),
    onSuccess: () => {
      setToken('');
      answers.ask();
      void queries.invalidateQueries({ queryKey: ['connections', tenant] });
    },
  });
  return (
    <Stack>
      <Text>{words.lead}</Text>
      <HubSpotLogin tenant={tenant} again={found !== undefined} />
      <Divider />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          connect.mutate();
        }}
      >
        <Stack>
          <PasswordInput
            label={words.token}
            description={words.tokenHint}
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="off"
            required
          />
          {connect.error && <ProblemBox error={connect.error} />}
          {connect.data && <ConnectionTest steps={connect.data.test.steps} />}
          <Group>
            <Button type="submit" variant="default" loading={connect.isPending}>
              {words.connect}
            </Button>
            {(found?.state === 'ok' || found?.state === 'unchecked') && onNext && (
              <Button onClick={onNext}>{setup.next}</Button>
            )}
          </Group>
          {answers.show}
        </Stack>
      </form>
    </Stack>
  );
}
