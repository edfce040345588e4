import { Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api, done } from '../../api.ts';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { recipientsQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { alerts } from '../../words/admin.ts';

const words = alerts.mail;

/** People who get alerts by e-mail, and whether they have agreed. */
export function Recipients({ tenant }: { tenant: string }) {
  const admin = useMay('admin');
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(recipientsQuery(tenant));
  const [email, setEmail] = useState('');
  const again = () => queries.invalidateQueries({ queryKey: ['recipients', tenant] });
  const add = useMutation({
    mutationFn: (address: string) => answer(api.recipients.$post({ param: { tenant }, json: { email: address } })),
    onSuccess: () => {
      setEmail('');
      return again();
    },
  });
  const remove = useMutation({
    mutationFn: (recipient: string) => done(api.recipients[':recipient'].$delete({ param: { tenant, recipient } })),
    onSuccess: again,
  });
  const { columns } = words;
  return (
    <Panel title={words.title}>
      <Text>{data?.available === false ? words.unavailable : words.lead}</Text>
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {data?.available && admin && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate(email.trim());
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
      )}
      {remove.error && <ProblemBox error={remove.error} />}
      {data?.recipients.length === 0 && data.available && <Nothing>{words.none}</Nothing>}
      {data && data.recipients.length > 0 && (
        <Rows label={words.title} columns={Object.values(columns).map((label) => ({ label }))}>
          {data.recipients.map(({ id, email: address, state, lastDelivery }) => (
            <Table.Tr key={id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{address}</Table.Td>
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
                {admin && (
                  <Group gap="xs" wrap="nowrap" justify="flex-end">
                    {state === 'asked' && data.available && (
                      <Button size="compact-sm" variant="default" onClick={() => add.mutate(address)}>
                        {words.again}
                      </Button>
                    )}
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={`${words.remove} ${address}`}
                      onClick={() => remove.mutate(id)}
                    >
                      {words.remove}
                    </Button>
                  </Group>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      )}
    </Panel>
  );
}
