import { Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { answer, api, done } from '../../api.ts';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { type Recipient, recipientsQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { alerts } from '../../words/admin.ts';

const words = alerts.mail;

/** People who get alerts by e-mail, and whether they have agreed. */
export function Recipients({ tenant }: { tenant: string }) {
  const admin = useMay('admin');
  const { data, error, refetch } = useQuery(recipientsQuery(tenant));
  const { add, remove } = useRecipients(tenant);
  return (
    <Panel title={words.title}>
      <Text>{data?.available === false ? words.unavailable : words.lead}</Text>
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {data?.available && admin && <AddRecipient add={add} />}
      {remove.error && <ProblemBox error={remove.error} />}
      {data?.recipients.length === 0 && data.available && <Nothing>{words.none}</Nothing>}
      {data && data.recipients.length > 0 && (
        <Rows label={words.title} columns={Object.values(words.columns).map((label) => ({ label }))}>
          {data.recipients.map((recipient) => (
            <RecipientRow key={recipient.id} recipient={recipient}>
              {admin && recipient.state === 'asked' && data.available && (
                <Button size="compact-sm" variant="default" onClick={() => add.mutate(recipient.email)}>
                  {words.again}
                </Button>
              )}
              {admin && (
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`${words.remove} ${recipient.email}`}
                  onClick={() => remove.mutate(recipient.id)}
                >
                  {words.remove}
                </Button>
              )}
            </RecipientRow>
          ))}
        </Rows>
      )}
    </Panel>
  );
}

function useRecipients(tenant: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['recipients', tenant] });
  const add = useMutation({
    mutationFn: (email: string) => answer(api.recipients.$post({ param: { tenant }, json: { email } })),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (recipient: string) => done(api.recipients[':recipient'].$delete({ param: { tenant, recipient } })),
    onSuccess,
  });
  return { add, remove };
}

function AddRecipient({ add }: Pick<ReturnType<typeof useRecipients>, 'add'>) {
  const [email, setEmail] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(email.trim(), { onSuccess: () => setEmail('') });
      }}
    >
      <Stack>
        <Group align="flex-end">
          <TextInput
            label={words.email}
            type="email"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            autoComplete="off"
            required
            style={{ flex: '1 1 220px', maxWidth: 420 }}
          />
          <Button type="submit" variant="default" loading={add.isPending}>
            {words.add}
          </Button>
        </Group>
        {add.error && <ProblemBox error={add.error} />}
      </Stack>
    </form>
  );
}

function RecipientRow({ recipient, children }: { recipient: Recipient; children: ReactNode }) {
  const { email, state, lastDelivery } = recipient;
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{email}</Table.Td>
      <Table.Td>
        <ToneMark
          tone={state === 'confirmed' ? 'good' : 'wait'}
          word={state === 'confirmed' ? words.confirmed : words.asked}
        />
      </Table.Td>
      <Table.Td>
        {lastDelivery && (
          <>
            {lastDelivery.delivered ? words.sent : words.notSent(lastDelivery.error ?? '')}{' '}
            <Time at={lastDelivery.at} />
          </>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          {children}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
