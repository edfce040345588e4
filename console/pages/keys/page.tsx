import { Button, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api, done } from '../../api.ts';
import { Page, Waiting } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneBox } from '../../parts/tone.tsx';
import { keysQuery, sessionsQuery } from '../../queries.ts';
import { type Scope, useSession } from '../../shell/session.tsx';
import { keys as words } from '../../words/admin.ts';

export function KeysPage() {
  return (
    <Page title={words.title}>
      <Keys />
      <Sessions />
    </Page>
  );
}

function Keys() {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(keysQuery());
  const revoke = useMutation({
    mutationFn: (key: string) => done(api.keys[':key'].$delete({ param: { key }, query: {} })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  const { columns } = words;
  return (
    <Panel title={words.keys}>
      <NewKey />
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {revoke.error && <ProblemBox error={revoke.error} />}
      {!data && !error && <Waiting />}
      {data && (
        <Rows label={words.keys} columns={Object.values(columns).map((label) => ({ label }))}>
          {data.keys.map((key) => (
            <Table.Tr key={key.id} style={{ opacity: key.revokedAt ? 0.75 : 1 }}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{key.name}</Table.Td>
              <Table.Td className="mono">{key.prefix}…</Table.Td>
              <Table.Td>{key.scopes.join(', ')}</Table.Td>
              <Table.Td className="mono">{key.tenantId ?? words.every}</Table.Td>
              <Table.Td>{key.lastUsedAt ? <Time at={key.lastUsedAt} /> : words.never}</Table.Td>
              <Table.Td>
                <Time at={key.createdAt} />
              </Table.Td>
              <Table.Td>
                {key.revokedAt ? (
                  words.revoked
                ) : (
                  <Button
                    size="xs"
                    variant="default"
                    onClick={() => revoke.mutate(key.id)}
                    loading={revoke.isPending && revoke.variables === key.id}
                  >
                    {words.revoke}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      )}
    </Panel>
  );
}

function NewKey() {
  const queries = useQueryClient();
  const { tenant } = useSession();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('read');
  const create = useMutation({
    mutationFn: () =>
      answer(api.keys.$post({ json: { name, scopes: [scope], ...(tenant && { tenantId: tenant.id }) } })),
    onSuccess: () => {
      setName('');
      return queries.invalidateQueries({ queryKey: ['keys'] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Stack gap="sm">
        <Group align="flex-end">
          <TextInput
            label={words.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            maxLength={200}
          />
          <Select
            label={words.scope}
            data={Object.entries(words.scopes).map(([value, label]) => ({ value, label }))}
            value={scope}
            onChange={(value) => setScope((value ?? 'read') as Scope)}
            allowDeselect={false}
            w={320}
          />
          <Button type="submit" loading={create.isPending}>
            {words.create}
          </Button>
        </Group>
        {create.error && <ProblemBox error={create.error} />}
        {create.data && (
          <ToneBox tone="wait">
            <Text>{words.shown}</Text>
            <Text className="mono">{create.data.secret}</Text>
          </ToneBox>
        )}
      </Stack>
    </form>
  );
}

function Sessions() {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: (session: string) => done(api.session.sessions[':session'].$delete({ param: { session } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <Panel title={words.sessions}>
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {end.error && <ProblemBox error={end.error} />}
      {data && (
        <Rows label={words.sessions} columns={Object.values(words.sessionColumns).map((label) => ({ label }))}>
          {data.sessions.map((session) => (
            <Table.Tr key={session.id}>
              <Table.Td>{session.key.name}</Table.Td>
              <Table.Td style={{ maxWidth: 320, overflowWrap: 'anywhere' }}>{session.agent}</Table.Td>
              <Table.Td>
                <Time at={session.seenAt} />
              </Table.Td>
              <Table.Td>
                <Time at={session.createdAt} />
              </Table.Td>
              <Table.Td>
                {session.own ? (
                  words.own
                ) : (
                  <Button size="xs" variant="default" onClick={() => end.mutate(session.id)}>
                    {words.end}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      )}
    </Panel>
  );
}
