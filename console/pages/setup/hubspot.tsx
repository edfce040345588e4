import { Button, Code, CopyButton, Divider, Group, List, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { useAccountAnswers } from '../../parts/account-answers.tsx';
import { ConnectionTest } from '../../parts/connection-test.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import type { Connection } from '../../queries.ts';
import { setup } from '../../words/setup.ts';

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
  const again = () => queries.invalidateQueries({ queryKey: ['connections', tenant] });
  const login = useMutation({
    mutationFn: () => answer(api.login.$post({ param: { tenant }, json: {} })),
    // The login page may be of another origin: it gets no handle on this window.
    onSuccess: ({ url }) => void window.open(url, '_blank', 'noopener,width=720,height=820'),
  });
  const answers = useAccountAnswers(tenant, 'hubspot');
  const connect = useMutation({
    mutationFn: () => answer(api.connections.hubspot.$put({ param: { tenant }, json: { token: token.trim() } })),
    onSuccess: () => {
      setToken('');
      answers.ask();
      void again();
    },
  });
  return (
    <Stack>
      <Text>{words.lead}</Text>
      <Group>
        <Button onClick={() => login.mutate()} loading={login.isPending} variant={found ? 'default' : 'filled'}>
          {words.login}
        </Button>
        <Text fz="sm" c="dimmed">
          {words.loginHint}
        </Text>
      </Group>
      {login.error && <ProblemBox error={login.error} />}
      {login.data && (
        <Stack gap={4}>
          <Text role="status">{words.loginOpened}</Text>
          <Group gap="sm">
            <CopyButton value={login.data.url}>
              {({ copied, copy }) => (
                <Button size="xs" variant="default" onClick={copy}>
                  {copied ? words.linkCopied : words.copyLink}
                </Button>
              )}
            </CopyButton>
            <Text fz="sm" c="dimmed">
              {words.copyLinkHint}
            </Text>
          </Group>
          <Text fz="sm">{words.scopes}:</Text>
          <List size="sm">
            {login.data.scopes.map((scope) => (
              <List.Item key={scope}>
                <Code>{scope}</Code>
              </List.Item>
            ))}
          </List>
        </Stack>
      )}
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
          {answers.show}
          <Group>
            <Button type="submit" variant="default" loading={connect.isPending}>
              {words.connect}
            </Button>
            {(found?.state === 'ok' || found?.state === 'unchecked') && onNext && (
              <Button onClick={onNext}>{setup.next}</Button>
            )}
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}
